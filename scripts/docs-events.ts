import { registry, type Kind } from "../packages/events/src/index.ts";
import { code, fieldsOf, GENERATED, table, type Schema } from "./docs-markdown.ts";

const INTRODUCTION = `# Events

${GENERATED}

The log holds CloudEvents 1.0. Types are those of Keptn 1.x; what Keptn has no word for is \`dev.evenkeel.<noun>.<verb>\`. \`<stage>\`
stands for the stage's name. Beside the standard attributes an event has these extensions:

| Extension | Meaning |
| --- | --- |
| \`shkeptncontext\` | the run that the event belongs to |
| \`triggeredid\` | id of the \`.triggered\` event that this one answers |
| \`gitcommitid\` | revision of the project's files that the run is pinned to |

Only problems, quality gates and events of types that Evenkeel does not know can be sent from outside; what a run did is told by
Evenkeel alone ([ADR 0009](../adr/0009-own-events-are-refused.md)).
`;

/** One sentence for each kind. The compiler asks for a line when a kind is added. */
const MEANING: Readonly<Record<Kind, string>> = {
  problem: "A notification as it was received.",
  "problem.unrouted": "The notification names no project, stage or service, and this is why. Nothing is started.",
  "problem.ignored": "The notification starts nothing on purpose, and this is why.",
  "remediation.triggered": "A run begins: one episode of one problem on one service.",
  "remediation.queued": "Another run holds the service; this one waits in line.",
  "remediation.started": "The service is free: this run holds it until it is finished.",
  "remediation.finished": "The run is over, with its result and the reason.",
  "remediation.paused": "An operator lets the present step end, and no other begin.",
  "remediation.resumed": "A paused run goes on.",
  "remediation.aborted": "An operator ends the run; an action that has begun is completed first.",
  "remediation.repeated": "A person asked for one more run of the same problem; this run is over and stays as it is.",
  "get-action.triggered": "The project's files are to be read, and a plan made.",
  "get-action.started": "A worker reads them.",
  "get-action.finished": "The plan, and why each entry of remediation.yaml matched or did not; or why there is none.",
  "action.triggered": "The next action of the plan is to be done.",
  "action.started": "What will be done, in absolute numbers, committed before anything is touched.",
  "action.finished": "What the action came to.",
  "wait.triggered": "The effect gets time to show.",
  "wait.finished": "The wait is over: due, cut short by the end of the problem, or by an operator.",
  "wait.skipped": "An operator ends the wait.",
  "evaluation.triggered": "The service's SLOs are to be scored over a window; by a run, or by hand as a quality gate.",
  "evaluation.started": "A worker evaluates.",
  "evaluation.finished": "The verdict with every indicator's numbers.",
  "evaluation.invalidated": "An earlier evaluation is void: it is no baseline any more.",
  "evaluation.annotated": "A person says something about an earlier evaluation. Its numbers stay as they are.",
  "get-sli.triggered": "Indicators are to be read from an SLI provider.",
  "get-sli.started": "They are being read.",
  "get-sli.finished": "Their values, or why there are none.",
  "resources.applied": "New project files are in force.",
  "task.parked": "A step could not be done however often it was tried, and is set aside for a person.",
  "task.retried": "A person wants what was set aside to be done after all.",
  "escalation.sent": "People were told that a run needs them.",
  "escalation.failed": "People could not be told, and this is why.",
  other: "Any other CloudEvent that was sent: kept, acted on by nobody.",
};

/** Every kind of event with the fields of its data. */
export function eventsPage(): string {
  const kinds = (Object.keys(registry) as Kind[]).map((kind) => ({
    kind,
    type: registry[kind][0],
    schema: registry[kind][1],
  }));
  const sections = kinds
    .filter(({ kind }) => kind !== "other")
    .map(({ kind, type, schema }) => {
      const json = schema.toJSONSchema({ io: "input", unrepresentable: "any" }) as Schema;
      const fields = fieldsOf(json).filter(({ path }) => !COMMON.has(path) && !isToldElsewhere(kind, path));
      const rows = fields.map(({ path, type, required, description }) => [
        code(path),
        type,
        required ? "yes" : "",
        description,
      ]);
      const body =
        rows.length > 0 ? table(["Field of data", "Type", "Always", "Meaning"], rows) : "No fields of its own.";
      return `## ${kind}\n\n${code(type)}. ${MEANING[kind]}\n\n${body}`;
    });
  return [
    INTRODUCTION,
    table(
      ["Kind", "CloudEvents type", "Meaning"],
      kinds.map(({ kind, type }) => [
        kind === "other" ? code(kind) : `[${code(kind)}](#${kind.replaceAll(".", "")})`,
        type === "" ? "any other" : code(type),
        MEANING[kind],
      ]),
    ),
    "Every event about a service also has `project`, `stage`, `service` and may have `labels`. Durations are milliseconds, times are RFC 3339 in UTC. What `problem` holds is told at [problem](#problem), what an action holds at [action.triggered](#actiontriggered).",
    ...sections,
  ].join("\n\n");
}

/** A problem and an action look the same wherever they stand. */
function isToldElsewhere(kind: Kind, path: string): boolean {
  return (
    (kind !== "problem" && path.startsWith("problem.")) ||
    (kind !== "action.triggered" && path.startsWith("plan.actions[]"))
  );
}

const COMMON = new Set(["project", "stage", "service", "labels", "labels.<name>"]);
