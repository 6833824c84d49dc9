import { createColors } from "picocolors";
import { wantsColor, type Io } from "../io.ts";
import type { Format } from "./formats.ts";
import { renderTable, type Column } from "./table.ts";

export interface Output {
  format: Format;
  colors: ReturnType<typeof createColors>;
  /** A line of data, on stdout. */
  line(text: string): void;
  /** A line for people, on stderr; not with --quiet. */
  note(text: string): void;
  list<Row>(list: List<Row>): Promise<void>;
  /** One object: `text` for people, else the object itself. */
  object(value: unknown, text: () => readonly string[], name: () => string): Promise<void>;
}

export interface List<Row> {
  /** `RemediationList`, for programs. */
  kind: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  /** For -o name. */
  name: (row: Row) => string;
  /** Said on stderr when there are no rows. */
  empty: string;
  nextCursor?: string;
  /** false for rows that follow others, while watching. */
  headers?: boolean;
}

/** Data goes to stdout in the chosen format, all else to stderr. */
export function createOutput(io: Io, options: { format: Format; quiet: boolean; noColor: boolean }): Output {
  const { format, quiet } = options;
  const colors = createColors(wantsColor(io.stdout, io.env, options.noColor));
  const line = (text: string) => void io.stdout.write(`${text}\n`);
  const note = (text: string) => void (quiet || io.stderr.write(`${text}\n`));
  const structured = async (value: unknown) => {
    if (format !== "yaml") return line(JSON.stringify(value, null, 2));
    const { dump } = await import("js-yaml");
    line(dump(value, { lineWidth: 120 }).trimEnd());
  };

  return {
    format,
    colors,
    line,
    note,
    async list({ kind, rows, columns, name, empty, nextCursor, headers }) {
      if (format === "json" || format === "yaml") {
        return structured({ apiVersion: "evenkeel.dev/v1", kind, items: rows, ...(nextCursor && { nextCursor }) });
      }
      if (format === "jsonl") return rows.forEach((row) => line(JSON.stringify(row)));
      if (format === "name") return rows.forEach((row) => line(name(row)));
      if (rows.length === 0) return note(empty);
      const width = io.stdout.isTTY ? io.stdout.columns : undefined;
      renderTable(rows, columns, { wide: format === "wide", width, headers }).forEach(line);
      if (nextCursor) note("there are more: --limit N or --all");
    },
    async object(value, text, name) {
      if (format === "json" || format === "yaml") return structured(value);
      if (format === "jsonl") return line(JSON.stringify(value));
      if (format === "name") return line(name());
      text().forEach(line);
    },
  };
}

/** Green, yellow, red by the words for outcomes. */
export function resultColor(colors: Output["colors"]): (text: string) => string {
  return (text) => {
    if (text === "pass") return colors.green(text);
    if (text === "fail" || text === "errored") return colors.red(text);
    return text === "warning" || text === "inconclusive" ? colors.yellow(text) : text;
  };
}
