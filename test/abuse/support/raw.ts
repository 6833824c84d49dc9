import { connect } from "node:net";

export interface Talk {
  answers: { status: number; head: string; body: string }[];
  /** The server has ended the connection. */
  closed: boolean;
}

export interface TalkOptions {
  /** Cut the connection right after the last byte, as a crashed sender does. */
  reset?: boolean;
}

/** Longer than the server's own limits for a request. */
const PATIENCE_MS = 30_000;
/** How long a silence must be for all answers to be there. */
const SILENCE_MS = 60;
const NO_ANSWER_MS = 5_000;

/** Writes exactly these bytes, collects what comes, and ends its own half when nothing more seems to come. */
export function talk(
  base: { host: string; port: number },
  bytes: string | Buffer,
  options: TalkOptions = {},
): Promise<Talk> {
  return new Promise((resolve) => {
    const socket = connect({ host: base.host, port: base.port, allowHalfOpen: true });
    const heard: Buffer[] = [];
    let closed = false;
    const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
    socket.on("connect", () => {
      if (options.reset) socket.write(bytes, () => socket.resetAndDestroy());
      else socket.write(bytes, () => quiet.refresh());
    });
    // A server that sees the end of a connection need not answer any more.
    let quiet = setTimeout(() => socket.end(), NO_ANSWER_MS);
    socket.on("data", (chunk: Buffer) => {
      heard.push(chunk);
      clearTimeout(quiet);
      quiet = setTimeout(() => socket.end(), SILENCE_MS);
    });
    socket.on("end", () => {
      closed = true;
      socket.end();
    });
    // A server that has refused what is still being sent resets the connection.
    socket.on("error", () => (closed = true));
    socket.on("close", () => {
      clearTimeout(timer);
      clearTimeout(quiet);
      resolve({ answers: answersIn(Buffer.concat(heard).toString("latin1")), closed });
    });
  });
}

function answersIn(text: string): Talk["answers"] {
  const answers: Talk["answers"] = [];
  for (let rest = text; rest.startsWith("HTTP/1.1 ");) {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) break;
    const head = rest.slice(0, end);
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    const status = Number(head.slice(9, 12));
    answers.push({ status, head, body: rest.slice(end + 4, end + 4 + length) });
    rest = rest.slice(end + 4 + length);
  }
  return answers;
}
