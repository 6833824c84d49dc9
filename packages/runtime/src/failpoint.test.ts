import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { parseFailpoint } from "./failpoint.ts";

describe("failpoints", () => {
  it("are named with the how-manieth time and what happens then", () => {
    assert.deepEqual(parseFailpoint("act.after-patch"), { name: "act.after-patch", nth: 1, action: "kill" });
    assert.deepEqual(parseFailpoint("sweep:2=stop"), { name: "sweep", nth: 2, action: "stop" });
    assert.deepEqual(parseFailpoint("a.b=delay:50"), { name: "a.b", nth: 1, action: { delayMs: 50 } });
  });

  it("a text that names none is refused, not taken for a point that is never reached", () => {
    for (const text of ["", "a b", "a:0", "a=explode", "a=delay", "=kill"]) {
      assert.throws(() => parseFailpoint(text), /expected name/, text);
    }
  });

  it("end the process at the second hit, and only where they are named", () => {
    const script = `const { failpoint } = await import("./packages/runtime/src/failpoint.ts");
      failpoint("other"); failpoint("a.b"); process.stdout.write("once "); failpoint("a.b"); process.stdout.write("twice");`;
    const args = ["--import=tsx", "--input-type=module", "-e", script];
    const armed = spawnSync(process.execPath, args, { env: { ...process.env, EVENKEEL_FAILPOINT: "a.b:2" } });
    assert.equal(armed.signal, "SIGKILL");
    assert.equal(String(armed.stdout), "once ");
    assert.match(String(armed.stderr), /failpoint a\.b reached/);
    const { EVENKEEL_FAILPOINT: _, ...unarmed } = process.env;
    assert.equal(String(spawnSync(process.execPath, args, { env: unarmed }).stdout), "once twice");
  });
});
