import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readText, root } from "../support/workspace.ts";

describe("the way to a prototype by its old name", () => {
  it("is closed before anything else is loaded", () => {
    assert.match(readText("cli/src/main.ts"), /^import "\.\/harden\.ts";\n/);
    const script = `
      await import("./cli/src/harden.ts");
      const taken = JSON.parse('{"__proto__":{"isAdmin":true}}');
      const merged = {};
      for (const key of Object.keys(taken)) merged[key] = taken[key];
      process.stdout.write(JSON.stringify([merged.isAdmin ?? "no", "__proto__" in {}, ({}).isAdmin ?? "no"]));`;
    const args = ["--import=tsx", "--input-type=module", "--eval", script];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
    assert.deepEqual(JSON.parse(stdout || "0"), ["no", false, "no"], stderr);
  });
});
