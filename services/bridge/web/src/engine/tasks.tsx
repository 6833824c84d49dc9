import type { JSX } from "preact";
import type { TaskCount } from "../../../src/routes/task-counts.ts";
import { now } from "../clock.ts";
import { formatSpan, shortId, type Word } from "../format.ts";
import type { Task } from "../types.ts";
import { runLink } from "../run/controls.tsx";
import { Ago, Badge, Card, Link } from "../ui/parts.tsx";
import { countOf } from "./health.ts";
import { Remedy } from "./remedy.tsx";

const STATES = [
  ["overdue", "Overdue", "should have been done"],
  ["running", "Running", "a worker has it"],
  ["open", "Not due yet", "mostly waits"],
  ["parked", "Set aside", "failed too often"],
] as const;

const KINDS: Readonly<Record<Task["kind"], string>> = {
  plan: "decide",
  act: "act",
  wait: "wait",
  evaluate: "evaluate",
  notify: "tell people",
};

export function Tasks({
  counts,
  tasks,
  onChange,
}: {
  counts: readonly TaskCount[];
  tasks: readonly Task[];
  onChange: () => void;
}): JSX.Element {
  const anyParked = tasks.some(({ state }) => state === "parked");
  const columns = ["State", "Task", "Run", "Due", "Tries", "Last error", ...(anyParked ? ["What can be done"] : [])];
  return (
    <Card title="Work">
      <dl class="tiles">
        {STATES.map(([state, name, meaning]) => (
          <div key={state} class={`tile ${tileTone(state, countOf(counts, state))}`}>
            <dt class="tile-title">{name}</dt>
            <dd class="tile-number">{countOf(counts, state).toLocaleString("en-US")}</dd>
            <dd class="muted small">{meaning}</dd>
          </div>
        ))}
      </dl>
      {tasks.length > 0 && (
        <div class="scroll">
          <table class="table as-cards" role="table" aria-label="Tasks">
            <thead role="rowgroup">
              <tr role="row">
                {columns.map((name) => (
                  <th key={name} role="columnheader" scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody role="rowgroup">
              {tasks.map((task) => (
                <TaskRow key={task.id} task={task} anyParked={anyParked} onChange={onChange} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {anyParked && (
        <p class="muted small">
          A run goes on without a task that was set aside, and says so in its log. Mend the cause first; then what can
          still be done is tried again, and for all else the run is run again while its problem is open.
        </p>
      )}
    </Card>
  );
}

function tileTone(state: Task["state"], count: number): string {
  if (count === 0) return "";
  return state === "overdue" || state === "parked" ? "tone-warn" : "";
}

const WORDS: Readonly<Record<Task["state"], Word>> = {
  overdue: { text: "overdue", tone: "warn" },
  running: { text: "running", tone: "run" },
  open: { text: "not due yet", tone: "quiet" },
  parked: { text: "set aside", tone: "bad" },
};

function TaskRow({ task, anyParked, onChange }: { task: Task; anyParked: boolean; onChange: () => void }): JSX.Element {
  const { kind, key, context, state, dueAt, attempts, failures, error, leasedBy, parkedAt } = task;
  return (
    <tr role="row">
      <td role="cell" data-label="State">
        <Badge word={WORDS[state]} />
      </td>
      <th role="rowheader" scope="row">
        {KINDS[kind]} {state !== "parked" && <span class="task-key">{key}</span>}
      </th>
      <td role="cell" data-label="Run">
        <Link to={isGate(task) ? `/events?context=${encodeURIComponent(context)}` : runLink(context)} data-row>
          <code>{shortId(context)}</code>
        </Link>
      </td>
      <td role="cell" data-label="Due">
        {parkedAt ? <Ago time={parkedAt} label="set aside " /> : <Due time={dueAt} />}
      </td>
      <td role="cell" data-label="Tries">
        {attempts}
        {failures > 0 && <span class="muted small"> put off {failures}×</span>}
        {leasedBy && <span class="muted small"> by {leasedBy}</span>}
      </td>
      <td role="cell" data-label="Last error" class={error ? "error-text" : ""}>
        {error ?? <span class="muted">none</span>}
      </td>
      {anyParked && (
        <td role="cell" data-label="What can be done">
          {state === "parked" ? <Remedy task={task} onChange={onChange} /> : <span class="muted">it will be done</span>}
        </td>
      )}
    </tr>
  );
}

function Due({ time }: { time: string }): JSX.Element {
  const left = Date.parse(time) - now.value;
  if (left <= 0) return <Ago time={time} />;
  return (
    <time dateTime={time} title={time}>
      in {formatSpan(Math.ceil(left / 1000) * 1000)}
    </time>
  );
}

/** A quality gate belongs to no run; set aside it has lost its key, but it alone of all evaluations can be retried. */
function isGate({ kind, key, allowedCommands }: Task): boolean {
  return kind === "evaluate" && (key.startsWith("gate.") || allowedCommands?.includes("retry") === true);
}
