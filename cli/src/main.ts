import "./harden.ts";
import type { Io } from "./io.ts";
import { run } from "./run.ts";

/** A reader that goes away, as in `evenkeel get events | head`, ends us without a word. */
function endQuietlyOnClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED") process.exit(0);
    throw error;
  });
}

const interrupt = new AbortController();
// The first Ctrl-C lets the command tidy up; the second ends it at once.
process.on("SIGINT", () => {
  if (interrupt.signal.aborted) process.exit(130);
  interrupt.abort(new Error("interrupted"));
});
process.on("SIGTERM", () => {
  if (interrupt.signal.aborted) process.exit(143);
  interrupt.abort(new Error("terminated"));
});
endQuietlyOnClosedPipe(process.stdout);
endQuietlyOnClosedPipe(process.stderr);

const io: Io = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  platform: process.platform,
  signal: interrupt.signal,
  now: () => new Date(),
};
process.exitCode = await run(process.argv.slice(2), io);
// Whatever still holds the process, such as idle connections, is not worth waiting for; what was written is.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write("", done))));
process.exit();
