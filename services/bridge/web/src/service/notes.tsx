import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { post } from "../api.ts";
import type { Evaluation } from "../types.ts";
import { Confirm } from "../ui/confirm.tsx";
import { Ago } from "../ui/parts.tsx";
import "../styles/notes.css";

export type Note = NonNullable<Evaluation["notes"]>[number];

/** What people say about an evaluation: their text, as text. */
export function Notes({ notes }: { notes: readonly Note[] }): JSX.Element | null {
  if (notes.length === 0) return null;
  return (
    <ul class="notes" aria-label="Notes">
      {notes.map(({ id, by, note, time }) => (
        <li key={id}>
          <span class="note-text">{note}</span>
          <span class="muted small">
            {by}, <Ago time={time} />
          </span>
        </li>
      ))}
    </ul>
  );
}

export function Annotate({
  evaluation: { id, context },
  onDone,
  onClose,
}: {
  evaluation: Evaluation;
  onDone: () => void;
  onClose: () => void;
}): JSX.Element {
  // Clicked twice, or sent again after a lost answer, it is one note.
  const key = useMemo(() => `${Date.now()}-${Math.random()}`, []);
  const annotate = async (note: string) => {
    const headers = { "idempotency-key": key };
    await post(`/v1/evaluations/${encodeURIComponent(context)}/annotate`, { note, evaluation: id }, headers);
    onDone();
  };
  return (
    <Confirm
      title="Add a note to this evaluation"
      field={{ label: "Note", missing: "Write what the others should know.", long: true }}
      does="Add note"
      keeps="Cancel"
      onConfirm={annotate}
      onClose={onClose}
    >
      Everyone who looks at the evaluation sees the note, with your name and the time. Its numbers, and what follows
      from them, stay as they are. A note cannot be taken back.
    </Confirm>
  );
}
