import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ApiError, post } from "../api.ts";
import { formatNumber } from "../format.ts";
import type { Evaluation } from "../types.ts";
import { Dialog } from "../ui/dialog.tsx";

/** Asks for the reason, and says what voiding does before it is done. */
export function Invalidate({
  evaluation: { id, context, result, score },
  onDone,
  onClose,
}: {
  evaluation: Evaluation;
  onDone: () => void;
  onClose: () => void;
}): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget as HTMLFormElement).get("reason") ?? "").trim();
    if (!reason) return setError("Say why: the reason goes into the log.");
    setBusy(true);
    try {
      await post(`/v1/evaluations/${encodeURIComponent(context)}/invalidate`, { reason, evaluation: id });
      onDone();
      onClose();
    } catch (cause) {
      setError(cause instanceof ApiError ? cause.message : String(cause));
      setBusy(false);
    }
  };
  return (
    <Dialog title="Invalidate this evaluation" onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <p>
          The evaluation ({result}, score {formatNumber(score)}) stays in the log, marked as void. Later evaluations are
          not compared with it. What its run has done stays as it is. This cannot be taken back.
        </p>
        <label class="field">
          Reason, for the log
          <input name="reason" maxLength={1000} autocomplete="off" required aria-invalid={error !== ""} />
        </label>
        {error && (
          <p class="field-error" role="alert">
            {error}
          </p>
        )}
        <div class="dialog-actions">
          <button type="button" onClick={onClose}>
            Keep it
          </button>
          <button type="submit" class="danger solid" disabled={busy}>
            Invalidate
          </button>
        </div>
      </form>
    </Dialog>
  );
}
