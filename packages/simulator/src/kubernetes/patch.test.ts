import assert from "node:assert/strict";
import { jsonPatch, mergePatch } from "./patch.ts";

describe("merge patch", () => {
  // The cases of RFC 7396, appendix A.
  const cases: [target: unknown, patch: unknown, result: unknown][] = [
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, patch, result] of cases) {
    it(`${JSON.stringify(target)} + ${JSON.stringify(patch)}`, () =>
      assert.deepEqual(mergePatch(target, patch), result));
  }
});

describe("JSON patch", () => {
  const target = { spec: { replicas: 2, list: [1, 2] }, metadata: { annotations: { "a/b": "c" } } };

  it("replaces after a test that holds", () => {
    const patch = [
      { op: "test", path: "/spec/replicas", value: 2 },
      { op: "replace", path: "/spec/replicas", value: 3 },
    ];
    assert.deepEqual(jsonPatch(target, patch), { ...target, spec: { ...target.spec, replicas: 3 } });
    assert.equal(target.spec.replicas, 2);
  });

  it("adds, removes and escapes", () => {
    const patch = [
      { op: "add", path: "/metadata/annotations/x~1y", value: "z" },
      { op: "remove", path: "/metadata/annotations/a~1b" },
      { op: "add", path: "/spec/list/-", value: 3 },
      { op: "add", path: "/spec/list/0", value: 0 },
      { op: "remove", path: "/spec/list/1" },
    ];
    assert.deepEqual(jsonPatch(target, patch), {
      spec: { replicas: 2, list: [0, 2, 3] },
      metadata: { annotations: { "x/y": "z" } },
    });
  });

  const refused: [name: string, patch: unknown, code: number][] = [
    ["a test that does not hold", [{ op: "test", path: "/spec/replicas", value: 1 }], 422],
    ["a test of what is absent", [{ op: "test", path: "/spec/nothing", value: 1 }], 422],
    ["a replacement of what is absent", [{ op: "replace", path: "/spec/nothing", value: 1 }], 422],
    ["an addition below what is absent", [{ op: "add", path: "/status/a/b", value: 1 }], 422],
    ["a removal of what is absent", [{ op: "remove", path: "/spec/list/7" }], 422],
    ["an unknown operation", [{ op: "twist", path: "/spec" }], 422],
    ["a path without a slash", [{ op: "add", path: "spec", value: 1 }], 422],
    ["something that is no list", { spec: {} }, 400],
    ["an operation that is no object", ["add"], 400],
  ];
  for (const [name, patch, code] of refused) {
    it(`refuses ${name}`, () => assert.throws(() => jsonPatch(target, patch), { code }));
  }
});
