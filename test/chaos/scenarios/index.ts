import type { Scenario } from "../scenario.ts";
import { burst10k } from "./burst-10k.ts";
import { clock } from "./clock.ts";
import { crashSteps } from "./crash-steps.ts";
import { diskFull } from "./disk-full.ts";
import { dupStorm } from "./dup-storm.ts";
import { fence } from "./fence.ts";
import { killRandom } from "./kill-random.ts";
import { killStore } from "./kill-store.ts";
import { operator } from "./operator.ts";
import { partition } from "./partition.ts";
import { poison } from "./poison.ts";
import { slowConsumer } from "./slow-consumer.ts";
import { unknownOutcome } from "./unknown-outcome.ts";
import { upgrade } from "./upgrade.ts";

export const scenarios: readonly Scenario[] = [
  burst10k,
  clock,
  crashSteps,
  diskFull,
  dupStorm,
  fence,
  killRandom,
  killStore,
  operator,
  partition,
  poison,
  slowConsumer,
  unknownOutcome,
  upgrade,
];
