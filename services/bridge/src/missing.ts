import { problem, suggest } from "@evenkeel/runtime";

const MOST_NAMES = 20;

/** A 404 that names what is missing, and what there is instead. */
export function missing(what: string, name: string, existing: readonly string[], sentence: string) {
  const meant = suggest(name, existing);
  const more = existing.length > MOST_NAMES ? ` and ${existing.length - MOST_NAMES} more` : "";
  const names = existing.length === 0 ? "none" : existing.slice(0, MOST_NAMES).join(", ") + more;
  const hint = meant ? `; did you mean ${meant}?` : "";
  return problem(404, `no-such-${what}`, `there is no ${what} ${name}; ${sentence}: ${names}${hint}`);
}
