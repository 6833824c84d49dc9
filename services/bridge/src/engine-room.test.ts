import assert from "node:assert/strict";
import { CARTS, fresh, open, REMEDIATION, SHIPYARD } from "./seed-for-test.ts";
import { serveBridge, type Served } from "./serve-for-test.ts";

describe("what the engine room asks", function () {
  this.timeout(60_000);
  let one: Served;
  before(async () => {
    one = await serveBridge({
      providers: { sources: ["alertmanager", "dynatrace"] },
      settings: { intake: { sources: { dynatrace: { mapping: { service: ["tier"] } } } } },
    });
  });
  after(() => one?.close());

  it("sources: when each was heard last, what became of it, and which labels it is routed by", async () => {
    const note = (id: string, source: string, outcome: "unrouted" | "triggered") =>
      one.journal.note({ id, source, outcome, title: "slow" });
    await note("1", "alertmanager", "unrouted");
    await note("2", "alertmanager", "triggered");
    await note("1", "alertmanager", "unrouted");
    await note("3", "my-script", "triggered");
    const { body } = await one.get("/v1/sources");
    const [alertmanager, dynatrace, script] = body.items;
    assert.deepEqual(alertmanager.recent, { notifications: 2, outcomes: { unrouted: 1, triggered: 1 } });
    assert.equal(alertmanager.webhook, "/v1/webhooks/alertmanager");
    const rows = (await one.get("/v1/notifications?source=alertmanager")).body.items;
    const repeated = rows.find(({ outcome }: { outcome: string }) => outcome === "unrouted");
    assert.equal(alertmanager.lastReceived, repeated.lastReceived);
    assert.deepEqual([dynatrace.lastReceived, dynatrace.mapping.service], [undefined, ["tier"]]);
    assert.deepEqual([script.name, script.webhook, script.mapping], ["my-script", undefined, undefined]);
  });

  it("counts of tasks, by kind and state", async () => {
    assert.deepEqual((await one.get("/v1/tasks/counts")).body.items, []);
    await open(one.journal, fresh());
    await open(one.journal, fresh());
    assert.deepEqual((await one.get("/v1/tasks/counts")).body.items, [{ kind: "plan", state: "overdue", count: 2 }]);
  });

  it("findings of a project's files, as they are at a revision", async () => {
    const { project } = CARTS;
    const files = new Map([
      ["shipyard.yaml", SHIPYARD],
      ["production/carts/remediation.yaml", REMEDIATION],
    ]);
    const first = await one.journal.apply(project, files, { replace: true });
    assert.deepEqual((await one.get(`/v1/projects/${project}/findings`)).body.items, []);
    const more = new Map([
      ["production/carts/slo.yml", "objectives: []\n"],
      ["production/carts/slo.yaml", "objectives: 1\n"],
      ["prod/carts/remediation.yaml", REMEDIATION],
    ]);
    await one.journal.apply(project, more, { replace: false });
    const { body } = await one.get(`/v1/projects/${project}/findings`);
    const [wrong, unread, stray] = [
      "production/carts/slo.yaml",
      "production/carts/slo.yml",
      "prod/carts/remediation.yaml",
    ].map((path) => body.items.find((item: { path: string }) => item.path === path));
    assert.deepEqual([wrong.severity, wrong.line], ["error", 1]);
    assert.deepEqual([unread.severity, unread.line], ["warning", undefined]);
    assert.match(unread.message, /did you mean slo\.yaml/);
    assert.match(stray.message, /shipyard\.yaml has no stage prod/);
    const then = await one.get(`/v1/projects/${project}/findings?revision=${first.revision}`);
    assert.deepEqual(then.body.items, []);
    assert.equal((await one.get("/v1/projects/none/findings")).status, 404);
  });

  it("runs that ended for any of several reasons", async () => {
    const { status, body } = await one.get("/v1/remediations?reason=healed&reason=improved");
    assert.deepEqual([status, body.items], [200, []]);
    assert.equal((await one.get("/v1/remediation-counts?reason=healed,improved")).body.total, 0);
  });
});
