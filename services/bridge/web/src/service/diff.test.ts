import assert from "node:assert/strict";
import { diffLines, folded } from "./diff.ts";

const shown = (before: string, after: string) =>
  diffLines(before, after).map(({ kind, text }) => ({ same: " ", removed: "-", added: "+" })[kind] + text);

describe("the difference between two texts", () => {
  it("keeps what both have and tells what went and came", () => {
    assert.deepEqual(shown("a\nb\nc\nd\n", "a\nx\nc\nd\ne\n"), [" a", "-b", "+x", " c", " d", "+e"]);
  });

  it("is empty changes for the same text, whatever its line ends", () => {
    assert.deepEqual(shown("a\nb\n", "a\r\nb"), [" a", " b"]);
  });

  it("of nothing is what was added, and the other way round", () => {
    assert.deepEqual(shown("", "a\nb"), ["+a", "+b"]);
    assert.deepEqual(shown("a\nb", ""), ["-a", "-b"]);
    assert.deepEqual(shown("", ""), []);
  });

  it("numbers the lines of both sides", () => {
    assert.deepEqual(diffLines("a\nb", "b\nc"), [
      { kind: "removed", before: 1, text: "a" },
      { kind: "same", before: 2, after: 1, text: "b" },
      { kind: "added", after: 2, text: "c" },
    ]);
  });

  it("of very long texts is still made", () => {
    const long = (word: string) => Array.from({ length: 5000 }, (_, i) => `${word}${i}`).join("\n");
    assert.equal(diffLines(long("a"), long("b")).length, 10_000);
  });

  it("leaves out what is far from any change, and says how much", () => {
    const text = Array.from({ length: 20 }, (_, i) => `line ${i}`);
    const lines = folded(diffLines(text.join("\n"), [...text.slice(0, 10), "new", ...text.slice(10)].join("\n")), 2);
    assert.deepEqual(
      lines.map((line) => (typeof line === "number" ? line : line.text)),
      [8, "line 8", "line 9", "new", "line 10", "line 11", 8],
    );
  });
});
