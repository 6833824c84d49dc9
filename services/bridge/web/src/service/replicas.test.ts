import assert from "node:assert/strict";
import type { LogEvent } from "../types.ts";
import { sightings } from "./replicas.ts";

const finished = (details: Record<string, unknown>): LogEvent => ({
  ...{ specversion: "1.0", id: "e", source: "s", type: "t", time: "2026-01-01T00:00:00Z", shkeptncontext: "c" },
  ...{ datacontenttype: "application/json", kind: "action.finished", seq: "1", cursor: "1.1", receivedAt: "" },
  data: { status: "succeeded", result: "pass", message: "done", attempt: 0, details },
});

describe("the workload as actions saw it", () => {
  it("has the replicas before and after, and how many were available", () => {
    const details = { kind: "Deployment", name: "carts", before: 1, after: 2, replicas: 2, available: 1 };
    const [seen] = sightings([finished(details)]);
    assert.deepEqual(
      [seen?.workload, seen?.before, seen?.after, seen?.replicas, seen?.available],
      ["Deployment carts", 1, 2, 2, 1],
    );
  });

  it("is not guessed from actions that touch no replicas", () => {
    assert.deepEqual(sightings([finished({ url: "http://example.invalid" }), finished({ before: "1", after: 2 })]), []);
  });
});
