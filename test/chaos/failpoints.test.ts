import assert from "node:assert/strict";
import { filesBelow, isTestCode, readText } from "../support/workspace.ts";
import { commandPoints, crashPoints } from "./scenarios/crash-points.ts";

/** Names in the sources of what is released, with their files. */
function namesInSources(): Map<string, string[]> {
  const names = new Map<string, string[]>();
  const files = ["packages", "services", "cli"].flatMap((folder) => filesBelow(folder, (path) => path.endsWith(".ts")));
  for (const file of files) {
    if (isTestCode(file) || file === "packages/runtime/src/failpoint.ts") continue;
    for (const [, name = ""] of readText(file).matchAll(/\bfailpoint\(\s*"([^"]+)"/g)) {
      names.set(name, [...(names.get(name) ?? []), file]);
    }
  }
  return names;
}

describe("failpoints", () => {
  it("are each killed at by crash-steps or operator, and none that they kill at is missing from the sources", () => {
    const known = new Set([...crashPoints, ...commandPoints].map(({ name }) => name));
    assert.deepEqual([...namesInSources().keys()].sort(), [...known].sort());
  });

  it("have names that stand for one place each", () => {
    const twice = [...namesInSources()].filter(([, files]) => files.length > 1);
    assert.deepEqual(twice, []);
  });

  it("cover every step from the request to the end of the run", () => {
    for (const step of ["ingester", "append", "queue", "runner", "plan", "act", "wait", "evaluate", "notify"]) {
      assert.ok(
        crashPoints.some(({ name }) => name.startsWith(`${step}.`)),
        step,
      );
    }
  });
});
