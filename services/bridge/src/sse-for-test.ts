import { get, type IncomingMessage } from "node:http";
import { once } from "node:events";

export interface Frame {
  id?: string;
  event?: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  data?: any;
  retry?: string;
}

export interface SseClient {
  response: IncomingMessage;
  /** Frames with data so far. */
  frames: Frame[];
  /** As a browser keeps it: also from frames without data. */
  lastId(): string | undefined;
  /** Resolves as soon as the condition holds, looked at after each piece that arrives; rejects when the stream ends first. */
  until(condition: () => boolean): Promise<void>;
  ended: Promise<void>;
  drop(): void;
}

/** Reads server-sent events by the rules of the HTML standard. */
export async function sse(url: string, headers: Record<string, string> = {}): Promise<SseClient> {
  const request = get(url, { headers, agent: false });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const frames: Frame[] = [];
  let lastId: string | undefined;
  let rest = "";
  let look = () => {};
  let hasEnded = false;
  const ended = new Promise<void>((resolve) =>
    response.once("close", () => {
      hasEnded = true;
      look();
      resolve();
    }),
  );
  response.on("error", () => {});
  request.on("error", () => {});
  response.setEncoding("utf8").on("data", (piece: string) => {
    const blocks = (rest + piece).split("\n\n");
    rest = blocks.pop()!;
    for (const block of blocks) {
      const frame = parse(block);
      if (frame.id !== undefined) lastId = frame.id;
      if (frame.data !== undefined) frames.push(frame);
    }
    look();
  });
  return {
    ...{ response, frames, ended },
    lastId: () => lastId,
    until: (condition) =>
      new Promise((resolve, reject) => {
        look = () => {
          if (condition()) resolve();
          else if (hasEnded) reject(new Error(`the stream has ended after ${frames.length} events`));
        };
        look();
      }),
    drop: () => void response.destroy(),
  };
}

function parse(block: string): Frame {
  const fields = block
    .split("\n")
    .filter((line) => !line.startsWith(":"))
    .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trimStart()]);
  const { data, ...frame } = Object.fromEntries(fields) as Record<string, string>;
  return { ...frame, ...(data !== undefined && { data: JSON.parse(data) }) };
}
