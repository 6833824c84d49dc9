import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RoundResult } from "../scenario.ts";
import { saveHistory } from "./save.ts";
import type { World } from "./world.ts";

/** Keeps what is known of a round that went wrong: what was found, the whole log, and what the services wrote. */
export async function saveBadRound(
  folder: string,
  result: RoundResult,
  world: World,
  outputs: ReturnType<World["outputs"]>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "result.json"), `${JSON.stringify(result, undefined, 2)}\n`);
  for (const { name: process, text } of outputs) await writeFile(join(folder, `${process}.log`), text);
  const { events } = await world.history();
  await saveHistory(join(folder, "history.jsonl"), events);
}
