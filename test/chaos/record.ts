// Records the histories of test/histories, one file for each way that a run can go:
//   node --import tsx test/chaos/record.ts [FOLDER]
import { join } from "node:path";
import type { Target } from "@evenkeel/events";
import type { Phase } from "@evenkeel/remediation";
import { eventually } from "../support/eventually.ts";
import { problemOf } from "./world/alerts.ts";
import { ended } from "./world/process.ts";
import { saveHistory } from "./world/save.ts";
import { createWorld, type Title } from "./world/world.ts";

const folder = process.argv[2] ?? join(import.meta.dirname, "..", "histories");
const WORKERS = ["ingester", "engine", "evaluation", "bridge"];
const LONG_WAIT = `remediations:
  - name: Whole run
    actions: [{action: scaling, value: "+1", wait: 1h}, {action: escalate}]
`;
const world = await createWorld({ queue: "postgres" });
const server = await world.start(WORKERS);

await record("healed", async () => [await run({ files: { "slo.yaml": slo("<1000000") } })]);
await record("exhausted", async () => [await run({ title: "One action" })]);
await record("escalated", async () => [await run({ title: "Whole run" })]);
await record("no-match", async () => [await run({ title: "Something else" as Title })]);
await record("invalid-file", async () => [await run({ files: { "remediation.yaml": "remediations: [{" } })]);
await record("inconclusive", async () => [
  await run({ title: "One action", files: { "prometheus/sli.yaml": sli("nothing_of_the_kind") } }),
]);
await record("unknown-project", async () => [await run({ project: "unheard-of" })]);
await record("resolved-while-waiting", async () => {
  const { context, target } = await opened({ files: { "remediation.yaml": LONG_WAIT } });
  await reaches(context, "waiting");
  await send(target, "resolved");
  await reaches(context, "finished");
  return [context];
});
await record("aborted-while-waiting", async () => {
  const { context } = await opened({ files: { "remediation.yaml": LONG_WAIT } });
  await reaches(context, "waiting");
  await command(context, "abort");
  return [context];
});
await record("paused-resumed-skipped", async () => {
  const { context } = await opened({ files: { "remediation.yaml": LONG_WAIT } });
  await reaches(context, "waiting");
  await command(context, "pause");
  await command(context, "resume");
  await command(context, "skip-wait");
  await reaches(context, "finished");
  return [context];
});
await record("queued", async () => {
  const { context: first, target } = await opened({ files: { "remediation.yaml": LONG_WAIT } });
  await reaches(first, "waiting");
  const second = await send(target, "firing", "2026-01-02T00:00:00.000Z");
  await reaches(second, "queued");
  await command(first, "abort");
  await reaches(second, "waiting");
  await command(second, "abort");
  return [first, second];
});
await record("resolved-in-line", async () => {
  const { context: first, target } = await opened({ files: { "remediation.yaml": LONG_WAIT } });
  await reaches(first, "waiting");
  const second = await send(target, "firing", "2026-01-02T00:00:00.000Z");
  await send(target, "resolved", "2026-01-02T00:00:00.000Z");
  await reaches(second, "finished");
  await command(first, "abort");
  return [first, second];
});
await server.stop("SIGKILL");
for (const point of ["act.after-patch", "evaluate.before-finished"]) {
  await record(`killed-at-${point}`, async () => {
    const victim = await world.start(WORKERS, { EVENKEEL_FAILPOINT: point });
    const context = await world.report([victim.url], "Whole run");
    await ended(victim, 20_000);
    const next = await world.start(WORKERS);
    await reaches(context, "finished");
    await world.settled([context]);
    await next.stop("SIGKILL");
    return [context];
  });
}
await world.close();
process.exit(0);

async function record(name: string, play: () => Promise<readonly string[]>): Promise<void> {
  const contexts = await play();
  const { events } = await world.history(contexts);
  await saveHistory(join(folder, `${name}.jsonl`), events);
  process.stdout.write(`${name}: ${events.length} events\n`);
}

interface Play {
  title?: Title;
  project?: string;
  /** Files of the service alone, by name. */
  files?: Readonly<Record<string, string>>;
}

async function opened({
  title = "Whole run",
  project,
  files = {},
}: Play): Promise<{ context: string; target: Target }> {
  const own = world.newTarget();
  const target = project ? { ...own, project } : own;
  const paths = Object.entries(files).map(
    ([name, text]) => [`${target.stage}/${target.service}/${name}`, text] as const,
  );
  if (paths.length > 0) await world.journal.apply(target.project, new Map(paths), { replace: false });
  const [ack] = await world.client.send([server.url], problemOf(target, { title }));
  return { context: ack!.context, target };
}

async function run(play: Play): Promise<string> {
  const { context } = await opened(play);
  await world.settled([context]);
  return context;
}

async function send(target: Target, status: string, startsAt?: string): Promise<string> {
  const body = problemOf(target, { title: "Whole run", status, ...(startsAt && { startsAt }) });
  const [ack] = await world.client.send([server.url], body);
  return ack!.context;
}

async function command(context: string, name: string): Promise<void> {
  const url = `${server.url}/v1/remediations/${context}/${name}`;
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"reason":"for the record"}',
  });
  if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
}

function reaches(context: string, phase: Phase): Promise<unknown> {
  return eventually(`the run is ${phase}`, async () => (await world.journal.state(context))?.phase === phase, {
    seen: server.output,
  });
}

function slo(criterion: string): string {
  return `spec_version: "1.0"\nobjectives:\n  - sli: response_time_p90\n    pass:\n      - criteria: ["${criterion}"]\ntotal_score:\n  pass: "90%"\n`;
}

function sli(metric: string): string {
  return `spec_version: "1.0"\nindicators:\n  response_time_p90: ${metric}\n`;
}
