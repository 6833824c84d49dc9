const levels = (count: number) => Array.from({ length: count }, (_, n) => n + 1);

/** Ten levels of ten aliases each: a few hundred bytes that stand for ten billion values. */
const bomb = [
  "a0: &a0 [x, x, x, x, x, x, x, x, x, x]",
  ...levels(9).map((n) => `a${n}: &a${n} [${new Array(10).fill(`*a${n - 1}`).join(", ")}]`),
].join("\n");
const mergeBomb = ["m0: &m0 {k: 1}", ...levels(40).map((n) => `m${n}: &m${n}\n  <<: [*m${n - 1}, *m${n - 1}]`)].join(
  "\n",
);

/** Files that have made some YAML reader hang, explode or run code. */
export const HOSTILE_YAML: Readonly<Record<string, string>> = {
  "an alias bomb": bomb,
  "a merge bomb": mergeBomb,
  "an alias to itself": "a: &a [*a]\n",
  "a mapping inside of itself": "a: &a\n  b: *a\n",
  "a mapping merged into itself": "a: &a\n  <<: *a\n",
  "sixty aliases": `a: &a 1\nb: [${new Array(60).fill("*a").join(", ")}]\n`,
  "a thousand brackets": `a: ${"[".repeat(1000)}`,
  "a hundred thousand brackets": `a: ${"[".repeat(100_000)}`,
  "a hundred thousand dashes": `${"- ".repeat(100_000)}x`,
  "a hundred thousand question marks": `${"? ".repeat(100_000)}x`,
  "deep indentation": levels(400)
    .map((n) => `${" ".repeat(n)}a:`)
    .join("\n"),
  "ten thousand keys": levels(10_000)
    .map((n) => `k${n}: ${n}`)
    .join("\n"),
  "twenty thousand anchors": levels(20_000)
    .map((n) => `- &a${n} x`)
    .join("\n"),
  "code of JavaScript":
    "a: !!js/function 'function () { process.exit(1) }'\nb: !!js/regexp /(a+)+$/\nc: !!js/undefined ''\n",
  "code of Python": "a: !!python/object/apply:os.system ['id']\n",
  "a tag of a binary": "a: !!binary aGVsbG8=\nb: !!set {a, b}\nc: !!omap [a: 1]\n",
  "an include": "a: !include /etc/passwd\nb: !ENV SECRET\n",
  "keys of prototypes": "__proto__:\n  polluted: yes\nconstructor:\n  prototype:\n    polluted: yes\n",
  "keys of prototypes by merging": "a: &a\n  __proto__: {polluted: yes}\nb:\n  <<: *a\n",
  "a key twice": "stages: []\nstages: []\n",
  "a mapping as key": "? {a: 1}\n: b\n",
  "a list as key": "? [a]\n: b\n",
  "null as key": "~: a\n? \n: b\n",
  "several documents": "a: 1\n---\nb: 2\n",
  directives: "%YAML 9.9\n%TAG ! tag:evil.invalid,2000:\n---\na: !x 1\n",
  "no mapping": "- a\n- b\n",
  "a text": "just text",
  "numbers of all sorts":
    "a: [0x7fffffffffffffffffff, 1e999, -.inf, .nan, 0o777, 010, 1_000, 0b11, 12:30:45, -0, 9007199254740993]\n",
  "words of all sorts": "a: [yes, no, on, off, y, n, ~, null, Null, TRUE]\n",
  "times of all sorts": "a: [2026-01-01, 2026-13-45T99:99:99Z, 0000-00-00]\n",
  tabs: "a:\n\tb: 1\n",
  "control characters": 'a: "\\x00\\x1b[2J\\u2028"\nb: \u0007\n',
  "lone surrogates": 'a: "\\ud800"\nb: "\\udfff\\ud800"\n',
  "line ends of all sorts": "a: 1\rb: 2\r\nc: 3\u2028d: 4\u0085e: 5\n",
  "a quote without end": `a: "${"x".repeat(10_000)}`,
  "a block without end": `a: |\n${" x\n".repeat(50_000)}`,
  "more than 256 KiB": `a: ${"x".repeat(300_000)}`,
  "patterns that take for ever": `spec:\n  remediations:\n    - problemType: "${"a*".repeat(300)}b"\n      match: { title: "${"*a".repeat(300)}", labels: { "(a+)+$": "(a+)+$" } }\n      actionsOnOpen: []\n`,
  "numbers where names belong":
    "apiVersion: 1\nkind: 2\nmetadata: 3\nspec: { remediations: [{ problemType: 4, actionsOnOpen: [{ action: 5, value: { a: [{}] } }] }] }\n",
};
