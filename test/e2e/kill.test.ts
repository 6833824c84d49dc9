import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { testDatabase } from "@evenkeel/embedded/testing";
import { createJournal, type Journal } from "@evenkeel/journal";
import type { Remediation } from "@evenkeel/remediation";
import { startSimulator, type Simulator } from "@evenkeel/simulator";
import { alert, post, startEvenkeel, type EvenkeelProcess } from "../support/evenkeel.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryFolder } from "../support/processes.ts";
import { projectFiles } from "../support/project.ts";

const TARGET = { project: "sockshop", stage: "production", service: "carts" };
const quiet = { info: () => {}, warn: () => {} };

describe("after kill -9 of the process the remediation finishes, with exactly one replica more", function () {
  this.timeout(90_000);
  const folder = temporaryFolder();
  const running: EvenkeelProcess[] = [];
  let simulator: Simulator;
  let journal: Journal;
  let env: Record<string, string>;

  before(async () => {
    simulator = await startSimulator({ services: [{ ...TARGET, workload: "carts-primary", load: "raised" }] });
    const kubeconfig = join(folder.path, "kubeconfig");
    writeFileSync(kubeconfig, simulator.kubeconfig());
    const { url } = await testDatabase();
    journal = await createJournal({ url, log: quiet });
    await journal.apply(TARGET.project, projectFiles({ actions: ["{action: scaling, value: +1, wait: 6s}"] }), {
      replace: true,
    });
    env = {
      DATABASE_URL: url,
      KUBECONFIG: kubeconfig,
      EVENKEEL_SLI__PROMETHEUS__URL: simulator.prometheusUrl,
      EVENKEEL_REMEDIATION__SETTLE: "2s",
    };
  });
  afterEach(async () => {
    for (const one of running.splice(0)) await one.stop("SIGKILL");
  });
  after(async () => {
    await journal?.close();
    await simulator?.stop();
    folder.remove();
  });

  async function start(): Promise<EvenkeelProcess> {
    const started = await startEvenkeel(env);
    running.push(started);
    return started;
  }

  async function open(server: EvenkeelProcess, startsAt: string): Promise<string> {
    const answer = await post(server.url, alert(TARGET, { startsAt }));
    assert.equal(answer.status, 202);
    const [row] = await journal.remediations({ ...TARGET, limit: 1 });
    assert.ok(row);
    return row.state.context;
  }

  const phase = (context: string, wanted: Remediation["phase"]) =>
    eventually(
      `the run is ${wanted}`,
      async () => {
        const state = await journal.state(context);
        return state?.phase === wanted && state;
      },
      { within: 45_000, seen: () => running.map((one) => one.output()).join("\n") },
    );

  async function finishedBy(context: string, replicasBefore: number): Promise<void> {
    const state = await phase(context, "finished");
    assert.ok(state.phase === "finished" && state.reason === "healed", `${state.phase} ${JSON.stringify(state)}`);
    assert.equal(simulator.snapshot("carts").desiredReplicas, replicasBefore + 1);
    const writes = simulator.audit.filter((write) => write.annotations["evenkeel.dev/action"] === `${context}.0`);
    assert.equal(writes.length, 1, "more than one effective write");
    const kinds = (await journal.read(context)).map((event) => event.kind);
    assert.equal(kinds.filter((kind) => kind === "action.finished").length, 1);
  }

  it("killed during the wait", async () => {
    const before = simulator.snapshot("carts").desiredReplicas;
    const first = await start();
    const context = await open(first, "2026-01-01T00:00:00.000Z");
    await phase(context, "waiting");
    await first.stop("SIGKILL");
    await start();
    await finishedBy(context, before);
  });

  it("killed between action.started and the answer to the PATCH, which arrives late", async () => {
    const before = simulator.snapshot("carts").desiredReplicas;
    simulator.failNext({ method: "PATCH", delayMs: 3_000 });
    const first = await start();
    const context = await open(first, "2026-01-01T01:00:00.000Z");
    await eventually("the action's plan is committed", async () => {
      const state = await journal.state(context);
      return state?.phase === "acting" && state.started;
    });
    await first.stop("SIGKILL");
    await start();
    await finishedBy(context, before);
  });

  it("killed when the PATCH was done but its reply lost", async () => {
    const before = simulator.snapshot("carts").desiredReplicas;
    simulator.failNext({ method: "PATCH", dropReply: true });
    const first = await start();
    const context = await open(first, "2026-01-01T02:00:00.000Z");
    await eventually("the replicas were changed", () => simulator.snapshot("carts").desiredReplicas === before + 1);
    await first.stop("SIGKILL");
    await start();
    await finishedBy(context, before);
  });

  it("the fold of the whole log equals the stored states after all that", async () => {
    const { folded, stored } = await journal.rebuild();
    assert.deepEqual(JSON.parse(JSON.stringify([...folded].sort())), JSON.parse(JSON.stringify([...stored].sort())));
  });
});

describe("100 copies of one webhook at once, over two ingesters", function () {
  this.timeout(60_000);
  const running: EvenkeelProcess[] = [];
  let journal: Journal;
  after(async () => {
    for (const one of running) await one.stop();
    await journal?.close();
  });

  it("make one remediation, and 100 counted notifications", async () => {
    const { url } = await testDatabase();
    journal = await createJournal({ url, log: quiet });
    running.push(
      ...(await Promise.all([
        startEvenkeel({ DATABASE_URL: url }, ["ingester"]),
        startEvenkeel({ DATABASE_URL: url }, ["ingester"]),
      ])),
    );
    const body = alert(TARGET);
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => post(running[n % 2]!.url, body)));
    assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [202]);
    const rows = await journal.remediations({ limit: 10 });
    assert.equal(rows.length, 1);
    const triggered = await journal.list({ types: ["remediation.triggered"], limit: 10 });
    assert.equal(triggered.length, 1);
    const [notification] = await journal.notifications({ limit: 10 });
    assert.equal(notification?.count, 100);
  });
});
