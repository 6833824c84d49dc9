import assert from "node:assert/strict";
import { escalate } from "./escalate.ts";
import { testContext, TestWorker } from "./support/testing.ts";

const run = (value: unknown, worker = new TestWorker()) =>
  escalate.run(testContext({ action: "escalate", value }), worker.deps(), worker.previous);

describe("escalate", () => {
  it("ends the remediation", () => assert.equal(escalate.then, "finish"));

  const texts: [string, unknown, string][] = [
    ["its own words", "Call {{.target.service}}'s team: {{.problem.labels.team}}", "Call carts's team: shop"],
    ["Keptn's names", "{{.data.project}}/{{.data.stage}}/{{.data.service}}", "sockshop/production/carts"],
    ["a plain text", "wake up", "wake up"],
    ["a number", 5, "5"],
    ["no value", undefined, "Response time degradation on carts in sockshop production needs a person"],
    ["an empty text", "", "Response time degradation on carts in sockshop production needs a person"],
    ["a placeholder without a value, left as it is", "see {{.problem.url}}", "see {{.problem.url}}"],
    ["a secret, which is never told", "{{.secret.TOKEN}}", "{{.secret.TOKEN}}"],
    ["a template that cannot be read, as written", "{{ if }}", "{{ if }}"],
  ];
  for (const [what, value, message] of texts) {
    it(`tells people ${what}`, async () => {
      const worker = new TestWorker();
      const outcome = await run(value, worker);
      assert.deepEqual(outcome, {
        status: "succeeded",
        result: "pass",
        message: `escalated: ${message}`,
        details: { message },
      });
      assert.deepEqual(worker.messages, [`escalating: ${message}`]);
    });
  }

  for (const value of [{ text: "x" }, ["x"], "{{.a b}}", "{{.a"]) {
    it(`${JSON.stringify(value)} is refused when the remediation is planned`, () => {
      assert.equal(escalate.value.safeParse(value).success, false);
    });
  }
});
