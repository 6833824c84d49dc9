import { dynatrace } from "./dynatrace.ts";
import { prometheus } from "./prometheus.ts";
import type { SliProvider } from "./types.ts";

/** Alphabetical. */
export const sliProviders: readonly SliProvider[] = [dynatrace, prometheus];

export type { SliCurve, SliDeps, SliProvider, SliQuery, SliResult } from "./types.ts";
