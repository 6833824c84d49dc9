import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { post } from "../api.ts";
import { formatSpan } from "../format.ts";
import { serverNow } from "../clock.ts";
import type { Command, RemediationView } from "../types.ts";
import { go } from "../router.ts";
import { Confirm, REASON } from "../ui/confirm.tsx";
import { actionText } from "./steps.ts";

const NAMES: Readonly<Record<Command, string>> = {
  "skip-wait": "Evaluate now",
  pause: "Pause",
  resume: "Resume",
  abort: "Abort",
  rerun: "Run again",
};
const ORDER: readonly Command[] = ["resume", "skip-wait", "pause", "abort", "rerun"];

/** Only what may be asked of the run now: the server says which, by the table that it also enforces. */
export function Controls({
  run,
  onChange,
}: {
  run: RemediationView;
  onChange: (run: RemediationView) => void;
}): JSX.Element | null {
  const [asking, setAsking] = useState<Command>();
  const commands = ORDER.filter((command) => run.allowedCommands.includes(command));
  if (commands.length === 0 && !asking) return null;
  return (
    <div class="controls" role="group" aria-label="Controls">
      {commands.map((command) => (
        <button
          key={command}
          type="button"
          class={command === "abort" ? "danger" : ""}
          onClick={() => setAsking(command)}
        >
          {NAMES[command]}…
        </button>
      ))}
      {asking && <ConfirmCommand command={asking} run={run} onDone={onChange} onClose={() => setAsking(undefined)} />}
    </div>
  );
}

function ConfirmCommand({
  command,
  run,
  onDone,
  onClose,
}: {
  command: Command;
  run: RemediationView;
  onDone: (run: RemediationView) => void;
  onClose: () => void;
}): JSX.Element {
  const send = async (reason: string) => {
    const path = `/v1/remediations/${encodeURIComponent(run.context)}/${command}`;
    const after = await post<RemediationView>(path, { ...(reason && { reason }) });
    if (command === "rerun") go(runLink(after.context));
    else onDone(after);
  };
  return (
    <Confirm
      title={`${NAMES[command]}: ${run.problem.title}`}
      field={REASON}
      does={NAMES[command]}
      keeps="Keep it as it is"
      danger={command === "abort"}
      onConfirm={send}
      onClose={onClose}
    >
      {effectOf(command, run)}
    </Confirm>
  );
}

export const runLink = (context: string) => `/remediations/${encodeURIComponent(context)}`;

/** What the command will do, before it is done. */
export function effectOf(command: Command, run: RemediationView): string {
  const { service } = run.target;
  if (command === "rerun") return rerunEffect(run.target, run.problem.source);
  if (command === "resume") return `The run goes on where it stopped: ${run.phase}.`;
  if (command === "skip-wait") {
    const left = run.due ? Date.parse(run.due) - serverNow() : 0;
    const rest = left > 0 ? ` instead of in ${formatSpan(Math.ceil(left / 1000) * 1000)}` : "";
    return `The wait ends and ${service} is evaluated ${run.paused ? "after Resume" : `now${rest}`}. The action may have had too little time to show an effect.`;
  }
  const next = run.plan?.actions[run.attempt ?? 0];
  const rest = next ? ` (next would be ${actionText(next)})` : "";
  if (command === "pause") {
    return `What is running now ends by itself; after that nothing begins${rest} until someone resumes. ${service} stays locked for other runs.`;
  }
  if (run.phase === "acting") {
    return `The action that is running is completed, then the run ends${rest}. What was changed on ${service} stays changed.`;
  }
  return `The run ends at once and does nothing more${rest}. What was changed on ${service} so far stays changed; other runs may begin.`;
}

export function rerunEffect({ service }: RemediationView["target"], source: string): string {
  return `A new run begins for the same problem, which is open as far as ${source} has told. It reads the files as they are now and acts on ${service} from the first action on, or waits in line while another run does. This run stays as it is; if the problem ends, the new run is told.`;
}
