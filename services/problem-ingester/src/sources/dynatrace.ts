import type { Severity } from "@evenkeel/events";
import { parseJsonBytes } from "@evenkeel/runtime";
import { z } from "zod";
import { routeBy } from "../routing.ts";
import { isRecord, webLink } from "../text.ts";
import { alertSource, type Alert } from "./types.ts";

/** Placeholders are replaced as text, so that an id arrives as a number where the template has no quotes. */
const Text = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => (value === null || value === undefined ? "" : String(value).trim()));

const Tag = z.union([
  z.string(),
  z.looseObject({ context: z.string().nullish(), key: z.string(), value: z.string().nullish() }),
]);
type Tag = z.infer<typeof Tag>;

/** The details are Dynatrace's own and differ by version: what is unlike itself there says nothing. */
const Details = z.object({
  id: Text.catch(""),
  problemId: Text.catch(""),
  startTime: z.number().catch(0),
  status: Text.catch(""),
  severityLevel: Text.catch(""),
  tagsOfAffectedEntities: z.array(Tag).catch([]),
  entityTags: z.array(Tag).catch([]),
});

const Problem = z
  .object({
    State: Text,
    PID: Text,
    ProblemID: Text,
    ProblemTitle: Text,
    ProblemURL: Text,
    ProblemSeverity: Text,
    ProblemDetails: z.preprocess(detailsObject, Details),
    Tags: z.union([z.string(), z.array(Tag)]).nullish(),
    KeptnProject: Text,
    KeptnStage: Text,
    KeptnService: Text,
    project: Text,
    stage: Text,
    service: Text,
    rootCause: Text,
    labels: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)).nullish(),
    raw: z.unknown().describe("the notification as it came"),
  })
  .superRefine(({ State, PID, ProblemID, ProblemDetails: details }, refuse) => {
    if (!State && !details.status)
      refuse.addIssue({ code: "custom", path: ["State"], message: "expected OPEN, RESOLVED or MERGED" });
    if (!PID && !ProblemID && !details.id && !details.problemId)
      refuse.addIssue({ code: "custom", path: ["PID"], message: "expected the problem's id, as {PID} gives it" });
  });
type Problem = z.infer<typeof Problem>;

/** The webhook is sent either bare or as a CloudEvent around it, as the notification that Keptn installs on a tenant. */
const Payload = z.preprocess(bare, Problem);

/**
 * Dynatrace's custom problem notification, with Keptn's template or any that uses the same placeholders:
 * https://docs.dynatrace.com/docs/analyze-explore-automate/notifications-and-alerting/problem-notifications/webhook-integration
 *
 * The episode is what Dynatrace itself takes for one occurrence, `<pid>_<start>V2`: from the details, else the PID, else
 * the problem's URL, which holds it in every state; else PID and start time of the details; else the PID alone, and then
 * a reopened problem cannot be told from a repeat. A template is filled in alike for OPEN and RESOLVED, so that both
 * give the same.
 */
export const dynatrace = alertSource({
  name: "dynatrace",
  payload: Payload,
  example: {
    State: "OPEN",
    PID: "-175196579159161496_1769860800000V2",
    ProblemID: "P-260131",
    ProblemTitle: "Response time degradation",
    Tags: "keptn_project:sockshop, keptn_stage:production, keptn_service:carts",
  },
  toAlerts(problem, mapping) {
    const { ProblemDetails: details } = problem;
    const { fingerprint, startedAt } = episodeOf(problem);
    const tags = tagsOf(problem);
    const labels = Object.fromEntries([...tags].map(([key, [first = ""]]) => [key, first]));
    const fixed = { project: problem.KeptnProject, stage: problem.KeptnStage, service: problem.KeptnService };
    const asTags = new Map(Object.entries(fixed).map(([field, value]) => [`keptn_${field}`, value]));
    const alert: Alert = {
      fingerprint,
      startedAt,
      ...stateOf(problem),
      problem: {
        id: problem.PID || fingerprint,
        source: "dynatrace",
        title: problem.ProblemTitle || `problem ${problem.ProblemID || fingerprint}`,
        ...(problem.rootCause && { rootCause: problem.rootCause }),
        severity: SEVERITIES[(problem.ProblemSeverity || details.severityLevel).toUpperCase()] ?? "unknown",
        labels: { ...labels, ...problem.labels },
        url: webLink(problem.ProblemURL),
        ...(startedAt && { startedAt }),
      },
      route: routeBy({
        // Tags override the fixed fields that the user has typed into the template (Keptn's rule).
        find: (label) => tags.get(label) ?? [asTags.get(label) ?? ""].filter(Boolean),
        mapping,
        explicit: { project: problem.project, stage: problem.stage, service: problem.service },
        fallback: fixed,
      }),
      raw: problem.raw,
    };
    return { alerts: [alert] };
  },
});

const KNOWN_KEYS = new Map(Object.keys(Problem.shape).map((key) => [key.toLowerCase(), key]));
KNOWN_KEYS.set("problemdetailsjson", "ProblemDetails").set("problemdetailsjsonv2", "ProblemDetails");

/** Keys in the schema's spelling: Keptn's own decoders did not look at the case, so senders differ. */
function bare(body: unknown): unknown {
  if (!isRecord(body)) return body;
  const isWrapped = "specversion" in body || ("type" in body && "data" in body);
  const data = isWrapped ? detailsObject(body["data"]) : body;
  const problem: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(data)) {
    const known = KNOWN_KEYS.get(key.toLowerCase());
    if (known && (known === key || problem[known] === undefined)) problem[known] = value;
  }
  if (isWrapped) problem["PID"] ||= body["shkeptncontext"] || body["id"];
  return { ...problem, raw: body };
}

/** An object may come as the text of its JSON, where a template has quotes around the placeholder. */
function detailsObject(value: unknown): Record<string, unknown> {
  if (isRecord(value)) return value;
  if (typeof value !== "string" || !value.trimStart().startsWith("{")) return {};
  try {
    const parsed = parseJsonBytes(Buffer.from(value));
    return isRecord(parsed) ? parsed : {};
  } catch {
    // A text that only looks like JSON says nothing that we need; it is kept in the raw notification.
    return {};
  }
}

const OCCURRENCE = /^(-?\d+)_(\d{10,14})V\d+$/;

function episodeOf(problem: Problem): { fingerprint: string; startedAt: string } {
  const { PID, ProblemID, ProblemURL, ProblemDetails: details } = problem;
  const inUrl = /[;?&#]pid=([^;&]+)/.exec(ProblemURL)?.[1] ?? "";
  for (const id of [details.id, details.problemId, PID, inUrl]) {
    const [, pid, millis] = OCCURRENCE.exec(id) ?? [];
    if (pid && millis) return { fingerprint: pid, startedAt: isoTime(Number(millis)) };
  }
  const fingerprint = PID || details.id || details.problemId || ProblemID;
  return { fingerprint, startedAt: isoTime(details.startTime) };
}

/** Empty for what is no moment after 1970. */
function isoTime(millis: number): string {
  return millis > 0 && millis < 8e15 ? new Date(millis).toISOString() : "";
}

const TEST_NOTIFICATION = "99999";

function stateOf(problem: Problem): Pick<Alert, "state" | "ignore"> {
  const { PID, State, ProblemDetails: details } = problem;
  if (PID === TEST_NOTIFICATION || details.id === TEST_NOTIFICATION) {
    return { state: "info", ignore: `test notification of the tenant (PID ${TEST_NOTIFICATION}): never acted on` };
  }
  const state = (State || details.status).toUpperCase();
  if (state === "MERGED") return { state: "merged" };
  // A late OPEN whose details say that the problem is over by now.
  if (isOver(state) || isOver(details.status.toUpperCase())) return { state: "resolved" };
  if (state === "OPEN") return { state: "open" };
  return { state: "info", ignore: `state ${JSON.stringify(state.slice(0, 80))} neither opens nor ends a problem` };
}

function isOver(state: string): boolean {
  return state === "RESOLVED" || state === "CLOSED";
}

/**
 * Tag → its different values. `Tags` is a text such as `[Environment]keptn_stage:production, app:carts` (or a list);
 * what it does not name is looked up in the details.
 */
function tagsOf({ Tags, ProblemDetails: details }: Problem): Map<string, string[]> {
  const tags = collect(typeof Tags === "string" ? Tags.split(",") : (Tags ?? []));
  const more = collect([...details.tagsOfAffectedEntities, ...details.entityTags]);
  for (const [key, values] of more) if (!tags.has(key)) tags.set(key, values);
  return new Map([...tags].map(([key, values]) => [key, [...values]]));
}

function collect(list: readonly Tag[]): Map<string, Set<string>> {
  const tags = new Map<string, Set<string>>();
  for (const tag of list) {
    const [key, value] = typeof tag === "string" ? splitTag(tag) : [tag.key.trim(), tag.value?.trim() ?? ""];
    if (!key) continue;
    const values = tags.get(key);
    if (values) values.add(value);
    else tags.set(key, new Set([value]));
  }
  return tags;
}

/** `[Context]key:value` → key and value. Only the first colon separates: versions and addresses hold more of them. */
function splitTag(text: string): [key: string, value: string] {
  const tag = text.trim().replace(/^\[[^\]]*\]/, "");
  const colon = tag.indexOf(":");
  return colon < 0 ? [tag.trim(), ""] : [tag.slice(0, colon).trim(), tag.slice(colon + 1).trim()];
}

const SEVERITIES: Readonly<Partial<Record<string, Severity>>> = {
  AVAILABILITY: "critical",
  ERROR: "error",
  PERFORMANCE: "warning",
  RESOURCE_CONTENTION: "warning",
  CUSTOM_ALERT: "warning",
  MONITORING_UNAVAILABLE: "warning",
  INFO: "info",
};
