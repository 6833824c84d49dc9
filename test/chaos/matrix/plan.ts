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
  { test: "crash-steps", lanes: 8, secondsPerRound: 0.9 },
  { test: "fence", lanes: 8, secondsPerRound: 1.2 },
  { test: "unknown-outcome", lanes: 8, secondsPerRound: 0.6 },
  { test: "operator", lanes: 4, secondsPerRound: 1 },
  { test: "kill-store", size: 4, lanes: 6, secondsPerRound: 0.8 },
  { test: "kill-random", size: 4, lanes: 4, secondsPerRound: 1.2 },
  { test: "partition", lanes: 12, secondsPerRound: 1.1 },
  { test: "clock", lanes: 8, secondsPerRound: 0.9 },
  { test: "poison", size: 3, lanes: 6, secondsPerRound: 1.2 },
  { test: "disk-full", lanes: 6, secondsPerRound: 0.6 },
  { test: "slow-consumer", size: 40, lanes: 4, secondsPerRound: 0.7 },
  { test: "dup-storm", size: 50, lanes: 3, secondsPerRound: 0.8 },
  { test: "burst-10k", size: 10, lanes: 3, secondsPerRound: 0.8 },
  { test: "slow-consumer", rounds: 1, size: 200, lanes: 1, secondsPerRound: 15 },
  { test: "dup-storm", rounds: 1, size: 10_000, lanes: 1, secondsPerRound: 150 },
  { test: "burst-10k", rounds: 1, size: 10_000, lanes: 1, secondsPerRound: 600 },
];

export const QUEUES: readonly Queue[] = ["postgres", "redis"];
