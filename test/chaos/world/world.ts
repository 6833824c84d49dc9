import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createJournal, type Journal } from "@evenkeel/journal";
import type { Remediation } from "@evenkeel/remediation";
import { startSimulator, type Simulator } from "@evenkeel/simulator";
import type { StoredEvent, Target } from "@evenkeel/events";
import { startEvenkeel, type EvenkeelProcess } from "../../support/evenkeel.ts";
import { temporaryFolder } from "../../support/processes.ts";
import { programWithFailpoints } from "../../support/program.ts";
import type { History } from "../checker.ts";
import { problemOf } from "./alerts.ts";
import { createClient, type Client, type SendOptions, type Urls } from "./client.ts";
import { chaosFiles, PROJECT, STAGE } from "./files.ts";
import { startReaders, type Readers } from "./followers.ts";
import { startReceiver, type Receiver } from "./receiver.ts";
import { startDatabase, startRedis, type Database, type RedisServer } from "./stores.ts";

export type Queue = "redis" | "postgres";
export type Title = "Whole run" | "One action" | "Tell people";

/** What services need to run, and who sends to them. */
export interface Surroundings {
  /** Settings of every service process. */
  env: Readonly<Record<string, string>>;
  client: Client;
}

/** Everything around the services of a chaos run: stores, cluster, metrics, sender, people, and who watches. */
export interface World extends Surroundings {
  folder: string;
  queue: Queue;
  database: Database;
  redis: RedisServer | undefined;
  simulator: Simulator;
  journal: Journal;
  receiver: Receiver;
  readers: Readers;
  start(roles: readonly string[], env?: Readonly<Record<string, string>>, program?: string): Promise<EvenkeelProcess>;
  /** A new service in the cluster, with one replica. */
  newTarget(): Target;
  /** Reports a problem of a new service, again until it is acknowledged. Resolves with its context. */
  report(urls: Urls, title: Title, options?: SendOptions): Promise<string>;
  /** Resolves when each of these contexts is finished, and whoever is to be told was told. */
  settled(contexts: readonly string[], withinMs?: number): Promise<void>;
  /** What the service processes wrote that have lived since the last call. */
  outputs(): { name: string; text: string }[];
  /** What is known of these contexts, or of all. */
  history(contexts?: readonly string[]): Promise<History>;
  close(): Promise<void>;
}

export interface WorldOptions {
  queue: Queue;
  /** Where data goes; default: a temporary folder. */
  folder?: string;
  waitMs?: number;
  /** What a service process runs; default: made of the sources. */
  program?: string;
  /** As `before` of a scenario. */
  before?: (surroundings: Surroundings) => Promise<() => Promise<void>>;
}

const SETTLE_MS = 45_000;
/** More of those that are not at rest are not asked for at a time. */
const ASKED_AT_ONCE = 10;
const silent = { info: () => undefined, warn: () => undefined };

export async function createWorld(options: WorldOptions): Promise<World> {
  const { queue, folder: given, waitMs = 300, before } = options;
  const program = options.program ?? (await programWithFailpoints());
  const temporary = temporaryFolder();
  const folder = given ?? temporary.path;
  const closers: (() => unknown)[] = [() => temporary.remove()];
  const closing = <T>(value: T, close: (value: T) => unknown): T => (closers.push(() => close(value)), value);
  const database = closing(await startDatabase(folder), ({ embedded }) => embedded.stop());
  const redis = queue === "redis" ? closing(await startRedis(folder), (one) => one.stop()) : undefined;
  const probe = { project: PROJECT, stage: STAGE, service: "probe" };
  const simulator = closing(await startSimulator({ services: [probe], startupDelayMs: 150, tickMs: 100 }), (one) =>
    one.stop(),
  );
  const receiver = closing(await startReceiver(), (one) => one.close());
  const kubeconfig = join(temporary.path, "kubeconfig");
  writeFileSync(kubeconfig, simulator.kubeconfig());
  const processes = new Set<EvenkeelProcess>();
  let told: { name: string; process: EvenkeelProcess }[] = [];
  closers.push(() => Promise.all([...processes].map((one) => one.stop("SIGKILL"))));
  const client = createClient();
  let targets = 0;
  const env: Record<string, string> = {
    DATABASE_URL: database.url,
    KUBECONFIG: kubeconfig,
    EVENKEEL_SLI__PROMETHEUS__URL: simulator.prometheusUrl,
    EVENKEEL_REMEDIATION__SETTLE: "0s",
    EVENKEEL_ESCALATION__WEBHOOK__URL: receiver.url,
    EVENKEEL_ESCALATION__WEBHOOK__SECRET: "chaos",
    EVENKEEL_LOG__LEVEL: "info",
    ...(redis && { REDIS_URL: redis.url }),
  };
  const isUpToDate = await before?.({ env, client });
  const journal = closing(await createJournal({ url: database.url, log: silent }), (one) => one.close());
  await isUpToDate?.();
  await journal.apply(PROJECT, chaosFiles(waitMs), { replace: true });
  const readers = closing(await startReaders(journal), (one) => one.close());
  const newTarget = (): Target => {
    const service = `s${++targets}`;
    const namespace = `${PROJECT}-${STAGE}`;
    simulator.cluster.createWorkload("deployments", { namespace, name: service, replicas: 1 }, { available: true });
    return { project: PROJECT, stage: STAGE, service };
  };

  return {
    ...{ folder, queue, database, redis, simulator, journal, client, receiver, readers, env, newTarget },
    async start(roles, more = {}, other = program) {
      const started = await startEvenkeel({ ...env, ...more }, roles, undefined, other);
      processes.add(started);
      const { EVENKEEL_FAILPOINT: failpoint } = more;
      told.push({
        name: [`${started.child.pid}`, ...roles, ...(failpoint ? [failpoint] : [])].join(" "),
        process: started,
      });
      started.child.once("exit", () => processes.delete(started));
      return started;
    },
    async report(urls, title, options) {
      const [ack] = await client.send(urls, problemOf(newTarget(), { title }), options);
      if (!ack) throw new Error("the acknowledgement names no decision");
      return ack.context;
    },
    outputs() {
      const since = told.map(({ name, process }) => ({ name, text: process.output() }));
      told = told.filter(({ process }) => processes.has(process));
      return since;
    },
    settled: (contexts, withinMs = SETTLE_MS) => settled(journal, contexts, withinMs),
    async history(contexts) {
      const wanted = contexts && new Set(contexts);
      const has = (context: string) => !wanted || wanted.has(context);
      const events = (await eventsOf(journal, contexts)).sort((a, b) => (BigInt(a.seq) < BigInt(b.seq) ? -1 : 1));
      const steps = (step: string | undefined) => step === undefined || has(step.replace(/\.\d+$/, ""));
      return {
        events,
        remediations: await statesOf(journal, contexts),
        tasks: (await journal.tasks(100_000)).filter(({ context }) => has(context)),
        writes: simulator.audit.filter(({ annotations }) => steps(annotations["evenkeel.dev/action"])),
        acked: client.acked.filter(({ context }) => has(context)),
        readers: contexts ? [] : await readers.logs(),
        settled: true,
      };
    },
    async close() {
      for (const close of closers.reverse()) await close();
    },
  };
}

async function statesOf(journal: Journal, contexts: readonly string[] | undefined): Promise<Map<string, Remediation>> {
  if (!contexts) return (await journal.rebuild()).stored;
  const states = new Map<string, Remediation>();
  for (const context of contexts) {
    const state = await journal.state(context);
    if (state) states.set(context, state);
  }
  return states;
}

async function eventsOf(journal: Journal, contexts: readonly string[] | undefined): Promise<StoredEvent[]> {
  if (!contexts) return journal.after({ txid: 0n, seq: 0n }, 1_000_000);
  const lists = [];
  for (const context of new Set(contexts)) lists.push(...(await journal.read(context)));
  return lists;
}

async function settled(journal: Journal, contexts: readonly string[], withinMs: number): Promise<void> {
  const open = new Set(contexts);
  const end = performance.now() + withinMs;
  for (;;) {
    let asked = 0;
    for (const context of open) {
      const state = await journal.state(context).catch(() => undefined);
      if (state?.phase === "finished" && (!state.escalation || state.escalation.told)) open.delete(context);
      else if (++asked === ASKED_AT_ONCE) break;
    }
    if (open.size === 0) return;
    if (performance.now() > end) throw new Error(`not at rest within ${withinMs} ms: ${[...open].join(", ")}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
