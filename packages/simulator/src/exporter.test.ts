import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { startExporter } from "./exporter.ts";
import type { Exporter } from "./types.ts";

describe("exporter", () => {
  let clock: number;
  let replicas: () => number | Promise<number>;
  let exporter: Exporter;

  beforeEach(async () => {
    clock = Date.parse("2026-05-04T09:00:00Z");
    replicas = () => 1;
    exporter = await startExporter({
      model: { project: "sockshop", stage: "production", service: "carts" },
      replicas: () => replicas(),
      now: () => clock,
      tickMs: 0,
    });
  });
  afterEach(() => exporter.stop());

  async function pass(seconds: number): Promise<void> {
    for (let step = 0; step < seconds * 4; step++) {
      clock += 250;
      await exporter.tick();
    }
  }
  async function scrape(): Promise<{ status: number; text: string }> {
    const response = await fetch(`${exporter.url}/metrics`);
    return { status: response.status, text: await response.text() };
  }
  function value(text: string, name: string): number {
    const line = text.split("\n").find((line) => line.startsWith(`${name}{`));
    assert.ok(line, `${name} is missing in ${text}`);
    return Number(line.slice(line.lastIndexOf(" ")));
  }

  it("follows the replicas that it is told", async () => {
    exporter.setLoad("raised");
    await pass(10);
    const before = (await scrape()).text;
    assert.ok(value(before, "http_response_time_milliseconds_p90") > 1500);
    assert.equal(value(before, "kube_deployment_status_replicas_available"), 1);
    replicas = async () => 2;
    await pass(10);
    const { text } = await scrape();
    assert.ok(value(text, "http_response_time_milliseconds_p90") < 600);
    assert.equal(value(text, "kube_deployment_status_replicas_available"), 2);
    assert.ok(value(text, "http_requests_total") > value(before, "http_requests_total"));
    assert.equal(exporter.snapshot().replicas, 2);
  });

  it("answers 503 with the reason while the replicas are not known", async () => {
    replicas = () => Promise.reject(new Error("no route to the cluster"));
    await pass(0.25);
    assert.deepEqual(await scrape(), { status: 503, text: "replicas are not known: no route to the cluster\n" });
    replicas = () => 1;
    await pass(0.25);
    assert.equal((await scrape()).status, 200);
  });

  it("writes what Prometheus' own checker reads", async function () {
    await pass(1);
    const { text } = await scrape();
    const problems = await promtoolCheck(text);
    if (problems === undefined) {
      console.log("      pending: promtool is not installed (apt-get install prometheus)");
      return this.skip();
    }
    assert.doesNotMatch(problems, /error while|parse/i);
  });
});

/** What `promtool check metrics` says; `undefined` where there is no promtool. */
function promtoolCheck(text: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const child = execFile("promtool", ["check", "metrics"], (error, stdout, stderr) => {
      if (error && "code" in error && error.code === "ENOENT") return resolve(undefined);
      // Status 3 means remarks on naming only.
      if (error && error.code !== 3) return reject(new Error(stderr || stdout));
      resolve(stdout + stderr);
    });
    // Without a promtool the pipe breaks; the callback above tells.
    child.stdin?.on("error", () => {});
    child.stdin?.end(text);
  });
}
