import type { Queue } from "../world/world.ts";

/** One line of the matrix: a test on both queues. */
export interface Planned {
  test: string;
  /** Default: what `--rounds` says. */
  rounds?: number;
  size?: number;
  /** As many worlds as leave a machine with two cores some air, measured. */
  lanes: number;
  /** How long a round takes, all lanes together; for the time that is left. */
  secondsPerRound: number;
}

/** The many rounds first, then those of full size, which need the machine for themselves. */
export const plan: readonly Planned[] = [
  { test: "crash-steps", lanes: 6, secondsPerRound: 1.5 },
  { test: "fence", lanes: 6, secondsPerRound: 1.5 },
  { test: "unknown-outcome", lanes: 6, secondsPerRound: 1 },
  { test: "kill-store", lanes: 6, secondsPerRound: 1 },
  { test: "kill-random", lanes: 4, secondsPerRound: 1.5 },
  { test: "partition", lanes: 10, secondsPerRound: 1.5 },
  { test: "clock", lanes: 6, secondsPerRound: 1.5 },
  { test: "poison", lanes: 6, secondsPerRound: 1.5 },
  { test: "disk-full", lanes: 4, secondsPerRound: 1 },
  { test: "slow-consumer", size: 40, lanes: 3, secondsPerRound: 1 },
  { test: "dup-storm", size: 200, lanes: 2, secondsPerRound: 1 },
  { test: "burst-10k", size: 20, lanes: 2, secondsPerRound: 1 },
  { test: "slow-consumer", rounds: 1, size: 200, lanes: 1, secondsPerRound: 15 },
  { test: "dup-storm", rounds: 1, size: 10_000, lanes: 1, secondsPerRound: 150 },
  { test: "burst-10k", rounds: 1, size: 10_000, lanes: 1, secondsPerRound: 600 },
];

export const QUEUES: readonly Queue[] = ["postgres", "redis"];
