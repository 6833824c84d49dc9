import { alertmanager } from "./alertmanager.ts";
import { dynatrace } from "./dynatrace.ts";
import type { AlertSource } from "./types.ts";

/** Every sender of alerts that has a webhook, in alphabetical order. */
export const alertSources: readonly AlertSource[] = [alertmanager, dynatrace];
