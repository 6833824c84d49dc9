import assert from "node:assert/strict";
import { loadDocument } from "./document.ts";
import type { Document } from "./document.ts";
import { within } from "../within-for-test.ts";

function read(text: string): Document {
  const loaded = loadDocument(text);
  return loaded.ok ? loaded.document : assert.fail(loaded.findings[0]?.message);
}

function complaints(text: string): string[] {
  const loaded = loadDocument(text);
  if (loaded.ok) return assert.fail(`accepted: ${text.slice(0, 100)}`);
  return loaded.findings.map(({ line, column, message }) => `${line}:${column}: ${message}`);
}

describe("a YAML document", () => {
  it("keeps the source text of scalars beside their value", () => {
    const document = read("a: +1\nb: 010\nc: off\nd: '+1'\ne: \"x\\ty\"\nf: 1.0\ng: ~\nh:\ni: >\n  folded\n  text\n");
    assert.deepEqual(document.value, {
      a: 1,
      b: 10,
      c: "off",
      d: "+1",
      e: "x\ty",
      f: 1,
      g: null,
      h: null,
      i: "folded text\n",
    });
    const texts = ["a", "b", "c", "d", "e", "f", "g", "h", "i"].map((key) => document.text([key]));
    assert.deepEqual(texts, ["+1", "010", "off", "+1", "x\ty", "1.0", "~", "", "folded text\n"]);
  });

  it("has no source text for lists, mappings and absent values", () => {
    const document = read("a: [1]\nb: {c: 1}\n");
    assert.deepEqual([["a"], ["b"], ["x"], ["a", 7], ["b", "x"]].map(document.text), Array(5).fill(undefined));
  });

  const places: [string, string][] = [
    ["line feeds", "a: 1\nb:\n  - x\n  - y: 2\n"],
    ["CRLF", "a: 1\r\nb:\r\n  - x\r\n  - y: 2\r\n"],
    ["carriage returns alone", "a: 1\rb:\r  - x\r  - y: 2\r"],
    ["a byte order mark", "\ufeffa: 1\nb:\n  - x\n  - y: 2\n"],
  ];
  for (const [name, text] of places) {
    it(`knows the place of each value with ${name}`, () => {
      const document = read(text);
      assert.deepEqual(document.place(["a"]), { line: 1, column: 4 });
      assert.deepEqual(document.place(["b", 0]), { line: 3, column: 5 });
      assert.deepEqual(document.place(["b", 1, "y"]), { line: 4, column: 8 });
      assert.deepEqual(document.keyPlace(["b", 1, "y"]), { line: 4, column: 5 });
      assert.deepEqual(document.place(["b", 1, "missing"]), { line: 4, column: 5 });
    });
  }

  it("counts columns after other scripts as editors do", () => {
    const document = read('{ "größe 🚀": "ü", b: x }');
    assert.equal(document.value["größe 🚀"], "ü");
    assert.deepEqual(document.place(["b"]), { line: 1, column: '{ "größe 🚀": "ü", b: '.length + 1 });
  });

  it("points at the quote of a quoted text, and behind the key of an empty value", () => {
    const document = read("a: 'x'\nb:\nc: 1");
    assert.deepEqual(document.place(["a"]), { line: 1, column: 4 });
    assert.deepEqual(document.place(["b"]), { line: 2, column: 2 });
  });

  it("follows anchors and merge keys, to values and to places", () => {
    const document = read(
      "base: &base\n  action: scaling\n  value: +1\nlist:\n  - <<: *base\n    value: +2\n  - *base\n  - <<: [{x: 010}, *base]\n",
    );
    assert.deepEqual(document.value["list"], [
      { action: "scaling", value: 2 },
      { action: "scaling", value: 1 },
      { x: 10, action: "scaling", value: 1 },
    ]);
    assert.equal(document.text(["list", 0, "value"]), "+2");
    assert.equal(document.text(["list", 1, "value"]), "+1");
    assert.equal(document.text(["list", 2, "x"]), "010");
    assert.equal(document.text(["list", 2, "value"]), "+1");
    assert.deepEqual(document.place(["list", 0, "action"]), { line: 2, column: 11 });
    assert.deepEqual(document.place(["list", 1]), { line: 7, column: 5 });
  });

  it("takes the anchor that was defined last before the alias", () => {
    const document = read("a: &x +1\nb: *x\nc: &x +2\nd: *x\n");
    assert.deepEqual([document.text(["b"]), document.text(["d"])], ["+1", "+2"]);
  });

  for (const text of ["---\na: 1\n", "a: 1\n...\n", "%YAML 1.2\n---\na: 1\n", '{"a": 1}', "# c\n\na: 1 # d\n"]) {
    it(`accepts ${JSON.stringify(text)}`, () => assert.deepEqual(read(text).value, { a: 1 }));
  }

  const refusals: [string, string, string][] = [
    ["an empty text", "", "1:1: found an empty file, expected a YAML mapping"],
    ["comments alone", "# todo\n", "1:1: found an empty file, expected a YAML mapping"],
    ["a lone ---", "---\n", "1:1: found an empty file, expected a YAML mapping"],
    ["a byte order mark alone", "\ufeff", "1:1: found an empty file, expected a YAML mapping"],
    ["a list", "- a\n", "1:1: found a list, expected a YAML mapping (lines of the form key: value)"],
    ["a text", "hello", '1:1: found "hello", expected a YAML mapping (lines of the form key: value)'],
    ["null", "~", "1:1: found nothing, expected a YAML mapping (lines of the form key: value)"],
    ["two documents", "a: 1\n---\nb: 2\n", "3:1: found 2 YAML documents, expected one document, without a second ---"],
    ["a tab as indentation", "a:\n\t- b\n", "2:1: found a tab in the indentation, expected spaces"],
    ["a tab after blanks", "a: 1\n  \tb: 1", "2:5: found a tab in the indentation, expected spaces"],
    [
      "a key twice",
      "a: 1\nb: 2\n'a': 3\n",
      '3:1: found the key "a" a second time (first on line 1), expected each key once',
    ],
    ["one key in two spellings", "1: a\n0x1: b\n", "2:1: found duplicated mapping key, expected valid YAML"],
    ["__proto__", "a:\n  - __proto__: {x: 1}\n", '2:5: found the key "__proto__", expected another name'],
    ["constructor", "a: 1\n'constructor': 2\n", '2:1: found the key "constructor", expected another name'],
    ["prototype in a merged mapping", "<<: {prototype: 1}\n", '1:6: found the key "prototype", expected another name'],
    [
      "a script tag",
      "a: !!js/function x",
      "1:4: found a YAML tag (unknown scalar tag !<tag:yaml.org,2002:js/function>), expected a plain value without a tag",
    ],
    ["an alias of nothing", "a: *x", '1:5: found the alias "x", expected an anchor (&name) of that name before it'],
    [
      "an open bracket",
      "a: [1",
      "1:6: found the end of the file (unexpected end of the stream within a flow collection), expected the closing quote or bracket",
    ],
    [
      "an open quote",
      "a: 'x",
      "1:6: found the end of the file (unexpected end of the stream within a single quoted scalar), expected the closing quote or bracket",
    ],
    ["a list as key", "? [a]\n: 1", "1:1: found a mapping or list as a key, expected a text as key"],
    ["a merged number", "<<: 1", "1:1: found << with something else, expected << with a mapping (*name)"],
    ["a control character", "a: \u0007", "1:4: found a control character, expected printable text"],
    ["a zero byte", "a: \u0000", "1:4: found a control character, expected printable text"],
    ["half a surrogate pair", "a: \ud800", "1:4: found a control character, expected printable text"],
  ];
  for (const [name, text, complaint] of refusals) {
    it(`refuses ${name}`, () => assert.deepEqual(complaints(text), [complaint]));
  }

  it("explains an unquoted >= and an unquoted colon", () => {
    assert.match(
      complaints("a:\n  - >=5\n")[0] ?? "",
      /^2:\d+: found "- >=5", where > or \| begins a text block, expected quotes/,
    );
    assert.match(
      complaints("a: b: c\n")[0] ?? "",
      /^1:5: found ": c", which does not continue .* quotes around a text/,
    );
  });

  describe("that was made to exhaust a parser is refused", () => {
    const bomb = Array.from({ length: 9 }, (_, level) =>
      level === 0 ? "a0: &a0 [x, x]" : `a${level}: &a${level} [${`*a${level - 1}, `.repeat(4)}*a${level - 1}]`,
    ).join("\n");
    const wide = `a: &a [${"x,".repeat(1000)}x]\nb: [${"*a,".repeat(29)}*a]\n`;
    const merged = Array.from({ length: 24 }, (_, level) =>
      level === 0 ? "m0: &m0 {k: 1}" : `m${level}: &m${level} {<<: [*m${level - 1}, *m${level - 1}]}`,
    ).join("\n");
    const cases: [string, string, RegExp][] = [
      ["an alias bomb", bomb, /more values than any real file has, expected at most 20000/],
      ["a wide alias bomb", wide, /more values than any real file has/],
      ["too many aliases", `a: &a 1\nb: [${"*a,".repeat(51)}]`, /too many aliases \(\*name\), expected at most 50/],
      ["a list that holds itself", "a: &a [*a]", /nested without end or too deeply/],
      ["deep brackets", `a: ${"[".repeat(200)}${"]".repeat(200)}`, /nested too deeply, expected at most 100 levels/],
      ["ten thousand brackets", `a: ${"[".repeat(10_000)}`, /nested too deeply/],
      ["many values", `a: [${"1,".repeat(20_000)}]`, /more values than any real file has/],
      ["300 KiB", `a: ${"x".repeat(300 * 1024)}`, /^1:1: found a file of 301 KiB, expected at most 256 KiB$/],
      ["256 KiB in other scripts", `a: ${"ü".repeat(200 * 1024)}`, /expected at most 256 KiB/],
    ];
    for (const [name, text, complaint] of cases) {
      it(name, () => assert.match(within(2_000, () => complaints(text))[0] ?? "", complaint));
    }

    it("unless it is merely odd: a mapping that merges itself adds nothing", () => {
      const document = read("a: &a\n  <<: *a\n  b: +1\n");
      assert.deepEqual(document.value, { a: { b: 1 } });
      assert.deepEqual([document.text(["a", "b"]), document.text(["a", "c"])], ["+1", undefined]);
    });

    it("unless it is merely odd: 24 levels of merges are found again in a moment", () =>
      within(2_000, () => {
        const document = read(merged);
        assert.equal(document.text(["m23", "k"]), "1");
        assert.equal(document.text(["m23", "missing"]), undefined);
      }));
  });
});
