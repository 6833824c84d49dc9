import { randomUUID } from "node:crypto";
import type { DataOf, IndicatorResult, NewEvent, PlannedAction, Target } from "@evenkeel/events";
import type { Journal } from "@evenkeel/journal";
import pg from "pg";

export const PROJECT = "sockshop";
export const CARTS: Target = { project: PROJECT, stage: "production", service: "carts" };
export const ORDERS: Target = { ...CARTS, service: "orders" };

export const SHIPYARD = `stages:
  - name: dev
  - name: production
    remediation_strategy: automated
`;
export const REMEDIATION = `remediations:
- name: response_time_p90
  actions:
  - action: scaling
    value: "+1"
`;

/** Two revisions of the files; carts' remediation.yaml differs in one line. */
export async function seedFiles(journal: Journal): Promise<void> {
  const files = new Map([
    ["shipyard.yaml", SHIPYARD],
    ["production/carts/remediation.yaml", REMEDIATION],
    ["production/carts/slo.yml", "objectives: []\n"],
    ["production/orders/remediation.yaml", REMEDIATION],
  ]);
  await journal.apply(PROJECT, files, { replace: true, by: "ann" });
  const changed = new Map([["production/carts/remediation.yaml", REMEDIATION.replace('"+1"', '"+2"')]]);
  await journal.apply(PROJECT, changed, { replace: false, by: "bob" });
}

const ACTION: PlannedAction = {
  ...{ name: "scaling", action: "scaling", value: "+1", wait: 600_000, timeout: 300_000, then: "evaluate" },
};
const OK = { status: "succeeded", result: "pass", message: "" } as const;

export interface RunOptions {
  title?: string;
  rootCause?: string;
  labels?: Record<string, string>;
  /** How far it goes: up to an evaluation with this result. Unset: it stays at its beginning. */
  evaluated?: "pass" | "warning" | "fail";
  before?: number;
  p90?: number;
  /** So many actions; each but the last is followed by an evaluation that fails. */
  actions?: number;
  /** So many SLIs beside the usual two. */
  moreSlis?: number;
}

/** A run as the workers would have left it. */
export async function seedRun(journal: Journal, target: Target, options: RunOptions = {}): Promise<string> {
  const {
    title = "Response time degradation",
    labels = {},
    rootCause,
    evaluated,
    before = 1,
    actions = 1,
    moreSlis = 0,
  } = options;
  const context = randomUUID();
  const problem = {
    ...{ id: randomUUID(), source: "alertmanager", title, severity: "critical" as const, labels },
    ...(rootCause && { rootCause }),
  };
  await journal.append(
    context,
    [
      { kind: "problem", data: { ...target, state: "open", problem } },
      { kind: "remediation.triggered", data: { ...target, problem } },
    ],
    { source: "alertmanager" },
  );
  if (!evaluated) return context;
  const plan = {
    revision: "r1",
    matched: { problemType: "response_time_p90", line: 2, by: "title" as const },
    considered: [{ problemType: "response_time_p90", line: 2, matched: true, why: "the title is the same" }],
    actions: Array.from({ length: actions }, () => ACTION),
    settle: 1000,
    evaluationRetries: 3,
  };
  const workload = { kind: "Deployment", name: `${target.service}-primary`, namespace: "sockshop-production" };
  const tryOf = (attempt: number): NewEvent[] => {
    const [from, to] = [before + attempt, before + attempt + 1];
    const details = { ...workload, before: from, after: to, replicas: to, available: to };
    const verdict = attempt === actions - 1 ? evaluated : "fail";
    return [
      { kind: "action.finished", data: { ...target, ...OK, attempt, details } },
      { kind: "wait.finished", data: { ...target, ...OK, attempt, endedBy: "due", lateMs: 0 } },
      { kind: "evaluation.finished", data: evaluation(target, verdict, options.p90, moreSlis) },
    ];
  };
  const steps: NewEvent[] = [
    { kind: "get-action.finished", data: { ...target, ...OK, plan } },
    ...Array.from({ length: actions }, (_, attempt) => tryOf(attempt)).flat(),
  ];
  await seedSteps(journal, context, steps);
  return context;
}

/** Each answers what the run is at. */
export async function seedSteps(journal: Journal, context: string, steps: readonly NewEvent[]): Promise<void> {
  for (const step of steps) {
    const state = await journal.state(context);
    const triggeredid = state && "triggeredid" in state ? state.triggeredid : undefined;
    await journal.append(context, [{ ...step, triggeredid }], { source: "evaluation-worker" });
  }
}

/** What the log has of a run up to the wait after its first action; the second action tells people. */
export function untilWait(target: Target, details: Record<string, unknown> = {}): NewEvent[] {
  const escalate = { ...ACTION, name: "Tell the team", action: "escalate", value: "help", then: "finish" as const };
  const plan = {
    ...{ revision: "r1", considered: [], settle: 1000, evaluationRetries: 3 },
    actions: [ACTION, escalate],
  };
  return [
    { kind: "get-action.finished", data: { ...target, ...OK, plan } },
    { kind: "action.finished", data: { ...target, ...OK, attempt: 0, details } },
  ];
}

const SCORES = { pass: 100, warning: 75, fail: 0 } as const;

/** What a finished evaluation says. */
export function evaluation(
  target: Target,
  result: keyof typeof SCORES,
  p90 = 400,
  more = 0,
): DataOf<"evaluation.finished"> {
  return {
    ...{ ...target, status: "succeeded", result, message: `score ${SCORES[result]} of 100` },
    evaluation: {
      ...{ timeStart: "2026-01-01T00:00:00.000Z", timeEnd: "2026-01-01T00:10:00.000Z" },
      ...{ result, score: SCORES[result], comparedEvents: [] },
      indicatorResults: [
        indicator("response_time_p90", "Response time P90", result, p90),
        indicator("error_rate", "Error rate", "pass", 0.2),
        ...Array.from({ length: more }, (_, n) =>
          indicator(`sli_${n}_${"of_a_very_long_name_".repeat(4)}`, "", "pass", n),
        ),
      ],
    },
  };
}

function indicator(metric: string, displayName: string, status: IndicatorResult["status"], value: number) {
  return {
    ...{ displayName, status, keySli: metric === "response_time_p90", score: status === "pass" ? 1 : 0 },
    value: { metric, value, success: true, message: "", comparedValue: value * 1.5 },
    passTargets: [
      { criteria: "<1000", targetValue: 1000, violated: status !== "pass" },
      { criteria: "<+10%", targetValue: value * 1.65, violated: false },
    ],
    warningTargets: [{ criteria: "<=1500", targetValue: 1500, violated: status === "fail" }],
  };
}

/** Many finished runs at once, as copies of one that is there: only the list reads them. */
export async function copyRuns(databaseUrl: string, context: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      `insert into remediations (context, seq, project, stage, service, phase, holds_target, paused, status, result,
         reason, message, title, severity, source, triggered_at, finished_at, state)
       select context || '-' || n, seq + n, project, stage, service, phase, false, paused, status, result, reason,
         message, title, severity, source, triggered_at, finished_at,
         state || jsonb_build_object('context', context || '-' || n)
         from remediations, generate_series(1, $2) n where context = $1`,
      [context, count],
    );
  } finally {
    await client.end();
  }
}

/** Many events of one kind at once, as copies of the first of a run. */
export async function copyEvents(databaseUrl: string, context: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      `insert into events (id, source, kind, type, time, context, project, stage, service, status, result, data)
       select id || '-' || n, source, kind, type, time, context || '-' || n, project, stage, service, status, result, data
         from (select * from events where context = $1 order by seq limit 1) first, generate_series(1, $2) n`,
      [context, count],
    );
  } finally {
    await client.end();
  }
}

/** A task that failed too often, with its error, and the events that end its step. */
export async function parkTask(
  journal: Journal,
  context: string,
  error: string,
  ending: readonly NewEvent[] = [],
): Promise<string> {
  const row = (await journal.tasks(1000)).find((task) => task.context === context);
  const taken = row && (await journal.take(row.id, "test", 10_000));
  if (!taken) throw new Error(`no task of ${context} can be taken`);
  const lease = { task: taken.id, generation: taken.generation };
  await journal.append(context, ending, { completes: lease, park: error });
  return taken.id;
}

/** A quality gate whose evaluation failed too often. */
export async function parkGate(
  journal: Journal,
  target: Target,
  error: string,
): Promise<{ context: string; task: string }> {
  const context = randomUUID();
  const evaluation = { start: "2026-01-01T00:00:00.000Z", end: "2026-01-01T00:10:00.000Z" };
  await journal.append(context, [{ kind: "evaluation.triggered", data: { ...target, evaluation } }]);
  return { context, task: await parkTask(journal, context, error) };
}
