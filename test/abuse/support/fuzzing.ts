import assert from "node:assert/strict";
import fc from "fast-check";

/** Cases for each parser: few by default, EVENKEEL_FUZZ_RUNS for a long run, EVENKEEL_FUZZ_SEED for another one. */
const RUNS = Number(process.env["EVENKEEL_FUZZ_RUNS"] ?? 400);
const SEED = Number(process.env["EVENKEEL_FUZZ_SEED"] ?? 20260131);
const isLong = process.env["EVENKEEL_FUZZ_RUNS"] !== undefined;
// Most cases end in an error, and where it was thrown takes longer than the case. The smallest input says more.
if (isLong) Error.stackTraceLimit = 0;
/**
 * Hundreds of times what the slowest honest case takes: only what hangs, or nearly does, takes as long. Of processor
 * time, as a busy machine makes anything wait.
 */
const CAP_MS = 2_000;

/**
 * A test that runs a parser on many inputs. Fails on what the parser throws and is not `declared`, on what `run` asserts, and
 * on a case that takes longer than the cap; each comes with the smallest input that shows it.
 */
export function fuzz<Input>(
  title: string,
  inputs: fc.Arbitrary<Input>,
  run: (input: Input) => unknown,
  declared: (error: unknown) => boolean = () => false,
): void {
  it(title, async function () {
    this.timeout(isLong ? 0 : 60_000);
    let slowest = 0;
    const began = performance.now();
    const property = fc.asyncProperty(inputs, async (input) => {
      const from = process.cpuUsage();
      let took = 0;
      try {
        const result = run(input);
        if (result instanceof Promise) await result;
      } catch (error) {
        if (!declared(error)) throw error;
      } finally {
        const { user, system } = process.cpuUsage(from);
        took = (user + system) / 1000;
        slowest = Math.max(slowest, took);
      }
      assert.ok(took < CAP_MS, `took ${Math.round(took)} ms`);
    });
    await fc.assert(property, { numRuns: RUNS, seed: SEED });
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    if (isLong) console.log(`      ${title}: ${RUNS} cases in ${seconds} s, the slowest in ${slowest.toFixed(1)} ms`);
  });
}
