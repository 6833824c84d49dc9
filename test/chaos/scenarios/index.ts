import type { Scenario } from "../scenario.ts";
import { crashSteps } from "./crash-steps.ts";

export const scenarios: readonly Scenario[] = [crashSteps];
