import assert from "node:assert/strict";
import fc from "fast-check";
import { HttpProblem, parseJsonBytes } from "./index.ts";
import { faultText } from "./json-bytes.ts";

const parse = (text: string, limits = {}) => parseJsonBytes(Buffer.from(text), limits);
const refused = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof HttpProblem, String(error));
    return `${error.status} ${error.code}: ${error.message}`;
  }
  return assert.fail("accepted");
};

describe("JSON from bytes", () => {
  it("is what JSON.parse makes of it", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        if (/__proto__|constructor|prototype|toString/.test(text)) return;
        assert.deepEqual(parse(text), JSON.parse(text));
      }),
      { numRuns: 200 },
    );
  });

  it("never fails otherwise than with a problem, whatever the bytes", () => {
    const pieces = fc.array(
      fc.constantFrom(
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        '"',
        "\\",
        '"a"',
        "1",
        "-",
        "true",
        "nul",
        " ",
        "\n",
        "\u0000",
        "é",
        "\\u12",
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = parts.join("");
        try {
          parse(text);
        } catch (error) {
          assert.ok(error instanceof HttpProblem, `${JSON.stringify(text)}: ${error}`);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("says where it breaks and what was expected there", () => {
    const cases: [string, string][] = [
      ['{"a" 1}', 'line 1, column 6 (offset 5): found "1}", expected :'],
      ['{"a":1,}', 'line 1, column 8 (offset 7): found "}", expected a key'],
      ["[1,]", 'line 1, column 4 (offset 3): found "]", expected a value'],
      ["[1 2]", 'line 1, column 4 (offset 3): found "2]", expected , or ]'],
      ["[1", "line 1, column 3 (offset 2): found the end, expected , or ]"],
      ["{} x", 'line 1, column 4 (offset 3): found "x", expected the end'],
      ["{'a':1}", `line 1, column 2 (offset 1): found "'a':1}", expected a key or }`],
      ['{\n"a": "x\ty"}', 'line 2, column 6 (offset 7): found "\\"x\\ty\\"}", expected a value'],
    ];
    for (const [text, where] of cases) {
      assert.throws(() => JSON.parse(text));
      assert.equal(faultText(text), `not JSON at ${where}`);
    }
  });

  it("counts depth, keys and string lengths before anything is built", () => {
    assert.match(
      refused(() => parse("[".repeat(65))),
      /^413 too-deep: .* at byte 64/,
    );
    assert.match(
      refused(() => parse('{"a":'.repeat(65))),
      /^413 too-deep/,
    );
    assert.deepEqual(parse(JSON.stringify("[".repeat(100))), "[".repeat(100));
    const keys = (count: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, ":"])));
    assert.equal(Object.keys(parse(keys(10_000)) as object).length, 10_000);
    assert.match(
      refused(() => parse(keys(10_001))),
      /^413 too-many-keys/,
    );
    assert.match(
      refused(() => parse(JSON.stringify(["x".repeat(11)]), { maxStringBytes: 10 })),
      /^413 string-too-long: .* at byte 1/,
    );
    assert.match(
      refused(() => parse('"\\"'.padEnd(30, "x"), { maxStringBytes: 10 })),
      /^413 string-too-long/,
    );
  });
});
