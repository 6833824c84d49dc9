import { usage } from "../errors.ts";

/** ["a=b"] → { a: "b" } */
export function labelsOf(texts: readonly string[] = []): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const text of texts) {
    const at = text.indexOf("=");
    if (at < 1) throw usage(`--label ${JSON.stringify(text)}: expected name=value`);
    labels[text.slice(0, at)] = text.slice(at + 1);
  }
  return labels;
}
