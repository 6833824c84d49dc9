import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { ApiError } from "../api.ts";
import "../styles/confirm.css";
import { Dialog } from "./dialog.tsx";

export interface Asking {
  title: string;
  /** What is asked for beside the confirmation. */
  field: {
    label: string;
    /** What stands in it at first. */
    value?: string;
    /** Said when it is left empty; unset: it may be. */
    missing?: string;
    long?: boolean;
  };
  /** The word on the button that does it. */
  does: string;
  /** The word on the button that does not. */
  keeps: string;
  danger?: boolean;
  /** Does it, with the trimmed text of the field; what it throws is shown, and the window stays. */
  onConfirm: (text: string) => Promise<void>;
  onClose: () => void;
  /** What it will do, before it is done. */
  children: ComponentChildren;
}

const MOST = { line: 1000, long: 2000 };

/** Every change to what runs or is in the log is confirmed in this window. */
export function Confirm({ title, field, does, keeps, danger, onConfirm, onClose, children }: Asking): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const text = String(new FormData(form).get("text") ?? "").trim();
    if (!text && field.missing) return setError(field.missing);
    setBusy(true);
    try {
      await onConfirm(text);
      // Who has closed it meanwhile may have opened another.
      if (form.isConnected) onClose();
    } catch (cause) {
      setError(cause instanceof ApiError ? cause.message : String(cause));
      setBusy(false);
    }
  };
  const input = {
    name: "text",
    autocomplete: "off",
    defaultValue: field.value,
    required: field.missing !== undefined,
    "aria-invalid": error !== "" && field.missing !== undefined,
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <p>{children}</p>
        <label class="field">
          {field.label}
          {field.long ? (
            <textarea {...input} rows={4} maxLength={MOST.long} />
          ) : (
            <input {...input} maxLength={MOST.line} />
          )}
        </label>
        {error && (
          <p class="field-error" role="alert">
            {error}
          </p>
        )}
        <div class="dialog-actions">
          <button type="button" onClick={onClose}>
            {keeps}
          </button>
          <button type="submit" class={danger ? "danger solid" : "solid"} disabled={busy}>
            {does}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export const REASON = { label: "Reason, for the log (optional)" };
