export interface DiffLine {
  kind: "same" | "added" | "removed";
  /** Number of the line in the text before, from 1; absent when it was not there. */
  before?: number;
  /** The same in the text after. */
  after?: number;
  text: string;
}

/** Longest common subsequence: fine for files of some thousand lines, and these have dozens. */
export function diffLines(before: string, after: string): DiffLine[] {
  const a = linesOf(before);
  const b = linesOf(after);
  const found: DiffLine[] = [];
  let i = 0;
  let j = 0;
  const remove = () => found.push({ kind: "removed", before: i + 1, text: a[i++]! });
  const add = () => found.push({ kind: "added", after: j + 1, text: b[j++]! });
  const lengths = a.length * b.length > MOST_CELLS ? undefined : commonLengths(a, b);
  while (lengths && i < a.length && j < b.length) {
    if (a[i] === b[j]) found.push({ kind: "same", before: i + 1, after: j + 1, text: (j++, a[i++]!) });
    else if (lengths[i + 1]![j]! >= lengths[i]![j + 1]!) remove();
    else add();
  }
  while (i < a.length) remove();
  while (j < b.length) add();
  return found;
}

/** The lines near a change; a number stands for so many lines that are left out. */
export function folded(lines: readonly DiffLine[], around = 3): (DiffLine | number)[] {
  const near = lines.map((_, at) =>
    lines.slice(Math.max(0, at - around), at + around + 1).some(({ kind }) => kind !== "same"),
  );
  const found: (DiffLine | number)[] = [];
  for (const [at, line] of lines.entries()) {
    const last = found.at(-1);
    // To say that one line is left out takes a line as well.
    const isAlone = (near[at - 1] ?? true) && (near[at + 1] ?? true);
    if (near[at] || isAlone) found.push(line);
    else if (typeof last === "number") found[found.length - 1] = last + 1;
    else found.push(1);
  }
  return found;
}

const MOST_CELLS = 4_000_000;

/** How long the longest common subsequence of the rests behind each pair of lines is. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint32Array[] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i]![j] = a[i] === b[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
    }
  }
  return lengths;
}

export function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/);
}
