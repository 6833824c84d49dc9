import { intoHeader, intoUrl } from "./sinks.ts";
import { MissingValue } from "./template.ts";

const MASK = "***";

/** Secrets by reference: looked up when needed, and masked in everything that is shown. */
export interface SecretKeeper {
  /** Throws MissingValue naming the secret. */
  use(name: string): string;
  /** The text without any secret that was used, in whatever form it was sent. */
  mask(text: string): string;
}

export function secretKeeper(secrets: (name: string) => string | undefined): SecretKeeper {
  const shapes = new Set<string>();
  return {
    use(name) {
      const value = secrets(name)?.trim();
      if (!value) throw new MissingValue(`the secret ${JSON.stringify(name)} is not set`);
      for (const shape of shapesOf(value)) shapes.add(shape);
      return value;
    },
    mask(text) {
      // The longest first: one form may contain another.
      const sorted = [...shapes].sort((a, b) => b.length - a.length);
      return sorted.reduce((masked, shape) => masked.replaceAll(shape, MASK), text);
    },
  };
}

const shapesOf = (value: string): string[] =>
  [
    value,
    encodeURIComponent(value),
    intoUrl(value, true),
    intoHeader(value),
    JSON.stringify(value).slice(1, -1),
    value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
  ].filter((shape) => shape !== "");
