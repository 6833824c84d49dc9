import assert from "node:assert/strict";
import type { StepSummary } from "@evenkeel/events";
import { exhausted, healed, nothingDone, resolvedAfter, unverified } from "./messages.ts";
import type { Evaluating, Remediation } from "./state.ts";

const step = (fields: Partial<StepSummary>): StepSummary => ({
  ...{ name: "scale", action: "scaling", status: "succeeded", result: "pass", message: "1 → 2" },
  ...fields,
});
const evaluation = (result: StepSummary["result"], score: number) => ({ result, score, message: "" });
const state = (...steps: StepSummary[]) => ({ steps, problemState: "resolved" }) as unknown as Remediation & Evaluating;

describe("the sentence that ends a run", () => {
  for (const [what, text, expected] of [
    [
      "healed",
      healed(state(step({ evaluation: evaluation("pass", 92.34567) }))),
      "evaluation pass (score 92.3) after scale (evaluation pass)",
    ],
    [
      "exhausted",
      exhausted(
        state(
          step({ evaluation: evaluation("fail", 0) }),
          step({ name: "restart", result: "fail", message: "no quota" }),
          step({ name: "page", result: "warning", message: "1 of 2 available" }),
          step({ name: "ticket" }),
        ),
      ),
      "no action is left; tried scale (evaluation fail), restart (fail: no quota), page (warning: 1 of 2 available), ticket (done)",
    ],
    ["exhausted without any", exhausted(state()), "no action is left; tried nothing"],
    [
      "unverified",
      unverified(state(step({}))),
      "the last action is marked evaluate: false, so nobody knows whether it helped; did scale (done)",
    ],
    ["nothing done", nothingDone(state()), "the problem was resolved before the first action; nothing was done"],
    [
      "resolved",
      resolvedAfter(state(step({ evaluation: evaluation("fail", 0) }))),
      "the problem was resolved, but the evaluation did not confirm it; tried scale (evaluation fail)",
    ],
  ] as const) {
    it(`${what}: ${expected}`, () => assert.equal(text, expected));
  }
});
