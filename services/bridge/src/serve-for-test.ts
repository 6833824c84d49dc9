import assert from "node:assert/strict";
import { testDatabase } from "@evenkeel/embedded/testing";
import { createJournal, type Follower, type Journal } from "@evenkeel/journal";
import { closeServer, createApp, createMetrics, listen, Settings, silentLog, type App } from "@evenkeel/runtime";
import { createBridge, type BridgeOptions } from "./bridge.ts";
import { documentPath } from "./openapi/document.ts";
import type { Route } from "./route.ts";
import { routes } from "./table.ts";

export interface Answered {
  status: number;
  headers: Headers;
  /** Parsed when it is JSON, else the text. */
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

export interface Served {
  url: string;
  databaseUrl: string;
  journal: Journal;
  follower: Follower;
  app: App;
  /** Sends a request, and holds the answer against what the document says of the route. */
  call(method: string, path: string, options?: CallOptions): Promise<Answered>;
  get(path: string): Promise<Answered>;
  close(): Promise<void>;
}

interface CallOptions {
  json?: unknown;
  text?: string;
  headers?: Record<string, string>;
}

/** The bridge on a real server over a fresh database. */
export async function serveBridge(
  options: Partial<Pick<BridgeOptions, "streamLimits" | "extraRoutes" | "providers" | "sliRange" | "checkActions">> & {
    settings?: unknown;
    /** Another bridge's, which is then left as it is; unset: a fresh one. */
    databaseUrl?: string;
  } = {},
): Promise<Served> {
  const fresh = options.databaseUrl === undefined ? await testDatabase() : undefined;
  const databaseUrl = options.databaseUrl ?? fresh!.url;
  const journal = await createJournal({ url: databaseUrl, log: silentLog });
  const follower = await journal.follow();
  const metrics = createMetrics();
  const app = createApp({ name: "bridge", log: silentLog, metrics });
  const {
    streamLimits,
    extraRoutes,
    checkActions = () => ({ findings: [], warnings: [] }),
    providers = { actions: ["scaling"] },
    sliRange,
  } = options;
  const settings = Settings.parse(options.settings ?? {});
  const { draining } = app;
  app.routes.use(
    createBridge({
      ...{ journal, follower, settings, metrics, draining, streamLimits, extraRoutes, sliRange, checkActions },
      log: silentLog,
      version: "1.2.3",
      providers,
    }),
  );
  const { server, url } = await listen(app, { host: "127.0.0.1", port: 0 });

  async function call(method: string, path: string, { json, text, headers = {} }: CallOptions = {}): Promise<Answered> {
    const type = text === undefined ? "application/json" : "application/yaml";
    const body = text ?? (json === undefined ? undefined : JSON.stringify(json));
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...(body !== undefined && { "content-type": type }), ...headers },
      body,
    });
    const raw = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json");
    const answered = { status: response.status, headers: response.headers, body: isJson ? JSON.parse(raw) : raw };
    checkAnswer(method, path, answered);
    return answered;
  }

  return {
    ...{ url, databaseUrl, journal, follower, app, call },
    get: (path) => call("GET", path),
    async close() {
      app.drain();
      await closeServer(server, 500);
      await follower.close();
      await journal.close();
      await fresh?.drop();
    },
  };
}

/** Whatever is answered must be in the document, and nothing may be in the answer that is not. */
function checkAnswer(method: string, path: string, { status, headers, body }: Answered): void {
  const line = routeAt(method, path.split("?")[0]!);
  if (!line) return;
  if (status >= 400) {
    assert.match(headers.get("content-type") ?? "", /^application\/problem\+json/);
    assert.equal(body.status, status);
    assert.ok(body.detail && body.code && body.type, JSON.stringify(body));
    return;
  }
  const answer = line.responses[status];
  assert.ok(answer, `${line.operationId} is not documented to answer ${status}`);
  if (!answer.schema || answer.contentType) return;
  assert.deepEqual(answer.schema.parse(body), body, `${line.operationId} answers what is not documented`);
}

function routeAt(method: string, path: string): Route | undefined {
  const matching = routes.filter((line) => {
    const pattern = line.path.replace(/\*\w+/g, ".+").replace(/:\w+/g, "[^/]+");
    return line.method === method.toLowerCase() && new RegExp(`^${pattern}$`).test(path);
  });
  // The one with fewer parameters is the one that is meant.
  return matching.sort((a, b) => count(a.path) - count(b.path))[0];
}

const count = (path: string) => documentPath(path).split("{").length;
