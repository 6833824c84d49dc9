import assert from "node:assert/strict";
import { createMetrics } from "./index.ts";

describe("metrics", () => {
  it("are Prometheus text with our prefix, in a registry of their own", async () => {
    const one = createMetrics({ version: "1.0.0" });
    const two = createMetrics();
    one.eventsReceived.inc({ source: "alertmanager", outcome: "accepted" });
    one.remediations.inc({ result: "pass", reason: "healed" }, 2);
    one.remediationSeconds.observe({ result: "pass" }, 42);
    one.actionFailures.inc({ reason: "timeout" });
    const text = await one.text();
    assert.match(text, /evenkeel_events_received_total\{source="alertmanager",outcome="accepted"\} 1/);
    assert.match(text, /evenkeel_remediations_total\{result="pass",reason="healed"\} 2/);
    assert.match(text, /evenkeel_remediation_duration_seconds_sum\{result="pass"\} 42/);
    assert.match(text, /evenkeel_action_failures_total\{reason="timeout"\} 1/);
    assert.doesNotMatch(await two.text(), /accepted/);
  });

  it("ask for fresh gauges at each scrape, and go on without one that fails", async () => {
    const metrics = createMetrics();
    metrics.onScrape(() => Promise.reject(new Error("database away")));
    metrics.onScrape(() => {
      metrics.tasks.reset();
      metrics.tasks.set({ kind: "act", state: "due" }, 3);
    });
    assert.match(await metrics.text(), /evenkeel_tasks\{kind="act",state="due"\} 3/);
  });

  it("can tell about the process, too", async () => {
    assert.match(await createMetrics({ process: true }).text(), /evenkeel_process_resident_memory_bytes \d/);
  });
});
