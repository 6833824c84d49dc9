import type { Evaluation } from "../client/types.ts";
import type { CommandContext } from "../context.ts";
import { findContext } from "../support/find-context.ts";
import { shortId } from "../text.ts";

interface OfEvaluation {
  evaluation?: string;
}

/** `evenkeel annotate CONTEXT NOTE` */
export async function annotate(
  context: CommandContext,
  { evaluation }: OfEvaluation,
  run: string,
  note: string,
): Promise<void> {
  await remark(context, run, "annotate", { note, evaluation }, "has a note");
}

/** `evenkeel invalidate CONTEXT --reason TEXT` */
export async function invalidate(
  context: CommandContext,
  { evaluation, reason }: OfEvaluation & { reason: string },
  run: string,
): Promise<void> {
  await remark(context, run, "invalidate", { reason, evaluation }, "is void: it is no baseline any more");
}

async function remark(
  { client: connect, out }: CommandContext,
  run: string,
  verb: "annotate" | "invalidate",
  body: Record<string, string | undefined>,
  done: string,
): Promise<void> {
  const client = connect();
  const found = await findContext(client, run);
  const path = `/v1/evaluations/${encodeURIComponent(found)}/${verb}`;
  const evaluation = await client.send<Evaluation>("POST", path, body);
  const text = () => [`evaluation of ${shortId(found)} (${evaluation.result}) ${done}`];
  await out.object(evaluation, text, () => `evaluation/${evaluation.id}`);
}
