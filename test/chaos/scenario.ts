import type { Violation } from "./checker.ts";
import type { Random } from "./world/random.ts";
import type { World } from "./world/world.ts";

/** One round: a fault, and what came of it. */
export interface Round {
  /** What was done, for the line that is printed. */
  about: string;
  /** Contexts that took part; they are checked when the round has come to rest. */
  contexts: readonly string[];
  /** From the fault until each run that it had stopped went on, milliseconds. */
  recoveryMs: readonly number[];
  /** What this test expects beyond the invariants, and did not find. */
  failures: readonly string[];
}

/** What a test measures beside, for the summary: `acceptedAgainMs` … */
export type Measured = Map<string, number[]>;

export interface Stage {
  world: World;
  random: Random;
  measured: Measured;
  /** `--size`: how many copies, problems or clients. */
  size: number | undefined;
}

/** A chaos test: set up once, then as many rounds as are wanted. */
export interface Scenario {
  name: string;
  describe: string;
  /** Why it cannot run here, if it cannot. */
  missing?: (stage: Pick<Stage, "size">) => string | undefined;
  /** Options of the world that it needs. */
  waitMs?: number;
  folder?: () => { path: string; remove(): void };
  open(stage: Stage): Promise<RunningScenario>;
}

export interface RunningScenario {
  round(n: number): Promise<Round>;
  /** Ends what the test itself has started. */
  close(): Promise<void>;
}

export interface RoundResult extends Round {
  violations: readonly Violation[];
  ms: number;
}
