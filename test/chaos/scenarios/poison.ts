import { randomUUID } from "node:crypto";
import type { EvenkeelProcess } from "../../support/evenkeel.ts";
import type { Round, Scenario, Stage } from "../scenario.ts";
import { problemOf } from "../world/alerts.ts";
import { STAGE } from "../world/files.ts";
import { ended, pause, resume } from "../world/process.ts";
import type { World } from "../world/world.ts";

const WORKERS = ["ingester", "engine", "evaluation"];
const GOOD = 6;
/** A task is set aside after five runs that killed their worker. */
const DEATHS = 5;
const DEADLY = "plan.before-finished";

const POISONED_FILES: readonly (readonly [string, string])[] = [
  ["remediation.yaml", "remediations: [name: {{{"],
  ["remediation.yaml", `a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [${"*c,".repeat(500)}]\nremediations: []\n`],
  ["remediation.yaml", "\u0000\u0001 not yaml at all: - ["],
  ["remediation.yaml", `remediations:\n  - name: "Whole run"\n    actions: [{action: scaling, value: "banana"}]\n`],
  ["remediation.yaml", `remediations:\n  - name: "Whole run"\n    actions: [{action: no-such-action}]\n`],
  ["slo.yaml", "objectives: 17\n"],
];

const HOSTILE_TITLES = [
  "(a+)+$",
  "<script>alert(1)</script>",
  "'; drop table events; --",
  "${{7*7}} {{.problem}}",
  "\u202e\u0007",
];

const BAD_BODIES: readonly string[] = [
  "",
  "{",
  "null",
  "[]",
  '{"alerts":17}',
  `{"alerts":${"[".repeat(5_000)}`,
  '{"__proto__":{"a":1}}',
];

/** One bad input harms itself only: good problems beside it go on, and the poison ends with a reason. */
export const poison: Scenario = {
  name: "poison",
  describe:
    "unreadable files, hostile texts, broken bodies, and a task that kills its worker every time, beside so many good problems (--size)",
  async open(stage) {
    const { world, size = GOOD } = stage;
    const service = await world.start(WORKERS);
    return {
      async round(n, random): Promise<Round> {
        if (n % 5 === 4)
          return killerTask(
            stage,
            service.url,
            () => pause(service),
            () => resume(service),
          );
        const failures: string[] = [];
        const bad = [
          await poisonedFile(world, service.url, random.pick(POISONED_FILES)),
          await hostile(world, service.url, random.pick(HOSTILE_TITLES)),
        ];
        const good = Promise.all(Array.from({ length: size }, () => world.report([service.url], "Whole run")));
        for (const body of BAD_BODIES) {
          const { status } = await fetch(`${service.url}/v1/webhooks/alertmanager`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body,
          });
          if (status < 400 || status >= 500)
            failures.push(`${JSON.stringify(body.slice(0, 30))} was answered ${status}`);
        }
        const contexts = [...bad, ...(await good)];
        await world.settled(contexts);
        failures.push(...(await unexplained(world, bad)));
        return { about: "files, texts and bodies", contexts, failures, recoveries: [] };
      },
      close: () => service.stop("SIGKILL"),
    };
  },
};

async function poisonedFile(world: World, url: string, [name, text]: readonly [string, string]): Promise<string> {
  const target = { ...world.newTarget(), project: `poison-${randomUUID().slice(0, 8)}` };
  const files = new Map([
    ["shipyard.yaml", `stages:\n  - name: "${STAGE}"\n    remediation_strategy: "automated"\n`],
    [name, text],
  ]);
  await world.journal.apply(target.project, files, { replace: true });
  const [ack] = await world.client.send([url], problemOf(target, { title: "Whole run" }));
  return ack!.context;
}

async function hostile(world: World, url: string, title: string): Promise<string> {
  const [ack] = await world.client.send([url], problemOf(world.newTarget(), { title }));
  return ack!.context;
}

/** Every end has a reason that a person can read. */
async function unexplained(world: World, contexts: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const context of contexts) {
    const state = await world.journal.state(context);
    if (state?.phase !== "finished" || !state.message || !state.reason) found.push(`${context} ended without a reason`);
  }
  return found;
}

/** Five workers die of one task; the sixth sets it aside and goes on with the others. */
async function killerTask(
  { world, size = GOOD }: Stage,
  url: string,
  pauseOther: () => void,
  resumeOther: () => void,
): Promise<Round> {
  const failures: string[] = [];
  let context: string | undefined;
  pauseOther();
  for (let death = 1; death <= DEATHS; death++) {
    const victim = await startVictim(world, context !== undefined);
    if (!victim) continue;
    const dies = ended(victim, 20_000).catch((error: Error) => void failures.push(error.message));
    context ??= await world.report([victim.url], "Whole run");
    await dies;
    await victim.stop("SIGKILL");
  }
  resumeOther();
  const good = await Promise.all(Array.from({ length: size }, () => world.report([url], "One action")));
  const contexts = [context!, ...good];
  await world.settled(contexts);
  const events = await world.journal.read(context!);
  if (!events.some(({ kind }) => kind === "task.parked"))
    failures.push("the task that killed its workers was not parked");
  failures.push(...(await unexplained(world, [context!])));
  return { about: `a task that killed ${DEATHS} workers`, contexts, failures, recoveries: [] };
}

/** Undefined: the task is waiting for it, and it died of that before it was seen to be ready. */
async function startVictim(world: World, taskIsThere: boolean): Promise<EvenkeelProcess | undefined> {
  try {
    return await world.start(WORKERS, { EVENKEEL_FAILPOINT: `${DEADLY}=kill` });
  } catch (error) {
    if (taskIsThere && String(error).includes(`failpoint ${DEADLY} reached`)) return undefined;
    throw error;
  }
}
