import type { Violation } from "./checker.ts";
import type { Random } from "../support/random.ts";
import type { Standstill } from "./world/recovery.ts";
import type { Surroundings, World } from "./world/world.ts";

/** One round: a fault, and what came of it. */
export interface Round {
  /** What was done, for the line that is printed. */
  about: string;
  /** Contexts that took part; they are checked when the round has come to rest. */
  contexts: readonly string[];
  /** How each run that the fault had stopped went on. */
  recoveries: readonly Standstill[];
  /** What this test expects beyond the invariants, and did not find. */
  failures: readonly string[];
}

/** What a test measures beside, for the summary: `acceptedAgainMs` … */
export type Measured = Map<string, number[]>;

export interface Stage {
  world: World;
  /** Of the run; a round has random numbers of its own. */
  seed: number;
  measured: Measured;
  /** `--size`: how many copies, problems or clients. */
  size: number | undefined;
  /** The program of `--previous`. */
  previous: string | undefined;
}

/** A chaos test: set up once, then as many rounds as are wanted. */
export interface Scenario {
  name: string;
  describe: string;
  /** Why it cannot run here, if it cannot. */
  missing?: (stage: Pick<Stage, "size" | "previous">) => string | undefined;
  /** Options of the world that it needs. */
  waitMs?: number;
  folder?: () => { path: string; remove(): void };
  /** Begins on an empty database; what it resolves with ends that, and is called when the schema is up to date. */
  before?(stage: Surroundings & Pick<Stage, "previous">): Promise<() => Promise<void>>;
  open(stage: Stage): Promise<RunningScenario>;
}

export interface RunningScenario {
  /** The same number and the same random numbers make the same round, in whichever world. */
  round(n: number, random: Random): Promise<Round>;
  /** Ends what the test itself has started. */
  close(): Promise<void>;
}

export interface RoundResult extends Round {
  violations: readonly Violation[];
  ms: number;
  /** It did not come to its end. */
  brokeOff?: boolean;
}

/** Adds one value to what is measured under a name. */
export function noter(measured: Measured): (name: string, value: number) => void {
  return (name, value) => void measured.set(name, [...(measured.get(name) ?? []), value]);
}
