import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { run, type Running } from "./processes.ts";

const launcher = join(import.meta.dirname, "..", "..", "cli", "bin", "evenkeel.mjs");

/** A process of ours, started by the command line as an operator would. */
export interface EvenkeelProcess extends Running {
  url: string;
}

/** `evenkeel up` in a process of its own; resolves when it is ready. */
export async function startEvenkeel(
  env: Readonly<Record<string, string | undefined>>,
  roles: readonly string[] = [],
  givenPort?: number,
  program = launcher,
): Promise<EvenkeelProcess> {
  // 0: it takes one that is free, and says which.
  const words = ["up", "--port", String(givenPort ?? 0), ...roles.flatMap((role) => ["--role", role])];
  const { PATH, HOME } = process.env;
  const running = run(process.execPath, [program, ...words], { env: { PATH, HOME, ...env } });
  const told = () => /is up on (http:\/\/[^\s(]+)/.exec(running.output())?.[1];
  const hasEnded = () => running.child.exitCode !== null || running.child.signalCode !== null;
  const isReady = async () => {
    if (hasEnded()) return { url: undefined };
    const url = told();
    return url !== undefined && (await fetch(`${url}/readyz`)).ok && { url };
  };
  const name = `evenkeel ${words.join(" ")}`;
  const { url } = await eventually(`${name} is ready`, isReady, { seen: running.output, every: 25 });
  if (url === undefined) throw new Error(`${name} ended before it was ready: ${running.output()}`);
  return { ...running, url };
}

/** One Alertmanager notification of one alert. */
export function alert(
  target: { project: string; stage: string; service: string },
  { status = "firing", startsAt = "2026-01-01T00:00:00.000Z", title = "Response time degradation" } = {},
): string {
  const labels = { alertname: "response_time_p90", severity: "critical", ...target };
  const { project, stage, service } = target;
  return JSON.stringify({
    version: "4",
    groupKey: `{}:{alertname="response_time_p90"}`,
    status,
    receiver: "evenkeel",
    groupLabels: {},
    commonLabels: labels,
    commonAnnotations: {},
    externalURL: "http://alertmanager.invalid",
    alerts: [
      {
        status,
        labels,
        annotations: { summary: title },
        startsAt,
        endsAt: status === "firing" ? "0001-01-01T00:00:00Z" : new Date().toISOString(),
        generatorURL: "http://prometheus.invalid/graph",
        fingerprint: Buffer.from(`${project}/${stage}/${service}`).toString("hex").slice(0, 16),
      },
    ],
  });
}

export function post(url: string, body: string): Promise<Response> {
  return fetch(`${url}/v1/webhooks/alertmanager`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
}
