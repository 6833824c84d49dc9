import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { prometheus } from "./prometheus.ts";
import { plainOutbound, sliQuery } from "./support/local-source.ts";
import type { SliDeps, SliQuery, SliResult } from "./types.ts";

const installed = spawnSync("prometheus", ["--version"]).status === 0;
const title = "the prometheus SLI provider against a real Prometheus";
const reason = " (pending: prometheus is not installed; apt-get install prometheus)";

(installed ? describe : describe.skip)(installed ? title : title + reason, function () {
  this.timeout(60_000);
  const deps: SliDeps = { outbound: plainOutbound(), signal: new AbortController().signal };
  let directory = "";
  let server: ChildProcess;
  let settings: ReturnType<typeof prometheus.settings.parse>;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "evenkeel-prometheus-"));
    const port = await freePort();
    const self = `{ job_name: self, scrape_interval: 1s, static_configs: [{ targets: ["127.0.0.1:${port}"] }] }`;
    await writeFile(join(directory, "prometheus.yml"), `scrape_configs: [${self}]\n`);
    server = spawn(
      "prometheus",
      [
        `--config.file=${join(directory, "prometheus.yml")}`,
        `--storage.tsdb.path=${join(directory, "data")}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: "ignore" },
    );
    settings = prometheus.settings.parse({ url: `http://127.0.0.1:${port}` });
    await until(async () => {
      await prometheus.ready?.(settings, deps);
      const up = await fetch('up{job="self"}');
      assert.equal(up.value, 1);
    });
  });

  after(async () => {
    const gone = once(server, "exit");
    server.kill();
    await gone;
    await rm(directory, { recursive: true, force: true });
  });

  function recent(given: Partial<SliQuery>): SliQuery {
    const end = new Date();
    return sliQuery({ start: new Date(end.getTime() - 60_000), end, ...given });
  }

  function fetch(query: string, given: Partial<SliQuery> = {}): Promise<SliResult> {
    return prometheus.fetch(settings, recent({ query, ...given }), deps);
  }

  it("reads one value, a scalar, none and one that is no number", async () => {
    assert.deepEqual(await fetch('up{job="$SERVICE"}', { service: "self" }), { value: 1 });
    assert.deepEqual(await fetch("3"), { value: 3 });
    assert.deepEqual(await fetch("nothing"), { value: null, message: "query did not return any values" });
    assert.deepEqual(await fetch("vector(0) / 0"), { value: null, message: "query did not return valid values" });
  });

  for (const quote of [`"`, "'"]) {
    it(`sends hostile text between ${quote} as text`, async () => {
      const labels = { a: `"'\\\n\r\`$} or vector(0) #` };
      const query = `label_replace(vector(7), "x", ${quote}$LABEL.a${quote}, "", "")`;
      assert.deepEqual(await fetch(query, { labels }), { value: 7 });
    });
  }

  it("passes on why Prometheus refused a query", async () => {
    await assert.rejects(fetch("sum("), { reason: "refused", message: /400: .*unclosed left parenthesis/ });
  });

  it("sends built-in queries that parse, whatever the filters", async () => {
    const filters = { handler: "!=it's", path: "=~'a|b'" };
    for (const indicator of [
      "throughput",
      "error_rate",
      "response_time_p50",
      "response_time_p90",
      "response_time_p95",
    ]) {
      assert.deepEqual(await fetch("", { indicator, filters }), {
        value: null,
        message: "query did not return any values",
      });
    }
  });

  it("reads a range", async () => {
    const { points } = await prometheus.range!(settings, recent({ query: "vector(2)" }), 30, deps);
    assert.deepEqual(
      points.map(([, value]) => value),
      [2, 2, 2],
    );
  });
});

/** A port that is free now, below those that the kernel gives to whoever takes any. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const probe = createServer().listen(port, "127.0.0.1");
    const isFree = await once(probe, "listening").then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    probe.close();
    await once(probe, "close");
    return port;
  }
}

/** Tries until it succeeds; the test's own timeout ends it. */
async function until(attempt: () => Promise<void>): Promise<void> {
  const last = Date.now() + 30_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > last) throw error;
      await pause(100);
    }
  }
}
