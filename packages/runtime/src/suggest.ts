/** The candidate that `word` was probably meant to be, or undefined when none is close. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const plain = normal(word);
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const other = normal(candidate);
    const distance = other.length > plain.length && other.endsWith(plain) ? 1.5 : editDistance(plain, other);
    if (!best || distance < best.distance) best = { candidate, distance };
  }
  if (!best || best.distance > Math.max(1.5, plain.length / 3)) return undefined;
  return best.candidate;
}

function normal(word: string): string {
  return word
    .toLowerCase()
    .replace(/^evenkeel_/, "")
    .replace(/[-_.]/g, "");
}

/** Levenshtein, with a swap of neighbours as one edit (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      row.push(least);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
