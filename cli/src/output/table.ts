import { oneLine } from "../text.ts";

export interface Column<Row> {
  header: string;
  value: (row: Row) => string | number | undefined;
  /** Only with -o wide. */
  wide?: boolean;
  /** Gets what is too long for the terminal cut off; at most one column. */
  flexible?: boolean;
  color?: (text: string) => string;
}

/** Columns without borders, two blanks apart, as kubectl does. A missing value is `-`. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: { wide: boolean; width?: number; headers?: boolean },
): string[] {
  const shown = columns.filter((column) => options.wide || !column.wide);
  const cells = rows.map((row) => shown.map((column) => oneLine(String(column.value(row) ?? "")) || "-"));
  const all = options.headers === false ? cells : [shown.map((column) => column.header), ...cells];
  const widths = shown.map((_, at) => Math.max(0, ...all.map((line) => line[at]!.length)));
  fit(widths, shown, options.wide ? undefined : options.width);
  return all.map((line, index) => {
    const isHeader = index === 0 && options.headers !== false;
    return line
      .map((text, at) => cell(text, at))
      .join("  ")
      .trimEnd();

    function cell(text: string, at: number): string {
      const width = widths[at]!;
      const cut = text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
      const painted = isHeader ? cut : (shown[at]!.color?.(cut) ?? cut);
      return at === shown.length - 1 ? painted : painted + " ".repeat(width - cut.length);
    }
  });
}

const LEAST = 12;

function fit(widths: number[], columns: readonly Column<never>[], width: number | undefined): void {
  const at = columns.findIndex((column) => column.flexible);
  if (width === undefined || at < 0) return;
  const total = widths.reduce((sum, each) => sum + each, 0) + 2 * (widths.length - 1);
  if (total > width) widths[at] = Math.max(LEAST, widths[at]! - (total - width));
}
