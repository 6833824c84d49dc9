import { setTimeout as sleep } from "node:timers/promises";

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

const PAUSE_MS = 50;
const PATIENCE_MS = 10_000;
const WITHIN_MS = 30_000;

/** A person with a browser: asks in turn at each address, with one key, until it gets an answer that is not a 503. */
export async function ask(urls: readonly string[], path: string, key: string): Promise<Answer> {
  const end = performance.now() + WITHIN_MS;
  for (let tries = 0; ; tries++) {
    const answer = await post(`${urls[tries % urls.length]}${path}`, key);
    if (answer && answer.status !== 503) return answer;
    if (performance.now() > end) throw new Error(`${path} was not answered within ${WITHIN_MS} ms: ${answer?.status}`);
    await sleep(PAUSE_MS);
  }
}

async function post(url: string, key: string): Promise<Answer | undefined> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": key },
      body: "{}",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return { status: response.status, body: (await response.json()) as Answer["body"] };
  } catch {
    // Nobody answered, or no longer.
    return undefined;
  }
}
