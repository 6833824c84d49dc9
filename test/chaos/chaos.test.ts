import assert from "node:assert/strict";
import { redis } from "../support/needs.ts";
import { runRounds, type RunOptions } from "./run-rounds.ts";
import { crashSteps } from "./scenarios/crash-steps.ts";
import { dupStorm } from "./scenarios/dup-storm.ts";
import { fence } from "./scenarios/fence.ts";
import { flushAll } from "./scenarios/kill-store.ts";

/** The small part of the chaos runs that every test run has; `npm run chaos` has the rest, docs/reliability.md its totals. */
describe("chaos", function () {
  this.timeout(300_000);

  async function survives(options: Pick<RunOptions, "scenario" | "rounds" | "size">): Promise<void> {
    const lines: string[] = [];
    const seed = Math.floor(Math.random() * 2 ** 31);
    const queue = redis.ok ? "redis" : "postgres";
    const { summary, results } = await runRounds({ ...options, queue, seed, tell: (line) => lines.push(line) });
    const story = `${lines.join("\n")}\n${JSON.stringify(summary)}`;
    assert.deepEqual(summary.violations, {}, story);
    assert.deepEqual(summary.broken, [], story);
    assert.deepEqual(
      results.flatMap(({ failures }) => failures),
      [],
      story,
    );
    assert.equal(summary.good, options.rounds, story);
  }

  it("20 kills at steps of the work lose nothing and do nothing twice", () =>
    survives({ scenario: crashSteps, rounds: 4, size: 5 }));
  it("a worker that stops, loses its task and wakes up again changes nothing", () =>
    survives({ scenario: fence, rounds: 1 }));
  it("500 copies of one problem make one run", () => survives({ scenario: dupStorm, rounds: 1, size: 500 }));
  if (redis.ok) it("a queue that forgets everything is not missed", () => survives({ scenario: flushAll, rounds: 1 }));
  else it.skip(`a queue that forgets everything is not missed (${redis.why})`);
});
