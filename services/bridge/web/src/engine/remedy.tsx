import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { post } from "../api.ts";
import { go } from "../router.ts";
import { runLink } from "../run/controls.tsx";
import type { RemediationView, Task } from "../types.ts";
import { Confirm, REASON } from "../ui/confirm.tsx";
import "../styles/remedy.css";

type Offer = NonNullable<Task["allowedCommands"]>[number];

const NAMES: Readonly<Record<Offer, string>> = { retry: "Retry", rerun: "Run again" };

/** What may be asked about a task that was set aside: the server says so, and why not. */
export function Remedy({ task, onChange }: { task: Task; onChange: () => void }): JSX.Element {
  const [asking, setAsking] = useState<Offer>();
  const offers = task.allowedCommands ?? [];
  return (
    <div class="remedy">
      {offers.map((offer) => (
        <button key={offer} type="button" onClick={() => setAsking(offer)}>
          {NAMES[offer]}…
        </button>
      ))}
      {task.notRetried && <span class="muted small">No retry: {task.notRetried}.</span>}
      {asking && <ConfirmRemedy offer={asking} task={task} onDone={onChange} onClose={() => setAsking(undefined)} />}
    </div>
  );
}

function ConfirmRemedy({
  offer,
  task: { id, kind, context },
  onDone,
  onClose,
}: {
  offer: Offer;
  task: Task;
  onDone: () => void;
  onClose: () => void;
}): JSX.Element {
  const send = async (reason: string) => {
    const body = { ...(reason && { reason }) };
    if (offer === "retry") {
      await post(`/v1/tasks/${encodeURIComponent(id)}/retry`, body);
      return onDone();
    }
    const run = await post<RemediationView>(`/v1/remediations/${encodeURIComponent(context)}/rerun`, body);
    go(runLink(run.context));
  };
  return (
    <Confirm
      title={offer === "retry" ? "Retry this task" : "Run the remediation again"}
      field={REASON}
      does={NAMES[offer]}
      keeps="Leave it"
      onConfirm={send}
      onClose={onClose}
    >
      {offer === "rerun" ? RERUN : RETRY[kind === "notify" ? "notify" : "evaluate"]}
    </Confirm>
  );
}

const RETRY = {
  notify: "The message that its run ended in is sent to people once more, and again until it is taken.",
  evaluate: "The service is evaluated once more over the same window; the verdict comes as another evaluation.",
};
const RERUN =
  "A new run begins for the same problem, which is open as far as its source has told. It reads the files as they are now and acts from the first action on. The old run stays as it is, and what was set aside of it is cleared away.";
