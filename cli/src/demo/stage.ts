import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig, type Log } from "@evenkeel/runtime";
import { startSimulator, type AlertRule, type Simulator } from "@evenkeel/simulator";
import { readProjects } from "./files.ts";
import { ROLES, startPlatform, type Platform } from "../platform.ts";

export const PROJECT = "sockshop";
export const GOAL_MS = 1000;
const STARTUP_MS = 1_500;

/** The whole world of the demo: a simulated cluster and its monitoring, and a real Evenkeel beside them. */
export interface Stage {
  platform: Platform;
  simulator: Simulator;
  close(): Promise<void>;
}

export interface StageOptions {
  port: number;
  log: Log;
  version: string;
  onProgress: (line: string) => void;
}

/** The alert outlives a short dip, as real rules with a look-back do. */
const RULE: AlertRule = {
  alert: "response_time_p90",
  expr: `max_over_time(http_response_time_milliseconds_p90[12s]) > ${GOAL_MS}`,
  forMs: 2_000,
  labels: { severity: "critical" },
  annotations: { summary: "Response time degradation", description: "p90 is {{ $value }} ms" },
};

export async function openStage({ port, log, version, onProgress }: StageOptions): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-demo-"));
  chmodSync(folder, 0o711); // started by root, PostgreSQL runs as another user, which must get through to its data
  const closers: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    // Each needs the other's address: the simulator asks for ours when it has something to post.
    let webhookUrl = "http://127.0.0.1:9/not-yet";
    const simulator = await startSimulator({
      services: ["carts", "orders"].map((service) => ({
        project: PROJECT,
        stage: "production",
        service,
        workload: `${service}-primary`,
      })),
      startupDelayMs: STARTUP_MS,
      rules: [RULE],
      repeatIntervalMs: 10_000,
      webhookUrl: () => webhookUrl,
    });
    closers.push(() => simulator.stop());
    const { settings } = loadConfig({
      env: {},
      flags: {
        dataDir: join(folder, "data"),
        "server.port": port,
        "sli.prometheus.url": simulator.prometheusUrl,
        "remediation.settle": "4s",
      },
    });
    const platform = await startPlatform({
      settings,
      roles: ROLES,
      log,
      version,
      portTries: 20,
      ephemeral: true,
      onProgress,
      kubeconfigText: simulator.kubeconfig(),
    });
    closers.push(() => platform.close());
    webhookUrl = `${platform.url}/v1/webhooks/alertmanager`;
    for (const [project, files] of readProjects(demoFiles())) {
      await platform.journal.apply(project, files, { replace: true, by: "demo" });
    }
    return { platform, simulator, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function demoFiles(): string {
  return join(import.meta.dirname, "..", "..", "..", "shipyards", "demo");
}
