import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { exchange, faultOf, intakeFault } from "./support/answers.ts";
import { startApp, type Running } from "./support/app.ts";
import { MUTATORS } from "./support/mutators.ts";
import { PAYLOADS, sentOf } from "./support/payloads.ts";
import { randomFrom } from "../support/random.ts";

/** Each mutator spoils each payload this often, in other ways each time. */
const ROUNDS = Number(process.env["EVENKEEL_MALFORMED_ROUNDS"] ?? 4);
const SEED = Number(process.env["EVENKEEL_MALFORMED_SEED"] ?? 1);
const AT_ONCE = 8;
/**
 * Ten times what the worst of them needs alone, as seven others are answered at the same time: what grows with the square
 * takes longer. Whatever took as long is asked once more: a machine may have paused.
 */
const LONGEST_MS = 5_000;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

describe("malformed requests", () => {
  let app: Running;
  let sent = 0;
  before(async function () {
    this.timeout(60_000);
    app = await startApp();
    collect();
  });
  after(() => app.close());

  for (const payload of PAYLOADS) {
    it(`that were made of ${payload.name}: never a 5xx, always a decision or a reason`, async function () {
      this.timeout(120_000 + ROUNDS * 20_000);
      const findings: string[] = [];
      const cases = Object.entries(MUTATORS).flatMap(([name, mutate], n) =>
        Array.from({ length: ROUNDS }, (_, round) => {
          const seed = SEED * 1_000_003 + n * 1009 + round * 31 + payload.name.length;
          return {
            name: `${name} (round ${round})`,
            request: mutate(sentOf(payload), payload.value, randomFrom(seed)),
          };
        }),
      );
      sent += cases.length;
      const workers = Array.from({ length: AT_ONCE }, async () => {
        for (let next = cases.shift(); next; next = cases.shift()) {
          const { name, request } = next;
          const judge = request.method === "POST" ? intakeFault : faultOf;
          const ask = async () => {
            const from = performance.now();
            const wrong = await exchange(app, request).then(judge, (error: Error) => `no answer: ${error.message}`);
            return { wrong, ms: Math.round(performance.now() - from) };
          };
          let { wrong, ms } = await ask();
          if (!wrong && ms > LONGEST_MS) ({ wrong, ms } = await ask());
          const fault = wrong ?? (ms > LONGEST_MS ? `took ${ms} ms` : undefined);
          if (fault) findings.push(`${name}: ${fault}\n    ${request.body.subarray(0, 300).toString("latin1")}`);
        }
      });
      await Promise.all(workers);
      if (findings.length > 0) assert.fail(findings.slice(0, 20).join("\n"));
    });
  }

  it("were at least two thousand", () => {
    assert.ok(sent >= 2000, `${sent}`);
  });

  it("have not changed any prototype", () => {
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });

  it("have left no line in the log that tells of a bug", () => {
    assert.deepEqual(app.errors(), []);
  });

  it("have left no memory behind", () => {
    collect();
    const { heapUsed, rss } = process.memoryUsage();
    // The log alone, which this test keeps, is a few ten MB.
    assert.ok(heapUsed < 400e6, `${heapUsed} bytes on the heap`);
    assert.ok(rss < 1500e6, `${rss} bytes resident`);
  });

  it("do not keep a proper one from being taken in", async () => {
    const alerts = [{ ...alert(), fingerprint: "afterwards" }];
    const body = Buffer.from(JSON.stringify({ version: "4", alerts }));
    const headers = { "content-type": "application/json" };
    const answer = await exchange(app, { method: "POST", path: "/v1/webhooks/alertmanager", headers, body });
    assert.equal(answer.status, 202, answer.text);
    assert.equal((JSON.parse(answer.text) as { results: { outcome: string }[] }).results[0]?.outcome, "triggered");
    assert.equal(
      (await exchange(app, { method: "GET", path: "/readyz", headers: {}, body: Buffer.alloc(0) })).status,
      200,
    );
  });
});

function alert() {
  return {
    status: "firing",
    labels: { alertname: "slow", project: "sockshop", stage: "production", service: "orders" },
    startsAt: "2026-01-31T12:00:00Z",
  };
}
