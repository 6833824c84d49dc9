import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "../client/http.ts";
import type { Evaluation, EvaluationState } from "../client/types.ts";
import type { CommandContext } from "../context.ts";
import { CliError, EXIT, exitOfVerdict } from "../errors.ts";
import { resultColor, type Output } from "../output/output.ts";
import { indicatorColumns } from "../output/indicators.ts";
import { renderTable } from "../output/table.ts";
import { durationOption } from "../output/time.ts";
import { labelsOf } from "../support/labels.ts";

export interface TriggerEvaluationOptions {
  project: string;
  stage: string;
  service: string;
  start?: string;
  end?: string;
  timeframe?: string;
  label?: readonly string[];
  wait: boolean;
  timeout: string;
}

/** `evenkeel trigger evaluation` */
export async function triggerEvaluation(context: CommandContext, options: TriggerEvaluationOptions): Promise<number> {
  const { out, io } = context;
  const { project, stage, service, start, end, timeframe, label } = options;
  const timeoutMs = durationOption("--timeout", options.timeout);
  const client = context.client();
  const body = { project, stage, service, start, end, timeframe, ...(label && { labels: labelsOf(label) }) };
  const begun = await client.send<{ context: string; window: { start: string; end: string } }>(
    "POST",
    "/v1/evaluations",
    body,
  );
  out.note(`evaluating ${service} in ${project}/${stage} from ${begun.window.start} to ${begun.window.end}`);
  if (!options.wait) {
    await out.object(
      begun,
      () => [begun.context],
      () => begun.context,
    );
    return EXIT.ok;
  }
  const state = await settled(client, begun.context, io.now().getTime() + timeoutMs, io);
  if (!state.evaluation) {
    throw new CliError(EXIT.failure, `the evaluation could not be done: ${state.error ?? "no result"}`, {
      next: `evenkeel get events --context ${begun.context}`,
    });
  }
  const { evaluation } = state;
  await out.object(
    evaluation,
    () => resultText(evaluation, out),
    () => evaluation.context,
  );
  return exitOfVerdict(evaluation.result);
}

const FIRST_LOOK_MS = 100;
const LONGEST_LOOK_MS = 2_000;

async function settled(client: Client, run: string, until: number, io: CommandContext["io"]): Promise<EvaluationState> {
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(pause * 1.5, LONGEST_LOOK_MS)) {
    const state = await client.get<EvaluationState>(`/v1/evaluations/${encodeURIComponent(run)}`);
    if (state.state !== "running") return state;
    if (io.now().getTime() >= until) {
      throw new CliError(EXIT.timeout, "no result yet; the evaluation goes on", {
        next: `evenkeel get evaluations --context ${run}`,
      });
    }
    await delay(Math.min(pause, Math.max(0, until - io.now().getTime())), undefined, { signal: io.signal });
  }
}

function resultText(evaluation: Evaluation, out: Output): string[] {
  const { result, score, message, indicatorResults } = evaluation;
  const rows = renderTable(indicatorResults, indicatorColumns(out), { wide: out.format === "wide" });
  const verdict = `${resultColor(out.colors)(result)}  score ${Math.round(score * 100) / 100} of 100`;
  return [...(indicatorResults.length > 0 ? [...rows, ""] : []), `${verdict}  ${message}`.trimEnd()];
}
