import { join } from "node:path";
import { createBridge, createWeb, type SliRange } from "@evenkeel/bridge";
import { sliProviders, startEvaluationWorker } from "@evenkeel/evaluation-worker";
import { createJournal, type Journal } from "@evenkeel/journal";
import type { Kubernetes } from "@evenkeel/kubernetes";
import { alertSources, createIngester, isIntake } from "@evenkeel/problem-ingester";
import { actionKinds, checkActions, startEngine } from "@evenkeel/remediation-engine";
import {
  authenticator,
  createApp,
  createMetrics,
  createRateLimits,
  createOutbound,
  createShutdown,
  closeServer,
  listen,
  mayListen,
  Unavailable,
  sliSettings,
  type App,
  type Log,
  type Metrics,
  type Outbound,
  type RateLimits,
  type Settings,
} from "@evenkeel/runtime";
import { createTaskQueue, wakeOthers, type TaskQueue } from "@evenkeel/tasks";
import { openDatabase, type AddCloser, type OpenedDatabase } from "./open-database.ts";
import { observeJournal } from "./platform-metrics.ts";

export type Role = "ingester" | "engine" | "evaluation" | "bridge";
export const ROLES: readonly Role[] = ["ingester", "engine", "evaluation", "bridge"];

export interface PlatformOptions {
  settings: Settings;
  roles: readonly Role[];
  log: Log;
  version: string;
  /** Ports to try, counting up from the configured one. */
  portTries?: number;
  /** The embedded database goes with this process. */
  ephemeral?: boolean;
  /** A cluster's credentials as text; goes before the configured file. */
  kubeconfigText?: string;
  /** One line for people about what is being started. */
  onProgress?: (line: string) => void;
}

export interface Platform {
  url: string;
  /** The port that was asked for but taken. */
  taken?: number;
  journal: Journal;
  storage: OpenedDatabase["storage"];
  queue: "Redis" | "PostgreSQL";
  close(): Promise<boolean>;
}

/** Starts the chosen services in this process, on one port. What was started is closed again when a later part fails. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { settings, log, roles, onProgress } = options;
  const shutdown = createShutdown({ log });
  try {
    const database = await openDatabase(options, shutdown.add);
    const { migrationUrl } = settings.database;
    const journal = await whenAvailable(() => createJournal({ url: database.url, migrationUrl, log }), onProgress);
    shutdown.add("journal", () => journal.close());
    const hasToken = settings.server.tokens.length > 0 || (await journal.tokens.anyLive());
    const refusal = mayListen(settings.server.host, hasToken);
    if (refusal) throw new Error(refusal);
    const metrics = createMetrics({ version: options.version, process: true });
    observeJournal(journal, metrics);
    const queue = await createTaskQueue({
      redisUrl: settings.queue.redisUrl,
      databaseUrl: database.url,
      log: log.child({ name: "queue" }),
    });
    shutdown.add("queue", () => queue.close());
    wakeOthers(journal, queue, ownKinds(roles), log);
    const { allowedHosts } = settings.server;
    const rateLimits = createRateLimits({ settings: settings.server, log, metrics });
    const app = createApp({ name: "evenkeel", log, metrics, allowedHosts, rateLimits, isSender: isIntake });
    app.addCheck("database", () => journal.ping());
    await startWorkers(options, { journal, queue, metrics }, shutdown.add);
    await mountRoutes(options, { journal, metrics, app, rateLimits }, shutdown.add);
    const { host, port } = settings.server;
    const listening = await listen(app.handler, { host, port, tries: options.portTries ?? 1 });
    shutdown.add("server", async () => {
      app.drain();
      // Load balancers need a moment to see that we are not ready.
      await new Promise((resolve) => setTimeout(resolve, settings.server.shutdownDelay));
      await closeServer(listening.server, 3_000);
    });
    return {
      url: listening.url,
      ...(listening.taken !== undefined && { taken: listening.taken }),
      journal,
      storage: database.storage,
      queue: settings.queue.redisUrl ? "Redis" : "PostgreSQL",
      close: () => shutdown.run("asked to"),
    };
  } catch (error) {
    await shutdown.run("a part could not be started");
    throw error;
  }
}

const PATIENCE_MS = 60_000;
const RETRY_MS = 1_000;

/** In a fresh deployment the database may come up after us. */
async function whenAvailable<T>(open: () => Promise<T>, onProgress: PlatformOptions["onProgress"]): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  for (let tries = 1; ; tries++) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof Unavailable) || performance.now() > end) throw error;
      if (tries === 1) onProgress?.(`waiting for the database (${error.message})`);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function ownKinds(roles: readonly Role[]) {
  return [
    ...(roles.includes("engine") ? (["plan", "act", "notify"] as const) : []),
    ...(roles.includes("evaluation") ? (["wait", "evaluate"] as const) : []),
  ];
}

async function startWorkers(
  { settings, log, roles, kubeconfigText }: PlatformOptions,
  parts: { journal: Journal; queue: TaskQueue; metrics: Metrics },
  addCloser: AddCloser,
): Promise<void> {
  // What the operator has configured may be called wherever it is; what a project's files name must be allowed.
  const ours = createOutbound({ allow: [...settings.outbound.allow, ...operatorHosts(settings)] });
  const theirs = createOutbound({ allow: settings.outbound.allow });
  addCloser("outbound", () => Promise.all([ours.close(), theirs.close()]));
  if (roles.includes("engine")) {
    const kubernetes = lazyKubernetes(settings, kubeconfigText);
    addCloser("kubernetes", kubernetes.close);
    // Its client takes a second to load, which the first action should not wait for. What is wrong shows when it is used.
    kubernetes.get().catch(() => undefined);
    const engine = await startEngine({
      ...parts,
      settings,
      log,
      kubernetes: kubernetes.get,
      outbound: theirs,
      notifyOutbound: ours,
    });
    addCloser("remediation-engine", () => engine.close());
  }
  if (roles.includes("evaluation")) {
    const worker = await startEvaluationWorker({ ...parts, settings, log, outbound: ours });
    addCloser("evaluation-worker", () => worker.close());
  }
}

async function mountRoutes(
  { settings, log, roles, version }: PlatformOptions,
  parts: { journal: Journal; metrics: Metrics; app: App; rateLimits: RateLimits },
  addCloser: AddCloser,
): Promise<void> {
  const { journal, metrics, app, rateLimits } = parts;
  const authenticate = authenticator(settings.server.tokens, journal.tokens);
  const ingester = createIngester({
    ...{ journal, settings, metrics, authenticate, limits: rateLimits },
    log: log.child({ name: "problem-ingester" }),
  });
  if (roles.includes("ingester")) app.routes.use(ingester.router);
  if (!roles.includes("bridge")) return;
  const outbound = createOutbound({ allow: [...settings.outbound.allow, ...operatorHosts(settings)] });
  addCloser("outbound of the bridge", () => outbound.close());
  const follower = await journal.follow();
  addCloser("follower", () => follower.close());
  const bridge = createBridge({
    journal,
    follower,
    settings,
    authenticate,
    rateLimits,
    log: log.child({ name: "bridge" }),
    metrics,
    version,
    providers: {
      sources: alertSources.map(({ name }) => name),
      actions: actionKinds.map(({ name }) => name),
      "sli-providers": sliProviders.map(({ name }) => name),
    },
    draining: app.draining,
    checkActions,
    sliRange: curves(settings, outbound, app.draining),
    extraRoutes: roles.includes("ingester") ? ingester.routes : [],
  });
  app.routes.use(bridge);
  app.routes.use(createWeb({ dist: WEB }));
}

const WEB = join(import.meta.dirname, "..", "..", "services", "bridge", "web", "dist");

function curves(settings: Settings, outbound: Outbound, draining: AbortSignal): SliRange {
  return async (name, query, stepSeconds) => {
    const provider = sliProviders.find((one) => one.name === name);
    const sli = sliSettings(settings, query.project);
    const own = provider?.settings.safeParse(Object.hasOwn(sli, name) ? sli[name] : undefined);
    if (!provider?.range || !own?.success) return undefined;
    return provider.range(own.data, query, stepSeconds, { outbound, signal: draining });
  };
}

/** Hosts of the addresses that the operator's own settings name. */
function operatorHosts(settings: Settings): string[] {
  const slis = [settings.sli, ...Object.values(settings.projects).map((project) => project.sli)];
  const urls = [
    settings.escalation.webhook?.url,
    ...slis.flatMap((sli) => [sli?.prometheus?.url, sli?.dynatrace?.tenantUrl]),
  ];
  return urls.filter((url) => url !== undefined).map((url) => new URL(url).host);
}

function lazyKubernetes(
  settings: Settings,
  kubeconfigText: string | undefined,
): { get: () => Promise<Kubernetes>; close: () => Promise<void> } {
  let opened: Promise<Kubernetes> | undefined;
  return {
    get() {
      opened ??= import("@evenkeel/kubernetes").then(({ createKubernetes }) =>
        createKubernetes({ kubeconfig: settings.kubernetes.kubeconfig, kubeconfigText, deadlineMs: 10_000 }),
      );
      // A kubeconfig that is mended later must be found then.
      opened.catch(() => (opened = undefined));
      return opened;
    },
    async close() {
      (await opened?.catch(() => undefined))?.close();
    },
  };
}
