import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { answering } from "../commands/server-for-test.ts";
import { evenkeel } from "../run-for-test.ts";
import { createClient } from "./http.ts";
import { follow } from "./stream.ts";

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

async function withServer<T>(listener: Listener, work: (url: string) => Promise<T>): Promise<T> {
  const server = await answering(listener);
  try {
    return await work(server.url);
  } finally {
    await server.close();
  }
}

function problem(status: number, extra: object = {}): Listener {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/problem+json" });
    response.end(JSON.stringify({ status, title: "T", detail: `why ${status}`, code: "c", ...extra }));
  };
}

describe("what the server answers", () => {
  for (const [status, code] of [
    [400, 2],
    [401, 4],
    [403, 4],
    [404, 3],
    [409, 5],
    [412, 5],
    [422, 2],
    [429, 6],
    [500, 1],
    [503, 6],
  ] as const) {
    it(`${status} is exit code ${code}, with its reason`, () =>
      withServer(problem(status), async (url) => {
        const ran = await evenkeel(["get", "events", "--server", url]);
        assert.equal(ran.code, code);
        assert.match(ran.stderr, new RegExp(`^error: why ${status}$`, "m"));
        assert.equal(ran.stdout, "");
      }));
  }

  it("every error of a refusal is shown, fit for a terminal", () =>
    withServer(
      problem(422, {
        errors: [
          { pointer: "/a", detail: "one" },
          { pointer: "/b", detail: "t\u001b[2Jwo" },
        ],
      }),
      async (url) => {
        const { stderr } = await evenkeel(["get", "events", "--server", url]);
        assert.match(stderr, /^ {2}\/a one\n {2}\/b t \[2Jwo$/m);
      },
    ));

  for (const [what, listener] of [
    ["a web page", (_request, response) => response.end("<html>")],
    ["a redirect", (_request, response) => response.writeHead(302, { location: "/login" }).end()],
    [
      "broken problem+json",
      (_request, response) => response.writeHead(500, { "content-type": "application/problem+json" }).end("{"),
    ],
  ] as const satisfies readonly (readonly [string, Listener])[]) {
    it(`${what} is no Evenkeel server: exit code 6`, () =>
      withServer(listener, async (url) => {
        const { code, stderr } = await evenkeel(["get", "events", "--server", url]);
        assert.equal(code, 6);
        assert.match(stderr, /not as an Evenkeel server does/);
      }));
  }

  it("nothing listens: exit code 6 and what to do", async () => {
    const { code, stderr } = await evenkeel(["get", "events", "--server", "http://127.0.0.1:2"]);
    assert.equal(code, 6);
    assert.match(stderr, /cannot reach http:\/\/127\.0\.0\.1:2: nothing listens there\nnext: {2}evenkeel up/);
  });

  it("no answer in time is exit code 6", () =>
    withServer(
      () => undefined,
      async (url) => {
        const client = createClient({ server: url, timeoutMs: 50 });
        await assert.rejects(client.get("/v1/status"), { exitCode: 6, message: /no answer in time/ });
      },
    ));

  it("the token is sent, from the environment, and never shown with --debug", async () => {
    let sent: string | undefined;
    const listener: Listener = (request, response) => {
      sent = request.headers.authorization;
      response.end(JSON.stringify({ items: [] }));
    };
    await withServer(listener, async (url) => {
      const env = { EVENKEEL_TOKEN: "a-secret-token" };
      const { stderr } = await evenkeel(["get", "events", "--debug", "--server", url], { env });
      assert.equal(sent, "Bearer a-secret-token");
      assert.match(stderr, /debug: GET \/v1\/events\?limit=50 200/);
      assert.doesNotMatch(stderr, /a-secret-token/);
    });
  });
});

describe("following the log", () => {
  const event = (n: number) =>
    `id: 1.${n}\nevent: problem\ndata: ${JSON.stringify({ id: `e${n}`, cursor: `1.${n}` })}\n\n`;

  it("connects again when the connection is lost, and resumes behind the last event", async () => {
    const asked: unknown[] = [];
    const listener: Listener = (request, response) => {
      asked.push(request.headers["last-event-id"]);
      response.writeHead(200, { "content-type": "text/event-stream" });
      if (asked.length === 1) {
        response.write(event(1));
        response.write(event(2).slice(0, 20), () => response.destroy());
      } else response.write(`${event(2)}: ping\n\n${event(3)}`);
    };
    await withServer(listener, async (url) => {
      const stop = new AbortController();
      const told: string[] = [];
      const seen: string[] = [];
      const options = { since: "1.0", signal: stop.signal, onTrouble: (line: string) => void told.push(line) };
      for await (const { id } of follow(createClient({ server: url }), options)) {
        seen.push(id);
        if (id === "e3") stop.abort();
      }
      assert.deepEqual(seen, ["e1", "e2", "e3"]);
      assert.deepEqual(asked, ["1.0", "1.1"]);
      assert.match(told[0]!, /connecting again/);
    });
  });

  it("a connection without a sign of life counts as lost", async () => {
    let connections = 0;
    const listener: Listener = (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(++connections === 1 ? ": hello\n\n" : event(1));
    };
    await withServer(listener, async (url) => {
      const stop = new AbortController();
      const options = { since: "1.0", signal: stop.signal, idleMs: 50 };
      for await (const { id } of follow(createClient({ server: url }), options)) {
        assert.equal(id, "e1");
        stop.abort();
      }
      // More than two where this process itself is slow.
      assert.ok(connections >= 2, `${connections} connections`);
    });
  });

  it("a server that refuses is not asked again", () =>
    withServer(problem(403), async (url) => {
      const signal = new AbortController().signal;
      const events = follow(createClient({ server: url }), { since: "1.0", signal });
      await assert.rejects(events.next(), { exitCode: 4 });
    }));

  it("ends when it is stopped between two events", () =>
    withServer(
      (_request, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(event(1));
      },
      async (url) => {
        const stop = new AbortController();
        const events = follow(createClient({ server: url }), { since: "1.0", signal: stop.signal });
        await events.next();
        void delay(20).then(() => stop.abort());
        assert.deepEqual(await events.next(), { done: true, value: undefined });
      },
    ));
});
