import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { ROLES, startPlatform } from "@evenkeel/cli";
import { testDatabase } from "@evenkeel/embedded/testing";
import { createJournal, type Journal } from "@evenkeel/journal";
import type { Remediation } from "@evenkeel/remediation";
import { loadConfig, silentLog } from "@evenkeel/runtime";
import { startExporter, type Exporter } from "@evenkeel/simulator";
import { testCluster, type TestCluster } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { startMonitoring, type Monitoring } from "./monitoring.ts";
import { freePort, temporaryFolder } from "./processes.ts";
import { projectFiles, type ProjectOptions } from "./project.ts";

/** One installation with its real peers, and a service whose slowness depends on its real Deployment. */
export interface Scene {
  project: string;
  cluster: TestCluster;
  exporter: Exporter;
  journal: Journal;
  remediation(): Promise<Remediation | undefined>;
  kinds(): Promise<string[]>;
  close(): Promise<void>;
}

/** Flags of `loadConfig`: what an installation must know of its peers. */
export type PeerSettings = Readonly<Record<string, string | number | undefined>>;

/** Starts Evenkeel, in this process or others. */
export type Start = (settings: PeerSettings) => Promise<{ close(): Promise<unknown> }>;

export const inThisProcess: Start = (flags) =>
  startPlatform({ settings: loadConfig({ env: {}, flags }).settings, roles: ROLES, log: silentLog, version: "test" });

export async function openScene(
  files: ProjectOptions,
  options: { redisUrl?: string; start?: Start } = {},
): Promise<Scene> {
  const project = `shop${randomBytes(3).toString("hex")}`;
  const closers: (() => Promise<unknown> | unknown)[] = [];
  const folder = temporaryFolder();
  closers.push(folder.remove);
  const cluster = await testCluster(`${project}-production`);
  closers.push(() => cluster.remove());
  await cluster.deploy("carts-primary", 1);
  const exporter = await startExporter({
    model: { project, stage: "production", service: "carts" },
    replicas: async () => (await cluster.replicas("carts-primary")).available,
  });
  closers.push(() => exporter.stop());
  const port = await freePort();
  const monitoring: Monitoring = await startMonitoring({
    folder: join(folder.path, "monitoring"),
    scrape: [new URL(exporter.url).host],
    webhookUrl: `http://127.0.0.1:${port}/v1/webhooks/alertmanager`,
  });
  closers.push(() => monitoring.stop());
  const database = await testDatabase();
  const journal = await createJournal({ url: database.url, log: silentLog });
  closers.push(() => journal.close());
  await journal.apply(project, projectFiles(files), { replace: true });
  const evenkeel = await (options.start ?? inThisProcess)({
    "database.url": database.url,
    "queue.redisUrl": options.redisUrl,
    "server.port": port,
    "kubernetes.kubeconfig": process.env["KUBECONFIG"],
    "sli.prometheus.url": monitoring.prometheusUrl,
    "remediation.settle": "3s",
  });
  closers.push(() => evenkeel.close());
  const first = async () => (await journal.remediations({ project, limit: 10 })).at(-1)?.state;
  return {
    project,
    cluster,
    exporter,
    journal,
    remediation: first,
    async kinds() {
      const state = await first();
      return state ? (await journal.read(state.context)).map((event) => event.kind) : [];
    },
    async close() {
      for (const close of closers.reverse()) await close();
    },
  };
}

export async function finished(on: Scene, within = 60_000) {
  return eventually(
    "the remediation is finished",
    async () => {
      const state = await on.remediation();
      return state?.phase === "finished" && state;
    },
    { within, seen: async () => `${(await on.kinds()).join(" ")}` },
  );
}
