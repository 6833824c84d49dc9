import assert from "node:assert/strict";
import { lookupIn, MissingValue, parseTemplate, render, type Scalar } from "./template.ts";

function fill(text: string, data: unknown): string {
  const parsed = parseTemplate(text);
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.message);
  return render(parsed.template, (path): Scalar => lookupIn(data, path), String);
}

describe("a template", () => {
  const data = { a: { b: "x", n: 7, yes: true, list: ["first"], none: null, "da-sh": "d" }, text: "{{.a.b}}" };
  const cases: [string, string][] = [
    ["", ""],
    ["plain", "plain"],
    ["{{.a.b}}", "x"],
    ["{{ .a.b }}{{.a.n}}-{{.a.yes}}", "x7-true"],
    ["{{.a.list.0}}", "first"],
    ["{{.a.da-sh}}", "d"],
    ["}} {{.a.b}} }}", "}} x }}"],
    ["{ {.a.b} }", "{ {.a.b} }"],
    ["{{.text}}", "{{.a.b}}"],
  ];
  for (const [text, filled] of cases) {
    it(`${JSON.stringify(text)} becomes ${JSON.stringify(filled)}`, () => assert.equal(fill(text, data), filled));
  }

  const missing = [
    "{{.nothing}}",
    "{{.a.nothing.more}}",
    "{{.a}}",
    "{{.a.list}}",
    "{{.a.none}}",
    "{{.a.b.length}}",
    "{{.constructor}}",
    "{{.__proto__}}",
    "{{.a.__proto__.polluted}}",
    "{{.a.constructor.name}}",
    "{{.a.list.length.x}}",
    "{{.a.toString}}",
  ];
  for (const text of missing) {
    it(`${text} has no value`, () => {
      assert.throws(
        () => fill(text, data),
        (error) => error instanceof MissingValue && error.message.startsWith(text),
      );
    });
  }

  for (const text of [
    "{{",
    "{{.a",
    "{{}}",
    "{{a}}",
    "{{.a b}}",
    "{{.a|upper}}",
    "{{ if .a }}",
    '{{index .a "b"}}',
    "{{.a..b}}",
    "{{.}}",
  ]) {
    it(`${JSON.stringify(text)} is refused, with what was found`, () => {
      const parsed = parseTemplate(text);
      assert.equal(parsed.ok, false);
      assert.match(parsed.ok ? "" : parsed.message, /^has "\{\{/);
    });
  }

  it("is bounded in length and placeholders", () => {
    assert.equal(parseTemplate("x".repeat(70_000)).ok, false);
    assert.equal(parseTemplate("{{.a}}".repeat(1_000)).ok, false);
  });
});
