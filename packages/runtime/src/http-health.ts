import type { RequestHandler, Router } from "express";

/** Throws or rejects when what it looks at is not fit. */
export type ReadyCheck = () => unknown;

interface CheckResult {
  name: string;
  ok: boolean;
  why?: string;
}

/** Health routes. /livez looks at nothing but the process; /readyz at every check, and says no while draining. */
export function mountHealth(
  routes: Router,
  checks: ReadonlyMap<string, ReadyCheck>,
  draining: AbortSignal,
  timeoutMs: number,
): void {
  routes.get("/livez", (_request, response) => void response.type("text/plain").send("ok\n"));
  const runAll = () => Promise.all([...checks].map(([name, check]) => run(name, check, timeoutMs)));
  let running: ReturnType<typeof runAll> | undefined;
  const ready: RequestHandler = async (request, response) => {
    // Anybody may ask as often as they like; what is looked at is asked by one at a time.
    running ??= runAll().finally(() => (running = undefined));
    const results = [...(await running)];
    if (draining.aborted) results.unshift({ name: "shutdown", ok: false, why: "shutting down" });
    const ok = results.every((result) => result.ok);
    response.status(ok ? 200 : 503).type("text/plain");
    if (ok && !("verbose" in request.query)) return void response.send("ok\n");
    if (!ok) response.set("retry-after", "5");
    const lines = results.map(
      (result) => `[${result.ok ? "+" : "-"}]${result.name} ${result.ok ? "ok" : `failed: ${result.why}`}\n`,
    );
    response.send(`${lines.join("")}${ok ? "ready" : "not ready"}\n`);
  };
  routes.get("/readyz", ready);
  routes.get("/healthz", ready);
}

async function run(name: string, check: ReadyCheck, timeoutMs: number): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([Promise.resolve().then(check), late]);
    return { name, ok: true };
  } catch (error) {
    return { name, ok: false, why: error instanceof Error ? error.message.split("\n")[0]! : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
