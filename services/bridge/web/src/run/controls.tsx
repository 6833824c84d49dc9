import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ApiError, post } from "../api.ts";
import { formatSpan } from "../format.ts";
import { serverNow } from "../clock.ts";
import type { Command, RemediationView } from "../types.ts";
import { Dialog } from "../ui/dialog.tsx";
import { actionText } from "./steps.ts";

const NAMES: Readonly<Record<Command, string>> = {
  "skip-wait": "Evaluate now",
  pause: "Pause",
  resume: "Resume",
  abort: "Abort",
};
const ORDER: readonly Command[] = ["resume", "skip-wait", "pause", "abort"];

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
      {asking && <Confirm command={asking} run={run} onDone={onChange} onClose={() => setAsking(undefined)} />}
    </div>
  );
}

function Confirm({
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
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget as HTMLFormElement).get("reason") ?? "").trim();
    setBusy(true);
    try {
      onDone(
        await post<RemediationView>(`/v1/remediations/${encodeURIComponent(run.context)}/${command}`, {
          ...(reason && { reason }),
        }),
      );
      onClose();
    } catch (cause) {
      setError(cause instanceof ApiError ? cause.message : String(cause));
      setBusy(false);
    }
  };
  return (
    <Dialog title={`${NAMES[command]}: ${run.problem.title}`} onClose={onClose}>
      <form onSubmit={submit}>
        <p>{effectOf(command, run)}</p>
        <label class="field">
          Reason, for the log (optional)
          <input name="reason" maxLength={1000} autocomplete="off" />
        </label>
        {error && (
          <p class="field-error" role="alert">
            {error}
          </p>
        )}
        <div class="dialog-actions">
          <button type="button" onClick={onClose}>
            Keep it as it is
          </button>
          <button type="submit" class={command === "abort" ? "danger solid" : "solid"} disabled={busy}>
            {NAMES[command]}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** What the command will do, before it is done. */
export function effectOf(command: Command, run: RemediationView): string {
  const { service } = run.target;
  if (command === "resume") return `The run goes on where it stopped: ${run.phase}.`;
  if (command === "skip-wait") {
    const left = run.due ? Date.parse(run.due) - serverNow() : 0;
    const rest = left > 0 ? ` instead of in ${formatSpan(Math.ceil(left / 1000) * 1000)}` : "";
    return `The wait ends and ${service} is evaluated now${rest}. The action may have had too little time to show an effect.`;
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
