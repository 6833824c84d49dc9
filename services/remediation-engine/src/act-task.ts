import { setTimeout as delay } from "node:timers/promises";
import type { Journal } from "@evenkeel/journal";
import type { Kubernetes } from "@evenkeel/kubernetes";
import { currentAction, type Acting, type Target } from "@evenkeel/remediation";
import { failpoint, secretOf, type Metrics, type Outbound, type Settings } from "@evenkeel/runtime";
import { lookup, parseService, type Service } from "@evenkeel/specs";
import type { TaskHandler, TaskRun } from "@evenkeel/tasks";
import { namespaceRefusal, namespaceRival } from "./namespaces.ts";
import { actionKind, actionKinds, type ActionContext, type ActionDeps, type ActionOutcome } from "./actions/index.ts";

export interface ActServices {
  journal: Journal;
  settings: Settings;
  kubernetes: () => Promise<Kubernetes>;
  outbound: Outbound;
  metrics?: Metrics;
}

/** Runs the action that the run is at. What it is going to do is committed before anything is touched. */
export function actTask(services: ActServices): TaskHandler {
  const { journal, metrics } = services;
  return {
    async run(run) {
      const state = run.task.seen?.state;
      if (state?.phase !== "acting") return run.complete([]);
      const outcome = await perform(state, run, services);
      if (outcome.result === "fail") metrics?.actionFailures.inc({ reason: outcome.status });
      await failpoint("act.before-finished");
      await run.complete([finished(state, outcome)]);
    },
    async giveUp(task, why) {
      const state = await journal.state(task.context);
      if (state?.phase !== "acting") return [];
      metrics?.actionFailures.inc({ reason: "given-up" });
      return [finished(state, { status: "errored", result: "fail", message: why, details: { ...state.started } })];
    },
  };
}

function finished(state: Acting, { status, result, message, details }: ActionOutcome) {
  const data = { ...state.target, attempt: state.attempt, status, result, message, details };
  return { kind: "action.finished", triggeredid: state.triggeredid, data } as const;
}

async function perform(state: Acting, run: TaskRun, services: ActServices): Promise<ActionOutcome> {
  if (state.aborting) {
    const message = `aborted by ${state.aborting.by} before it was tried again; the last try may have taken effect`;
    return { status: "aborted", result: "fail", message, details: { ...state.started } };
  }
  const action = currentAction(state);
  const kind = actionKind(action.action);
  if (!kind) {
    const known = actionKinds.map(({ name }) => name).join(", ");
    return refused(`there is no action of kind ${action.action}; there are: ${known}`);
  }
  const value = kind.value.safeParse(action.value);
  // What only tells people is told whatever its text: the kind shows it as written.
  if (!value.success && kind.then !== "finish")
    return refused(`value of ${action.action}: ${value.error.issues.map((issue) => issue.message).join("; ")}`);
  const service = await readService(state, services.journal);
  // People are told wherever it is.
  const refusal = kind.then === "finish" ? undefined : await namespaceTrouble(state, service, services);
  if (refusal) return refused(refusal);
  const deps = depsOf(state, run, services);
  try {
    return await kind.run(contextOf(state, service, services.settings), deps, state.started);
  } catch (error) {
    if (!(error instanceof Aborted)) throw error;
    return { status: "aborted", result: "fail", message: error.message, details: deps.committed() };
  }
}

/** Why the files of a project may not have their way where this action would act. */
async function namespaceTrouble(
  { target, ...state }: Acting,
  service: Service,
  { journal, settings }: ActServices,
): Promise<string | undefined> {
  const { namespacePattern, allowedNamespaces } = settings.kubernetes;
  const own = filled(namespacePattern, target);
  const named = [currentAction({ target, ...state }).target?.namespace, service.target?.namespace];
  const refusal = named.map((one) => namespaceRefusal(one, own, allowedNamespaces)).find((one) => one !== undefined);
  if (refusal || allowedNamespaces.includes(own)) return refusal;
  const projects = (await journal.projects()).map(({ project }) => project);
  const rival = namespaceRival(own, namespacePattern, target.project, projects);
  return (
    rival &&
    `namespace ${own} is project ${rival}'s as well: call the stage otherwise, or list it in kubernetes.allowedNamespaces`
  );
}

function refused(message: string): ActionOutcome {
  return { status: "errored", result: "fail", message, details: {} };
}

/** At the revision that the run is pinned to. */
async function readService({ plan, target }: Acting, journal: Journal): Promise<Service> {
  const project = await journal.files(target.project, plan.revision);
  const path = project && lookup(project.files, target.stage, target.service, "service.yaml");
  const parsed = path === undefined ? undefined : parseService(project!.files.get(path)!);
  return parsed?.ok ? parsed.value : {};
}

function contextOf(state: Acting, service: Service, settings: Settings): ActionContext {
  const { target } = state;
  const action = currentAction(state);
  const own = service.target;
  const named = settings.kubernetes.targetNames.map((pattern) => ({
    kind: "Deployment" as const,
    name: filled(pattern, target),
  }));
  return {
    context: state.context,
    step: `${state.context}.${state.attempt}`,
    target,
    problem: state.problem,
    action,
    namespace: own?.namespace ?? filled(settings.kubernetes.namespacePattern, target),
    defaultTargets: own ? [{ kind: own.kind ?? "Deployment", name: own.name }] : named,
    bounds: { min: action.min ?? settings.kubernetes.bounds.min, max: action.max ?? settings.kubernetes.bounds.max },
    deadlineMs: action.timeout,
  };
}

function filled(pattern: string, target: Target): string {
  return pattern.replace(/\{(project|stage|service)\}/g, (_, name: keyof Target) => target[name]);
}

const ABORT_CHECK_MS = 1_000;

function depsOf(
  state: Acting,
  run: TaskRun,
  services: ActServices,
): ActionDeps & { committed(): Record<string, unknown> } {
  const { journal, kubernetes, outbound, settings } = services;
  let committed = state.started;
  let lastLook = Date.now();
  // The database's clock, carried on by the process's own stopwatch: another process may finish what this one plans.
  const [taken, began] = [run.task.now.getTime(), performance.now()];
  return {
    kubernetes,
    outbound,
    secrets: (name) => secretOf(settings, state.target.project, name),
    now: () => new Date(taken + performance.now() - began),
    signal: run.signal,
    async sleep(ms, signal) {
      await delay(ms, undefined, { signal });
      if (Date.now() - lastLook < ABORT_CHECK_MS) return;
      lastLook = Date.now();
      const now = await journal.state(state.context);
      if (now?.phase === "acting" && now.aborting) throw new Aborted(now.aborting.by);
    },
    async started(plan, message) {
      if (committed?.["revision"] === plan["revision"] && committed) return committed;
      const data = { ...state.target, attempt: state.attempt, message, plan };
      await failpoint("act.before-started");
      await run.note([{ kind: "action.started", triggeredid: state.triggeredid, data }]);
      committed = plan;
      return plan;
    },
    async unwanted() {
      const now = state.started && (await journal.state(state.context));
      return now && now.problemState !== "open" ? `the problem was ${now.problemState} meanwhile` : undefined;
    },
    log: run.log,
    committed: () => ({ ...committed }),
  };
}

/** An operator ended the run while the action waited for its effect. */
export class Aborted extends Error {
  override readonly name = "Aborted";
  constructor(by: string) {
    super(`aborted by ${by} while waiting for the effect`);
  }
}
