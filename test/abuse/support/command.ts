import { PassThrough, Readable } from "node:stream";
import { run } from "../../../cli/src/run.ts";

export interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs one command line of ours in this process, as on a terminal without colours. */
export async function evenkeel(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  options: { columns?: number; stopAfterMs?: number } = {},
): Promise<Said> {
  const sink = () => Object.assign(new PassThrough(), { isTTY: true, columns: options.columns ?? 120 });
  const [stdout, stderr] = [sink(), sink()];
  const heard = { stdout: "", stderr: "" };
  stdout.setEncoding("utf8").on("data", (text: string) => (heard.stdout += text));
  stderr.setEncoding("utf8").on("data", (text: string) => (heard.stderr += text));
  const code = await run(words, {
    ...{ stdin: Readable.from([]), stdout, stderr, platform: "linux", now: () => new Date() },
    env: { NO_COLOR: "1", LANG: "C.UTF-8", TZ: "UTC", HOME: "/nonexistent", ...env },
    signal: options.stopAfterMs === undefined ? new AbortController().signal : AbortSignal.timeout(options.stopAfterMs),
  });
  stdout.end();
  stderr.end();
  await new Promise((resolve) => setImmediate(resolve));
  return { code, ...heard };
}
