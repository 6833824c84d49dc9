import assert from "node:assert/strict";
import type { NewEvent } from "@evenkeel/events";
import { eventsAt, type TakenTask } from "@evenkeel/journal";
import type { Finished } from "@evenkeel/remediation";
import { loadConfig, ProviderError, silentLog, type OutboundRequest } from "@evenkeel/runtime";
import { notifyTask, sign } from "./notify-task.ts";

const TARGET = { project: "sockshop", stage: "production", service: "carts" };

const state: Finished = {
  ...{ phase: "finished", context: "c1", target: TARGET, problemState: "open" },
  problem: { id: "p", source: "dynatrace", title: "slow", severity: "error", labels: {} },
  triggered: { id: "e1", time: "2026-01-01T00:00:00.000Z" },
  steps: [{ name: "Tell", action: "escalate", status: "succeeded", result: "pass", message: "escalated: help" }],
  ...{ status: "succeeded", result: "fail", reason: "escalated", message: "told people" },
  ...{ finishedAt: "2026-01-01T00:01:00.000Z", escalation: { message: "escalated: help", told: false } },
};

const task: TakenTask = {
  ...{ id: "t1", generation: 1, kind: "notify", context: "c1", payload: {}, attempts: 1, failures: 0 },
  ...{ dueAt: new Date(0), deadlineAt: new Date(0), now: new Date(0) },
};

/** Runs the task once against an endpoint that answers with this status, or not at all. */
async function tell(answer: number | ProviderError, flags: Record<string, unknown> = {}, now: Finished = state) {
  const { settings } = loadConfig({
    env: {},
    flags: { "escalation.webhook.url": "https://ops.example.com/hook?token=geheim", ...flags },
  });
  const requests: OutboundRequest[] = [];
  const done: NewEvent[] = [];
  const handler = notifyTask({ state: async () => now }, settings, async (request) => {
    requests.push(request);
    if (typeof answer !== "number") throw answer;
    return { status: answer, headers: {}, body: "" };
  });
  const run = handler.run({
    task: { ...task, seen: { state: now, version: 9, now: task.now, at: performance.now() } },
    ...{ signal: new AbortController().signal, log: silentLog },
    note: () => Promise.reject(new Error("nothing is noted here")),
    complete: async (events) => void done.push(...eventsAt(events, new Date(0))),
  });
  const error: unknown = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { requests, done, error, handler };
}

describe("telling people of an escalation", () => {
  it("posts what happened, with a link, and notes that it was sent without the address's secrets", async () => {
    const { requests, done } = await tell(202, { "server.publicUrl": "https://evenkeel.example.com/" });
    const [request] = requests;
    assert.deepEqual([request?.method, request?.url], ["POST", "https://ops.example.com/hook?token=geheim"]);
    assert.equal(request?.headers?.["webhook-signature"], undefined);
    const body = JSON.parse(request?.body ?? "") as Record<string, unknown>;
    assert.deepEqual(
      [body["type"], body["service"], body["escalation"], body["url"]],
      ["dev.evenkeel.escalation", "carts", "escalated: help", "https://evenkeel.example.com/v1/remediations/c1"],
    );
    assert.deepEqual(
      done.map(({ kind, data }) => [kind, (data as { to: string }).to]),
      [["escalation.sent", "https://ops.example.com"]],
    );
  });

  for (const [status, reason, retryable] of [
    [500, "server-error", true],
    [503, "server-error", true],
    [429, "rate-limited", true],
    [408, "timeout", true],
    [400, "refused", false],
    [401, "refused", false],
    [404, "refused", false],
    [304, "refused", false],
  ] as const) {
    it(`an answer ${status} is ${retryable ? "tried again" : "final"}`, async () => {
      const { error, done } = await tell(status);
      assert.ok(error instanceof ProviderError);
      assert.deepEqual([error.reason, error.retryable], [reason, retryable]);
      assert.deepEqual(done, []);
    });
  }

  it("that cannot be sent says why, without the path that lets one in", async () => {
    const url = "https://chat.example.com/services/T01/geheim?token=geheim";
    const unreachable = new ProviderError(
      "unreachable",
      "POST https://chat.example.com/services/T01/geheim: ECONNREFUSED",
      {
        cause: new Error("https://chat.example.com/services/T01/geheim"),
      },
    );
    const { error } = await tell(unreachable, { "escalation.webhook.url": url });
    assert.ok(error instanceof ProviderError);
    assert.deepEqual([error.reason, error.message], ["unreachable", "POST https://chat.example.com: ECONNREFUSED"]);
    assert.equal(error.cause, undefined);
  });

  it("that cannot be told ends with an event that says so", async () => {
    const { handler } = await tell(202);
    const [event] = await handler.giveUp(task, "gave up after 9 tries: no route");
    assert.ok(event?.kind === "escalation.failed");
    assert.deepEqual([event.data.error, event.data.to], ["gave up after 9 tries: no route", "https://ops.example.com"]);
  });

  it("that was told already is not told again", async () => {
    const told = { ...state, escalation: { message: "", told: true } };
    const { requests, done, error } = await tell(202, {}, told);
    assert.deepEqual([requests, done, error], [[], [], undefined]);
  });
});

describe("the signature", () => {
  const body = `{"test": 2432232314}`;
  const at = new Date(1_614_265_330_000);

  it("is that of the Standard Webhooks specification", () => {
    const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    assert.deepEqual(sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", body, at), {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });

  it("takes a secret without the prefix as plain text", () => {
    assert.notDeepEqual(sign("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "m", body, at), sign("whsec_MfKQ", "m", body, at));
  });
});
