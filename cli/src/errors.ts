/** What the process ends with. Scripts rely on these numbers: docs/reference/cli.md lists them. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  auth: 4,
  conflict: 5,
  unreachable: 6,
  warning: 10,
  fail: 11,
  timeout: 124,
  interrupted: 130,
} as const;

export const EXIT_MEANINGS: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT.ok, "done; evaluation or remediation passed"],
  [EXIT.failure, "failed, or without a verdict"],
  [EXIT.usage, "wrong usage, or files or settings with findings"],
  [EXIT.notFound, "not found"],
  [EXIT.auth, "not authenticated, or not allowed"],
  [EXIT.conflict, "not possible in the present state"],
  [EXIT.unreachable, "the server cannot be reached, or did not answer in time"],
  [EXIT.warning, "the verdict is warning"],
  [EXIT.fail, "the verdict is fail"],
  [EXIT.timeout, "--timeout passed before there was a result"],
  [EXIT.interrupted, "interrupted (Ctrl-C)"],
];

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Something that the user should read: what failed and why, more lines of it, and what to type next. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: ExitCode;
  readonly details: readonly string[];
  readonly next: string | undefined;

  constructor(
    exitCode: ExitCode,
    message: string,
    options: { details?: readonly string[]; next?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.exitCode = exitCode;
    this.details = options.details ?? [];
    this.next = options.next;
  }
}

/** By name: commands are loaded on demand, and a loader may then give them this module a second time. */
export function isCliError(error: unknown): error is CliError {
  return error instanceof Error && error.name === "CliError";
}

export const usage = (message: string, next?: string): CliError => new CliError(EXIT.usage, message, { next });

/** The exit code that a verdict stands for; inconclusive and aborted are no verdict. */
export function exitOfVerdict(result: string): ExitCode {
  if (result === "pass") return EXIT.ok;
  if (result === "warning") return EXIT.warning;
  return result === "fail" ? EXIT.fail : EXIT.failure;
}
