import type { JSX } from "preact";
import { post } from "../api.ts";
import { formatNumber } from "../format.ts";
import type { Evaluation } from "../types.ts";
import { Confirm } from "../ui/confirm.tsx";

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
  const invalidate = async (reason: string) => {
    await post(`/v1/evaluations/${encodeURIComponent(context)}/invalidate`, { reason, evaluation: id });
    onDone();
  };
  return (
    <Confirm
      title="Invalidate this evaluation"
      field={{ label: "Reason, for the log", missing: "Say why: the reason goes into the log." }}
      does="Invalidate"
      keeps="Keep it"
      danger
      onConfirm={invalidate}
      onClose={onClose}
    >
      The evaluation ({result}, score {formatNumber(score)}) stays in the log, marked as void. Later evaluations are not
      compared with it. What its run has done stays as it is. This cannot be taken back.
    </Confirm>
  );
}
