import type { SliValue } from "@evenkeel/events";
import { ProviderError } from "@evenkeel/runtime";
import type { SliDeps, SliProvider, SliQuery } from "./sli-providers/index.ts";

/** Queries at the same time, per evaluation. */
const PARALLEL = 5;

/**
 * Reads every indicator. A query that the source refuses is an indicator without a value; a source that cannot be
 * reached now is thrown as its ProviderError, so that the whole evaluation is tried again.
 */
export async function readIndicators(
  provider: SliProvider,
  settings: unknown,
  queries: readonly SliQuery[],
  deps: SliDeps,
): Promise<SliValue[]> {
  const values: SliValue[] = [];
  for (let at = 0; at < queries.length; at += PARALLEL) {
    const batch = queries.slice(at, at + PARALLEL);
    values.push(...(await Promise.all(batch.map((query) => readIndicator(provider, settings, query, deps)))));
  }
  return values;
}

async function readIndicator(
  provider: SliProvider,
  settings: unknown,
  query: SliQuery,
  deps: SliDeps,
): Promise<SliValue> {
  const { indicator: metric, query: text } = query;
  try {
    const answer = await provider.fetch(settings, query, deps);
    if (answer.value !== null) return { metric, value: answer.value, success: true, message: "", query: text };
    return { metric, value: null, success: false, message: answer.message, query: text };
  } catch (error) {
    if (!(error instanceof ProviderError) || error.retryable) throw error;
    return { metric, value: null, success: false, message: error.message, query: text };
  }
}
