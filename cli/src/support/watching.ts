import { usage } from "../errors.ts";
import type { Format } from "../output/formats.ts";

/** One document cannot go on: --watch prints rows or lines. */
export function insistOnRows(format: Format): void {
  if (format !== "json" && format !== "yaml") return;
  throw usage(`--watch cannot print ${format}, which is one document; use -o jsonl`);
}

/** Rows that come later say nothing when there are none of them at first. */
export function listFormatOf(rows: readonly unknown[]): { empty: string } | object {
  return rows.length === 0 ? { empty: "none yet" } : {};
}
