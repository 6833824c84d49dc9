export type OriginSource = "default" | "file" | "env" | "flag";

/** Where a value was written. `name` is the file's path, the variable's name or the flag's. */
export interface Origin {
  source: OriginSource;
  name?: string;
}

export interface ConfigProblem {
  origin: Origin;
  /** Dotted, such as server.port; empty when the source as a whole is at fault. */
  path: string;
  found: string;
  expected: string;
  suggestion?: string;
}

/** The settings as written cannot be used. Lists everything that is wrong at once. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(problemLine).join("\n"));
    this.problems = problems;
  }
}

export function problemLine({ origin, path, found, expected, suggestion }: ConfigProblem): string {
  const where = [originText(origin), path].filter((part) => part !== "").join(": ");
  return `${where}: found ${found}, expected ${expected}${suggestion ? `; did you mean ${suggestion}?` : ""}`;
}

export function originText({ source, name }: Origin): string {
  return name ? `${source} ${name}` : source;
}
