import { setTimeout as sleep } from "node:timers/promises";
import type { Ack } from "../checker.ts";

/** A sender as Alertmanager is one: sends again until it gets a 2xx, and keeps a journal of what was acknowledged. */
export interface Client {
  readonly acked: readonly Ack[];
  /** How many answers there were of each status; `none` when there was no answer. */
  readonly answers: ReadonlyMap<string, number>;
  /** Resolves with the contexts of the acknowledgement. Rejects when there was none in time. */
  send(urls: Urls, body: string, options?: SendOptions): Promise<Ack[]>;
}

/** Where to send: in turn, one after the other; a function is asked anew for each attempt. */
export type Urls = readonly string[] | (() => readonly string[]);

export interface SendOptions {
  withinMs?: number;
  /** Until an attempt counts as unanswered. */
  patienceMs?: number;
  path?: string;
}

const PAUSE_MS = 100;

export function createClient(): Client {
  const acked: Ack[] = [];
  const answers = new Map<string, number>();
  const count = (answer: string) => answers.set(answer, (answers.get(answer) ?? 0) + 1);
  return {
    acked,
    answers,
    async send(urls, body, { withinMs = 60_000, patienceMs = 15_000, path = "/v1/webhooks/alertmanager" } = {}) {
      const end = performance.now() + withinMs;
      for (let tries = 0; ; tries++) {
        const known = typeof urls === "function" ? urls() : urls;
        const response = await post(`${known[tries % known.length]}${path}`, body, patienceMs);
        count(String(response?.status ?? "none"));
        if (response?.status === 202) {
          const { results } = response.body as { results: Omit<Ack, "source">[] };
          const acks = results.map(({ id, context, outcome }) => ({ id, context, outcome, source: "alertmanager" }));
          acked.push(...acks);
          return acks;
        }
        if (performance.now() > end) throw new Error(`not acknowledged within ${withinMs} ms: ${response?.status}`);
        await sleep(PAUSE_MS);
      }
    },
  };
}

async function post(url: string, body: string, patienceMs: number) {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      signal: AbortSignal.timeout(patienceMs),
    });
    return { status: response.status, body: await response.json() };
  } catch {
    return undefined;
  }
}
