import { authorize, failpoint, problem, projectsOf, type Subject, type Verb } from "@evenkeel/runtime";
import { episodeContext, hashUuid, type NewEvent, type Problem, type StoredEvent } from "@evenkeel/events";
import type { Appended, Journal, Notification, NotificationOutcome } from "@evenkeel/journal";
import type { Alert } from "./sources/types.ts";
import { boundedRaw, cut, storable } from "./text.ts";

/** What became of one alert or event; goes to its sender. */
export interface Decision {
  id: string;
  context: string;
  outcome: NotificationOutcome;
  reason?: string;
  /** It was in the log before. */
  duplicate?: true;
}

/** What is to be stored for an alert, all of it deterministic: the same alert again gives the same ids. */
export interface Entry {
  context: string;
  events: readonly NewEvent[];
  notification: Notification;
}

/**
 * Alert → events. `isKnown` says whether its episode has a run, which matters when it ends: a merged problem that was
 * never seen ends nothing.
 */
export function entryOf(alert: Alert, source: string, isKnown: boolean): Entry {
  const { fingerprint, startedAt, state, route } = alert;
  const context = episodeContext(source, fingerprint, startedAt);
  const idOf = (what: string) => hashUuid([what, source, fingerprint, startedAt, state]);
  const problem = boundedProblem(alert.problem);
  const raw = boundedRaw(alert.raw);
  const { outcome, reason } = judge(alert, isKnown);
  const events: NewEvent[] = [
    { kind: "problem", id: idOf("problem"), source, data: { ...route.target, state, problem, raw } },
  ];
  const why = { ...route.target, problem, reason: reason ?? "" };
  if (outcome === "unrouted") events.push({ kind: "problem.unrouted", id: idOf("unrouted"), source, data: why });
  if (outcome === "ignored") events.push({ kind: "problem.ignored", id: idOf("ignored"), source, data: why });
  if (outcome === "triggered" && route.routed) {
    const data = { ...route.target, problem };
    events.push({ kind: "remediation.triggered", id: idOf("remediation"), source, data });
  }
  const notification = {
    // With the outcome in it, a repeat that fares otherwise (the mapping was mended) is listed on its own.
    id: hashUuid(["notification", source, fingerprint, startedAt, state, outcome]),
    ...{ source, context, project: route.target.project, outcome, reason },
    title: problem.title,
    body: JSON.stringify(raw) ?? "",
  };
  return { context, events, notification };
}

function judge(alert: Alert, isKnown: boolean): { outcome: NotificationOutcome; reason?: string } {
  const { state, route, ignore } = alert;
  if (ignore !== undefined) return { outcome: "ignored", reason: ignore };
  switch (state) {
    case "info":
      return { outcome: "ignored", reason: "nothing has begun or ended" };
    case "resolved":
      return { outcome: "resolved", reason: isKnown ? undefined : "no remediation was started for it" };
    case "merged":
      return isKnown
        ? { outcome: "resolved", reason: "merged into another problem" }
        : { outcome: "ignored", reason: "merged into another problem; no remediation was started for it" };
    case "open":
      return route.routed ? { outcome: "triggered" } : { outcome: "unrouted", reason: cut(route.reason, 1000) };
  }
}

/** Who sends, and through which source's door. */
export interface Sender {
  subject: Subject;
  source: string;
}

/** What names no project starts nothing, and only those who may see all see it. */
async function insistOnAccess(journal: Journal, { context, notification }: Entry, sender: Sender): Promise<void> {
  const verb: Verb = `events:write:${sender.source}`;
  if (projectsOf(sender.subject, verb) === undefined) return;
  const insist = (project: string | undefined) => {
    const decision = authorize(sender.subject, verb, project === undefined ? "anything" : { project });
    if (!decision.ok) throw problem(403, "forbidden", decision.why);
  };
  insist(notification.project);
  // A fingerprint can be copied: with it, a problem of another project could be told to be over.
  insist(await journal.projectOf(context));
}

/** Takes in one alert. Resolves after the commit; throws `Unavailable` when it is not stored, and sending again is safe. */
export async function takeInAlert(journal: Journal, alert: Alert, source: string, sender: Sender): Promise<Decision> {
  const isEnd = alert.state === "resolved" || alert.state === "merged";
  const context = episodeContext(source, alert.fingerprint, alert.startedAt);
  const isKnown = isEnd && (await journal.state(context)) !== undefined;
  return store(journal, entryOf(alert, source, isKnown), sender);
}

/**
 * Appends an entry, and tells what the log made of it.
 * @throws HttpProblem 403 when the sender may not speak of the project, or of the run that the entry would join
 */
export async function store(journal: Journal, entry: Entry, sender: Sender): Promise<Decision> {
  await insistOnAccess(journal, entry, sender);
  const { context, events, notification } = storable(entry);
  await failpoint("ingester.before-append");
  const appended = await journal.append(context, events, { source: notification.source, notification });
  await failpoint("ingester.after-append-before-answer");
  const decision = { id: events[0]?.id ?? notification.id, context };
  return { ...decision, ...outcomeOf(appended, notification) };
}

function outcomeOf(appended: Appended, { outcome, reason }: Notification): Omit<Decision, "id" | "context"> {
  if (appended.outcome === "duplicate") {
    if (outcome !== "triggered") return { outcome, reason, duplicate: true };
    return { outcome: "joined", reason: "known already: it joins its episode", duplicate: true };
  }
  const stored: readonly StoredEvent[] = appended.events;
  // An episode that was resolved before it was reported open: the log turns its trigger away.
  const ignored = outcome === "triggered" && stored.find((event) => event.kind === "problem.ignored");
  if (ignored && ignored.kind === "problem.ignored") return { outcome: "ignored", reason: ignored.data.reason };
  const queued = stored.find((event) => event.kind === "remediation.queued");
  return { outcome, reason: queued ? "another remediation holds the service; this one waits in line" : reason };
}

const MAX_LABELS = 100;

/** Labels and titles travel with every event of a run. */
function boundedProblem(problem: Problem): Problem {
  const labels = Object.entries(problem.labels).slice(0, MAX_LABELS);
  return {
    ...problem,
    id: cut(problem.id, 200),
    title: cut(problem.title, 500),
    ...(problem.rootCause !== undefined && { rootCause: cut(problem.rootCause, 500) }),
    labels: Object.fromEntries(labels.map(([name, value]) => [cut(name, 200), cut(value, 1000)])),
  };
}
