import type { Outbound } from "@evenkeel/runtime";
import type { z, ZodType } from "zod";

/** One indicator to be read over one window. */
export interface SliQuery {
  /** Name of the indicator, such as `response_time_p90`. */
  indicator: string;
  /** Query text of the sli.yaml files; empty when they do not name the indicator, then a built-in query may serve. */
  query: string;
  start: Date;
  end: Date;
  /** What a point of a curve looks back over; the whole window when left out. */
  durationSeconds?: number;
  project: string;
  stage: string;
  service: string;
  /** Deployment variant, `primary` or `canary`; empty counts as `primary`. */
  deployment: string;
  /** Labels of the event that asked for the evaluation. They come from outside: hostile data. */
  labels: Record<string, string>;
  /** `filter` of slo.yaml. */
  filters: Record<string, string>;
  /** What `$CONTEXT`, `$EVENT`, `$SOURCE` and `$TESTSTRATEGY` stand for in queries that use them. */
  context?: string;
  eventType?: string;
  source?: string;
  testStrategy?: string;
}

/** `null` means that the source answered and has no usable value; `message` says why. It never means zero or healthy. */
export type SliResult = { value: number } | { value: null; message: string };

/** A query over its window, point by point. */
export interface SliCurve {
  /** `[unix seconds, value]`, oldest first; what is no finite number is left out. */
  points: [number, number][];
  /** What each point looks back over. */
  lookBackSeconds: number;
  /** Why the query has no points. */
  message?: string;
}

export interface SliDeps {
  outbound: Outbound;
  signal: AbortSignal;
}

/** A source of indicator values. Add one by copying a neighbour and adding its line to index.ts. */
export interface SliProvider<Settings extends ZodType = ZodType> {
  /** Folder of its sli.yaml, and the word in settings. */
  name: string;
  settings: Settings;
  /** Reads one value. Throws ProviderError when the source is ill or refuses the query. Never retries by itself. */
  fetch(settings: z.infer<Settings>, query: SliQuery, deps: SliDeps): Promise<SliResult>;
  /** The same query, one point for each step or as near to it as the source can; for charts. Throws like `fetch`. */
  range?(settings: z.infer<Settings>, query: SliQuery, stepSeconds: number, deps: SliDeps): Promise<SliCurve>;
  /** Resolves when the source answers and lets us in; throws ProviderError otherwise. */
  ready?(settings: z.infer<Settings>, deps: SliDeps): Promise<void>;
}
