import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { CARTS, evaluated, REMEDIATION, runIn, SHIPYARD } from "./seed-for-test.ts";
import { serveBridge, type Served } from "./serve-for-test.ts";

describe("what may be asked is offered to those only who may ask it", function () {
  this.timeout(60_000);
  const TOKENS: Readonly<Record<string, { scopes: string[]; projects?: string[] }>> = {
    reader: { scopes: ["read"] },
    commander: { scopes: ["remediations:command"] },
    evaluator: { scopes: ["evaluations:write"] },
    writer: { scopes: ["write"] },
    "writer-elsewhere": { scopes: ["write"], projects: ["bank"] },
  };
  const secret = (name: string) => `${name}-token-0123456789`;

  let served: Served;
  let running: string;
  let over: string;
  let gate: string;
  before(async () => {
    const tokens = Object.entries(TOKENS).map(([name, rights]) => ({ name, token: secret(name), ...rights }));
    served = await serveBridge({ settings: { server: { tokens } } });
    const files = new Map([
      ["shipyard.yaml", SHIPYARD],
      ["production/carts/remediation.yaml", REMEDIATION],
    ]);
    await served.journal.apply("sockshop", files, { replace: true });
    running = await runIn(served.journal, "waiting");
    over = await runIn(served.journal, "finished", { ...CARTS, service: "orders" });
    gate = await parkedGate();
  });
  after(() => served?.close());

  async function parkedGate(): Promise<string> {
    const context = randomUUID();
    const evaluation = { start: "2026-01-01T00:00:00Z", end: "2026-01-01T00:05:00Z" };
    const { tasks } = await served.journal.append(context, [
      { kind: "evaluation.triggered", data: { ...CARTS, evaluation } },
    ]);
    const { id, generation } = (await served.journal.take(tasks[0]!.id, "test", 60_000))!;
    await served.journal.append(context, [], { completes: { task: id, generation }, park: "a bug" });
    return id;
  }

  const get = async (path: string, who: string) => {
    const { status, body } = await served.call("GET", path, { headers: { authorization: `Bearer ${secret(who)}` } });
    return { status, body };
  };
  const offers = async (who: string) => {
    const run = (await get(`/v1/remediations/${running}`, who)).body;
    const listed = (await get(`/v1/remediations?context=${running}`, who)).body.items[0];
    const evaluation = (await get(`/v1/evaluations?context=${over}`, who)).body.items[0];
    const tasks = (await get("/v1/tasks?state=parked", who)).body.items as { id: string; allowedCommands: string[] }[];
    const project = (await get("/v1/projects/sockshop", who)).body;
    return {
      run: run.allowedCommands,
      listed: listed?.allowedCommands,
      evaluation: evaluation?.allowedCommands,
      task: tasks.find(({ id }) => id === gate)?.allowedCommands,
      project: project.allowedCommands,
    };
  };

  const RUN = ["pause", "abort", "skip-wait"];
  const EVALUATION = ["annotate", "invalidate"];
  for (const [who, run, evaluation, task, project] of [
    ["reader", [], [], [], []],
    ["commander", RUN, [], ["retry"], []],
    ["evaluator", [], EVALUATION, [], ["evaluate"]],
    ["writer", RUN, EVALUATION, ["retry"], ["evaluate"]],
    ["writer-elsewhere", undefined, undefined, undefined, undefined],
  ] as const) {
    it(who, async () => assert.deepEqual(await offers(who), { run, listed: run, evaluation, task, project }));
  }

  it("of a voided evaluation, voiding is not offered again; of one with all the notes that are kept, no other", async () => {
    const headers = { authorization: `Bearer ${secret("writer")}` };
    const context = randomUUID();
    const id = randomUUID();
    const evaluation = { start: "2026-01-01T00:00:00Z", end: "2026-01-01T00:05:00Z" };
    await served.journal.append(context, [{ kind: "evaluation.triggered", id, data: { ...CARTS, evaluation } }]);
    await served.journal.append(context, [{ kind: "evaluation.finished", triggeredid: id, data: evaluated(CARTS) }]);
    const ask = (verb: string, json: unknown) =>
      served.call("POST", `/v1/evaluations/${context}/${verb}`, { headers, json });
    const { body } = await ask("invalidate", { reason: "the load generator was off" });
    assert.deepEqual(body.allowedCommands, ["annotate"]);
    for (let n = 1; n < 50; n++)
      assert.deepEqual((await ask("annotate", { note: `note ${n}` })).body.allowedCommands, ["annotate"]);
    assert.deepEqual((await ask("annotate", { note: "the last" })).body.allowedCommands, []);
    assert.equal((await ask("annotate", { note: "one more" })).status, 409);
  });
});
