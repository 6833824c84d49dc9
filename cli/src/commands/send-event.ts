import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { CommandContext } from "../context.ts";
import { EXIT, usage } from "../errors.ts";
import { readAll } from "../io.ts";

const MAX_BYTES = 1024 * 1024;

interface Receipt {
  id?: string;
  context?: string;
  outcome?: string;
  reason?: string;
  duplicate?: boolean;
  status?: number;
}

/** `evenkeel send event -f FILE` */
export async function sendEvent(context: CommandContext, { file }: { file: string }): Promise<number> {
  const events = parse(await readText(context, file), file);
  const batch = Array.isArray(events);
  const body = batch ? events.map((event) => complete(event)) : complete(events);
  const type = batch ? "application/cloudevents-batch+json" : "application/cloudevents+json";
  const { results: receipts } = await context.client().send<{ results: Receipt[] }>("POST", "/v1/events", body, type);
  await context.out.list({
    kind: "ReceiptList",
    rows: receipts,
    name: (row) => row.id ?? "",
    empty: "nothing was sent",
    columns: [
      { header: "ID", value: (row) => row.id },
      { header: "CONTEXT", value: (row) => row.context },
      { header: "OUTCOME", value: (row) => row.outcome },
      { header: "REASON", value: (row) => row.reason ?? (row.duplicate ? "known already" : "") },
    ],
  });
  return receipts.some((receipt) => (receipt.status ?? 200) >= 400) ? EXIT.usage : EXIT.ok;
}

async function readText({ io }: CommandContext, file: string): Promise<string> {
  if (file !== "-") {
    return readFile(file, "utf8").catch((error: Error) => {
      throw usage(`${file} cannot be read: ${error.message}`);
    });
  }
  const text = await readAll(io.stdin, MAX_BYTES);
  if (text === undefined) throw usage("standard input holds more than 1 MiB");
  return text;
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw usage(`${file === "-" ? "standard input" : file} is no JSON: ${(error as Error).message}`);
  }
}

/** What a hand-written event may leave out. */
function complete(event: unknown): unknown {
  if (typeof event !== "object" || event === null || Array.isArray(event)) return event;
  return { specversion: "1.0", id: randomUUID(), source: "evenkeel-cli", ...event };
}
