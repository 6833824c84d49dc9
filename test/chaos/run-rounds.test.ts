import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../support/processes.ts";
import { runRounds } from "./run-rounds.ts";
import type { Scenario } from "./scenario.ts";
import { isGood } from "./summary.ts";
import type { World } from "./world/world.ts";

describe("a chaos run", function () {
  this.timeout(300_000);

  /** Starts no service, so that any program will do. */
  const run = (scenario: Scenario, rounds: number, lanes: number, logs?: string) =>
    runRounds({ scenario, rounds, lanes, logs, queue: "postgres", seed: 7, program: "none", tell: () => undefined });

  function scenarioOf(round: (n: number, random: number, world: World) => Promise<string[]>): Scenario {
    return {
      name: "trial",
      describe: "a test of the tests",
      open: async ({ world }) => ({
        async round(n, random) {
          const failures = await round(n, random.next(), world);
          return { about: `round ${n}`, contexts: [], recoveries: [], failures };
        },
        close: async () => undefined,
      }),
    };
  }

  it("shares its rounds among worlds; a round is the same in each", async () => {
    const seen = async (lanes: number) => {
      const numbers = new Map<number, number>();
      const worlds = new Set<World>();
      const scenario = scenarioOf(async (n, random, world) => {
        numbers.set(n, random);
        worlds.add(world);
        // Until both worlds have one.
        while (worlds.size < lanes) await new Promise((resolve) => setTimeout(resolve, 10));
        return [];
      });
      const { summary } = await run(scenario, 4, lanes);
      assert.ok(isGood(summary));
      assert.equal(summary.rounds, 4);
      assert.equal(worlds.size, lanes);
      return [...numbers].sort(([a], [b]) => a - b);
    };
    const alone = await seen(1);
    assert.equal(new Set(alone.map(([, random]) => random)).size, 4);
    assert.deepEqual(await seen(2), alone);
  });

  it("goes on in another world after a round that breaks off, and keeps what is known of bad ones", async () => {
    const { path: logs, remove } = temporaryFolder();
    const worlds: World[] = [];
    const scenario = scenarioOf(async (n, _random, world) => {
      worlds.push(world);
      if (n === 1) throw new Error("it broke");
      return n === 2 ? ["it was slow"] : [];
    });
    const { summary } = await run(scenario, 4, 1, logs);
    assert.equal(worlds[0], worlds[1]);
    assert.notEqual(worlds[1], worlds[2]);
    assert.equal(worlds[2], worlds[3]);
    assert.equal(summary.good, 2);
    assert.equal(summary.failures, 2);
    assert.ok(!isGood(summary));
    assert.deepEqual(readdirSync(logs).sort(), ["trial-postgres-7-2", "trial-postgres-7-3"]);
    assert.match(readFileSync(join(logs, "trial-postgres-7-2", "result.json"), "utf8"), /it broke/);
    remove();
  });

  it("is not good when a world could not be opened", async () => {
    const scenario: Scenario = {
      ...scenarioOf(async () => []),
      open: () => Promise.reject(new Error("no room")),
    };
    const { summary } = await run(scenario, 1, 1);
    assert.deepEqual(summary.broken, ["Error: no room"]);
    assert.ok(!isGood(summary));
  });
});
