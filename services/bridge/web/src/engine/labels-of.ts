/**
 * The labels that a notification's body has, as `name → value`. Alertmanager has them in `labels`; Dynatrace has tags as
 * `key:value`. The body may be cut, and is then no JSON any more.
 */
export function labelsOf(body: string | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const parsed = parse(body);
  if (typeof parsed !== "object" || parsed === null) return found;
  const { labels, Tags } = parsed as { labels?: unknown; Tags?: unknown };
  if (typeof labels === "object" && labels !== null)
    for (const [name, value] of Object.entries(labels)) if (typeof value !== "object") found.set(name, String(value));
  if (typeof Tags === "string")
    for (const tag of Tags.split(",")) {
      const [name = "", ...value] = tag.trim().split(":");
      if (name) found.set(name, value.join(":").trim());
    }
  return found;
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
