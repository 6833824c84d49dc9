import assert from "node:assert/strict";
import { allowed, refusal, type Command } from "./allowed.ts";
import type { Phase } from "./state.ts";

const PHASES: readonly Phase[] = ["queued", "planning", "acting", "waiting", "evaluating", "finished"];
const COMMANDS = Object.keys(allowed) as Command[];

describe("what an operator may ask", () => {
  for (const [command, phases] of [
    ["abort", ["queued", "planning", "acting", "waiting", "evaluating"]],
    ["pause", ["queued", "planning", "acting", "waiting", "evaluating"]],
    ["resume", ["queued", "planning", "acting", "waiting", "evaluating"]],
    ["skip-wait", ["waiting"]],
    ["rerun", ["finished"]],
  ] as const) {
    it(`${command}: ${phases.join(", ")}`, () => assert.deepEqual([...allowed[command]], phases));
  }

  for (const phase of PHASES) {
    for (const command of COMMANDS) {
      const may = (allowed[command] as readonly Phase[]).includes(phase);
      it(`${command} of a run that is ${phase} is ${may ? "done" : "refused, naming the phase"}`, () => {
        const paused = command === "resume" ? { by: "ann" } : undefined;
        const why = refusal(command, { phase, paused, problemState: "open" });
        if (may) assert.equal(why, undefined);
        else assert.match(why!, new RegExp(`^${command} is possible while .*; this run is ${phase}$`));
      });
    }
  }

  it("a pause of a paused run is refused with who paused it, a resume of a running one as needless", () => {
    const waiting = { phase: "waiting", problemState: "open" } as const;
    assert.equal(refusal("pause", { ...waiting, paused: { by: "ann" } }), "already paused by ann");
    assert.equal(refusal("resume", waiting), "not paused");
  });

  it("an abort is asked for once", () => {
    const aborting = { phase: "acting", problemState: "open", aborting: { by: "ann" } } as const;
    const why = "ann has asked for it already: the run ends when its action is completed";
    assert.equal(refusal("abort", aborting), why);
  });

  it("a run is run again once, and never for a problem that is gone", () => {
    const finished = { phase: "finished", problemState: "open" } as const;
    const again = { ...finished, repeated: { run: "c2", by: "ann" } };
    assert.equal(refusal("rerun", finished), undefined);
    assert.equal(refusal("rerun", again), "ann has it run again already: see run c2");
    for (const problemState of ["resolved", "merged"] as const) {
      const why = `the problem was ${problemState}: there is nothing to act on`;
      assert.equal(refusal("rerun", { ...finished, problemState }), why);
    }
  });
});
