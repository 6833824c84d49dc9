import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { responseTimeRule } from "./alert-state.ts";
import { createAlerting, type Alerting } from "./alerting.ts";
import { createTimeSeries, type TimeSeries } from "./timeseries.ts";
import type { webhookBody } from "./webhook.ts";

type Body = ReturnType<typeof webhookBody>;
const start = Date.parse("2026-05-04T09:00:00Z");

describe("alerts", () => {
  let received: Body[];
  let answers: number[];
  let server: Server;
  let store: TimeSeries;
  let alerting: Alerting;
  let url: string;

  beforeEach(async () => {
    received = [];
    answers = [];
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk) => (text += chunk));
      request.on("end", () => {
        received.push(JSON.parse(text) as Body);
        response.writeHead(answers.shift() ?? 202).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/webhooks/alertmanager`;
    store = createTimeSeries(600_000);
    alerting = createAlerting({
      rules: [responseTimeRule({ thresholdMs: 1000, forMs: 3000 })],
      store,
      url: () => url,
      prometheusUrl: "http://127.0.0.1:9090",
      repeatIntervalMs: 10_000,
    });
  });
  afterEach(async () => {
    alerting.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  /** The response times of a second, and what the rules make of them. */
  async function second(n: number, times: Record<string, number>): Promise<void> {
    for (const [service, value] of Object.entries(times)) {
      const labels = { project: "sockshop", stage: "production", service };
      store.append({ __name__: "http_response_time_milliseconds_p90", ...labels }, start + n * 1000, value);
    }
    await alerting.evaluate(start + n * 1000);
  }
  const states = () => received.map(({ alerts }) => alerts.map(({ status, labels }) => `${labels.service} ${status}`));

  it("post Alertmanager's body once the threshold was passed for long enough", async () => {
    for (let n = 0; n < 3; n++) await second(n, { carts: 1834.5678 });
    assert.equal(received.length, 0);
    await second(3, { carts: 1834.5678 });
    const labels = {
      alertname: "response_time_p90",
      severity: "critical",
      project: "sockshop",
      stage: "production",
      service: "carts",
    };
    const annotations = {
      summary: "Response time degradation",
      description: "90 % of the requests to carts took up to 1835 ms; 1000 ms are allowed.",
    };
    const fingerprint = received[0]?.alerts[0]?.fingerprint ?? "";
    assert.match(fingerprint, /^[0-9a-f]{16}$/);
    assert.deepEqual(received, [
      {
        version: "4",
        groupKey: '{}:{alertname="response_time_p90"}',
        truncatedAlerts: 0,
        status: "firing",
        receiver: "evenkeel",
        groupLabels: { alertname: "response_time_p90" },
        commonLabels: labels,
        commonAnnotations: annotations,
        externalURL: "http://127.0.0.1:9090",
        alerts: [
          {
            status: "firing",
            labels,
            annotations,
            startsAt: "2026-05-04T09:00:03.000Z",
            endsAt: "0001-01-01T00:00:00Z",
            generatorURL:
              "http://127.0.0.1:9090/graph?g0.expr=http_response_time_milliseconds_p90%20%3E%201000&g0.tab=1",
            fingerprint,
          },
        ],
      },
    ]);
  });

  it("repeat with the same start and fingerprint, and end once", async () => {
    for (let n = 0; n <= 25; n++) await second(n, { carts: 2000 });
    for (let n = 26; n <= 50; n++) await second(n, { carts: 400 });
    assert.deepEqual(states(), [["carts firing"], ["carts firing"], ["carts firing"], ["carts resolved"]]);
    assert.deepEqual(
      received.map(({ status }) => status),
      ["firing", "firing", "firing", "resolved"],
    );
    const alerts = received.flatMap((body) => body.alerts);
    assert.equal(new Set(alerts.map(({ fingerprint, startsAt }) => `${fingerprint} ${startsAt}`)).size, 1);
    assert.equal(alerts.at(-1)?.endsAt, "2026-05-04T09:00:26.000Z");
  });

  it("start a new episode with the same fingerprint when they come back", async () => {
    for (let n = 0; n <= 30; n++) await second(n, { carts: n < 5 || n > 10 ? 2000 : 400 });
    const alerts = received.flatMap((body) => body.alerts);
    assert.equal(new Set(alerts.map(({ fingerprint }) => fingerprint)).size, 1);
    assert.deepEqual(
      [...new Set(alerts.map(({ startsAt }) => startsAt))],
      ["2026-05-04T09:00:03.000Z", "2026-05-04T09:00:14.000Z"],
    );
  });

  it("stay silent about a peak that is too short, and about no data", async () => {
    for (let n = 0; n <= 20; n++) await second(n, { carts: n % 4 < 3 ? 2000 : 400, orders: NaN });
    assert.equal(received.length, 0);
  });

  it("put all services of a rule into one group, each with its own status", async () => {
    for (let n = 0; n <= 12; n++) await second(n, { carts: n < 8 ? 2000 : 400, orders: n < 3 ? 400 : 2000 });
    assert.deepEqual(states(), [
      ["carts firing"],
      ["carts firing", "orders firing"],
      ["orders firing", "carts resolved"],
    ]);
    const mixed = received.find(({ alerts }) => new Set(alerts.map(({ status }) => status)).size === 2);
    assert.equal(mixed?.status, "firing");
    assert.equal(mixed?.commonLabels.service, undefined);
  });

  it("are posted again after a 5xx, later each time, and not after a 4xx or 429", async () => {
    answers = [503, 500, 202];
    for (let n = 0; n <= 8; n++) await second(n, { carts: 2000 });
    assert.equal(received.length, 3);
    assert.equal(new Set(received.map((body) => JSON.stringify(body))).size, 1);

    answers = [429];
    for (let n = 9; n <= 12; n++) await second(n, { carts: 2000, orders: 2000 });
    assert.equal(received.length, 4);
  });

  it("are posted as soon as the receiver is there", async () => {
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    for (let n = 0; n <= 5; n++) await second(n, { carts: 2000 });
    assert.equal(received.length, 0);
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    for (let n = 6; n <= 9; n++) await second(n, { carts: 2000 });
    assert.deepEqual(states(), [["carts firing"]]);
    assert.equal(received[0]?.alerts[0]?.startsAt, "2026-05-04T09:00:03.000Z");
  });

  it("tell the end even when the receiver missed it at first", async () => {
    for (let n = 0; n <= 5; n++) await second(n, { carts: 2000 });
    answers = [503, 503];
    for (let n = 6; n <= 12; n++) await second(n, { carts: 400 });
    assert.deepEqual(states().at(-1), ["carts resolved"]);
    assert.equal(received.length, 4);
    assert.deepEqual(alerting.alerts(), []);
  });

  it("refuse a rule that is no vector, at once", () => {
    const options = { store, url: () => url, prometheusUrl: "", repeatIntervalMs: 1 };
    assert.throws(() => createAlerting({ ...options, rules: [{ alert: "a", expr: "1 + 1", forMs: 0 }] }), /rule a/);
    assert.throws(() => createAlerting({ ...options, rules: [{ alert: "a", expr: "x{", forMs: 0 }] }), /unexpected/);
  });
});
