import assert from "node:assert/strict";

/** Fails when the work takes more processor time than this: on a busy machine anything may have to wait. */
export function within<T>(ms: number, work: () => T): T {
  const from = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(from);
  assert.ok((user + system) / 1000 < ms, `took ${Math.round((user + system) / 1000)} ms`);
  return result;
}
