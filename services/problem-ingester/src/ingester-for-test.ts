import type { Server } from "node:http";
import { createJournal, type Journal } from "@evenkeel/journal";
import { closeServer, createApp, createMetrics, listen, Settings, silentLog, type Metrics } from "@evenkeel/runtime";
import { createIngester } from "./routes.ts";

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed JSON. */
  body: {
    results: {
      id: string;
      context: string;
      outcome: string;
      reason?: string;
      duplicate?: true;
      code?: string;
      errors?: { pointer: string; detail: string }[];
    }[];
    warnings?: string[];
    keptnContext: string;
    code: string;
    detail: string;
    errors?: { pointer: string; detail: string }[];
  };
}

export interface RunningIngester {
  url: string;
  journal: Journal;
  metrics: Metrics;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

/** An ingester of its own on a port of its own, with a journal on the given database. */
export async function startIngester(databaseUrl: string, settings: object = {}): Promise<RunningIngester> {
  const journal = await createJournal({ url: databaseUrl, log: silentLog });
  const metrics = createMetrics();
  const app = createApp({ name: "ingester", log: silentLog, metrics });
  const { router } = createIngester({ journal, settings: Settings.parse(settings), log: silentLog, metrics });
  app.routes.use(router);
  const { server, url } = await listen(app, { host: "127.0.0.1", port: 0 });
  return {
    url,
    journal,
    metrics,
    post: (path, body, headers) => post(`${url}${path}`, body, headers),
    close: () => close(server, journal),
  };
}

async function close(server: Server, journal: Journal): Promise<void> {
  await closeServer(server, 0);
  await journal.close();
}

/** Posts text as it is, anything else as JSON. */
async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer["body"] };
}
