/** One line of `evenkeel doctor`. */
export interface Check {
  name: string;
  /** warn: works, but perhaps not as meant; or cannot be told. */
  state: "ok" | "warn" | "fail";
  text: string;
  /** What to do about it. */
  next?: string;
}

export const ok = (name: string, text: string): Check => ({ name, state: "ok", text });
export const warn = (name: string, text: string, next?: string): Check => ({
  name,
  state: "warn",
  text,
  ...(next && { next }),
});
export const fail = (name: string, text: string, next?: string): Check => ({
  name,
  state: "fail",
  text,
  ...(next && { next }),
});

/** What went wrong, in one line. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error instanceof AggregateError ? (error.errors[0] as Error | undefined) : undefined;
  const message = error.message || inner?.message || error.name;
  return message.split("\n")[0]!;
}
