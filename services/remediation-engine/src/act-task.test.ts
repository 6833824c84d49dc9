import assert from "node:assert/strict";
import type { EventOf, NewEvent } from "@evenkeel/events";
import { eventsAt, type Journal, type TakenTask } from "@evenkeel/journal";
import type { Kubernetes, Workload } from "@evenkeel/kubernetes";
import type { Acting } from "@evenkeel/remediation";
import { loadConfig, silentLog } from "@evenkeel/runtime";
import { actTask } from "./act-task.ts";

const HOUR = 3_600_000;
const TARGET = { project: "sockshop", stage: "production", service: "carts" };
const OBJECT = { kind: "Deployment", namespace: "sockshop-production", name: "carts" } as const;

/** A run whose replicas were written by a process that has died since; the database says it is `at`. */
function written(at: Date): { state: Acting; task: TakenTask } {
  const plannedAt = new Date(at.getTime() - 5_000).toISOString();
  const numbers = { via: "replicas", before: 1, after: 2, uid: "u1", resourceVersion: "1" };
  const state: Acting = {
    ...{ phase: "acting", context: "c1", target: TARGET, problemState: "open", steps: [], attempt: 0 },
    problem: { id: "p", source: "alertmanager", title: "slow", severity: "error", labels: {} },
    triggered: { id: "e1", time: plannedAt },
    plan: {
      ...{ revision: "r1", considered: [], settle: 0, evaluationRetries: 0 },
      actions: [{ name: "scaling", action: "scaling", value: "+1", wait: 0, timeout: 300_000, then: "evaluate" }],
    },
    ...{ triggeredid: "e2", since: plannedAt },
    started: { revision: 0, ...OBJECT, ...numbers, plannedAt, message: "1 → 2" },
  };
  const task: TakenTask = {
    ...{ id: "t1", generation: 2, kind: "act", context: "c1", payload: {}, attempts: 2, failures: 0 },
    ...{ dueAt: at, deadlineAt: new Date(at.getTime() + HOUR), now: at },
    seen: { state, version: 7, now: at, at: performance.now() },
  };
  return { state, task };
}

describe("an action that another process began", () => {
  for (const [whose, offset] of [
    ["an hour behind ours", -HOUR],
    ["ours", 0],
    ["an hour ahead of ours", HOUR],
  ] as const) {
    it(`has until its deadline by the database's clock, which is ${whose}`, async () => {
      const { state, task } = written(new Date(Date.now() + offset));
      let looks = 0;
      const workload = async (): Promise<Workload> => ({
        ...{ ...OBJECT, uid: "u1", resourceVersion: "2", replicas: 2, current: 2, updated: 2, observed: true },
        available: ++looks > 2 ? 2 : 1,
        annotations: { "evenkeel.dev/action": "c1.0" },
      });
      const kubernetes = { workload, autoscalerOf: async () => undefined } as unknown as Kubernetes;
      const journal = {
        state: async () => state,
        files: async () => undefined,
        projects: async () => [],
      } as unknown as Journal;
      const done: NewEvent[] = [];
      const { settings } = loadConfig({ env: {} });
      const outbound = () => Promise.reject(new Error("nothing is called here"));
      await actTask({ journal, settings, outbound, kubernetes: async () => kubernetes }).run({
        ...{ task, signal: new AbortController().signal, log: silentLog },
        note: () => Promise.reject(new Error("nothing is noted here")),
        complete: async (events) => void done.push(...eventsAt(events, new Date(0))),
      });
      const [finished] = done as [EventOf<"action.finished">];
      assert.equal(finished.data.result, "pass", finished.data.message);
    });
  }
});
