import { randomUUID } from "node:crypto";
import type { StoredEvent } from "@evenkeel/events";
import { eventually } from "../../support/eventually.ts";
import type { Round, Scenario } from "../scenario.ts";
import { PROJECT, STAGE } from "../world/files.ts";
import { ask, type Answer } from "../world/operator.ts";
import { ended, pause, resume } from "../world/process.ts";
import type { World } from "../world/world.ts";
import { commandPoints } from "./crash-points.ts";

const DIES_WITHIN_MS = 15_000;
/** Long enough that an abort comes while the run waits. */
const WAIT_MS = 1_500;

/** What was asked, and what is to be true of the log when everything has come to rest. */
interface Command {
  path: string;
  contexts(answers: readonly Answer[]): string[];
  rest(contexts: readonly string[]): Promise<void>;
  failures(events: readonly StoredEvent[], answers: readonly Answer[]): string[];
}

/** Two people ask the same at once, and the bridge dies over it; each asks again until there is an answer. */
export const operator: Scenario = {
  name: "operator",
  describe: "kill -9 of the bridge over an abort, a re-run or a retry that two people ask for at once",
  waitMs: WAIT_MS,
  async open({ world }) {
    const [workers, bridge] = await Promise.all([
      world.start(["ingester", "engine", "evaluation"]),
      world.start(["bridge"]),
    ]);

    return {
      async round(n): Promise<Round> {
        const { command: name, name: point } = commandPoints[n % commandPoints.length]!;
        const victim = await world.start(["bridge"], { EVENKEEL_FAILPOINT: point });
        const command = await commandOf(name);
        const death = ended(victim, DIES_WITHIN_MS);
        const [answers, died] = await Promise.all([
          Promise.all(["first", "second"].map((who) => ask([victim.url, bridge.url], command.path, who))),
          death.then(() => true).catch(() => victim.stop("SIGKILL").then(() => false)),
        ]);
        const contexts = command.contexts(answers);
        await command.rest(contexts);
        const { events } = await world.history(contexts);
        const failures = command.failures(events, answers);
        if (!died) failures.push(`${point} was not reached`);
        return { about: `${name}, ${point}`, contexts, failures, recoveries: [] };
      },
      close: async () => void (await Promise.all([workers, bridge].map((one) => one.stop("SIGKILL")))),
    };

    async function commandOf(name: (typeof commandPoints)[number]["command"]): Promise<Command> {
      if (name === "retry") return retryOf(world, () => pause(workers), () => resume(workers)); // prettier-ignore
      const context = await world.report([workers.url], "One action");
      if (name === "abort") {
        await inPhase(world, context, "waiting");
        return abortOf(world, context);
      }
      await world.settled([context]);
      return rerunOf(world, context);
    }
  },
};

function abortOf(world: World, context: string): Command {
  return {
    path: `/v1/remediations/${context}/abort`,
    contexts: () => [context],
    rest: (contexts) => world.settled(contexts),
    failures: (events, answers) => [
      // The other one finds the run aborted; with the key of a request that was stored, the answer is the same again.
      ...expected("answers of 202", answers.filter(({ status }) => status === 202).length, [1, 2]),
      ...expected("answers of neither 202 nor 409", answers.filter(({ status }) => ![202, 409].includes(status)).length, [0]), // prettier-ignore
      ...expected("remediation.aborted", count(events, "remediation.aborted"), [1]),
      ...expected("evaluation.triggered", count(events, "evaluation.triggered"), [0]),
      ...expected("remediation.finished", count(events, "remediation.finished"), [1]),
    ],
  };
}

function rerunOf(world: World, context: string): Command {
  const runs = (answers: readonly Answer[]) => [...new Set(answers.map(({ body }) => String(body["context"])))];
  return {
    path: `/v1/remediations/${context}/rerun`,
    contexts: (answers) => [context, ...runs(answers)],
    rest: (contexts) => world.settled(contexts),
    failures: (events, answers) => [
      ...expected("answers of 202", answers.filter(({ status }) => status === 202).length, [2]),
      ...expected("runs in the answers", runs(answers).length, [1]),
      ...expected("remediation.repeated", count(events, "remediation.repeated"), [1]),
      ...expected("remediation.triggered", count(events, "remediation.triggered"), [2]),
      ...expected("remediation.finished", count(events, "remediation.finished"), [2]),
    ],
  };
}

/** Of a quality gate, set aside as the runner does it with what fails too often. */
async function retryOf(world: World, stop: () => void, goOn: () => void): Promise<Command> {
  const context = randomUUID();
  const { journal } = world;
  const evaluation = { start: "2026-01-01T00:00:00Z", end: "2026-01-01T00:10:00Z" };
  const data = { project: PROJECT, stage: STAGE, service: "probe", evaluation };
  stop();
  try {
    await journal.append(context, [{ kind: "evaluation.triggered", data }]);
    const row = (await journal.tasks(100_000)).find((task) => task.context === context)!;
    const { generation } = (await journal.take(row.id, "chaos", 60_000))!;
    await journal.append(context, [], { completes: { task: row.id, generation }, park: "failed 5 times" });
    return {
      path: `/v1/tasks/${row.id}/retry`,
      contexts: () => [context],
      rest: () => eventually(`gate ${context} is evaluated`, async () => count(await journal.read(context), "evaluation.finished") > 0).then(() => undefined), // prettier-ignore
      failures: (events, answers) => [
        ...expected("answers of 202", answers.filter(({ status }) => status === 202).length, [2]),
        ...expected("task.retried", count(events, "task.retried"), [1]),
        ...expected("evaluation.finished", count(events, "evaluation.finished"), [1]),
      ],
    };
  } finally {
    goOn();
  }
}

async function inPhase({ journal }: World, context: string, phase: string): Promise<void> {
  await eventually(`run ${context} is ${phase}`, async () => (await journal.state(context))?.phase === phase, {
    every: 25,
  });
}

const count = (events: readonly StoredEvent[], kind: StoredEvent["kind"]) =>
  events.filter((event) => event.kind === kind).length;

function expected(what: string, seen: number, wanted: readonly number[]): string[] {
  return wanted.includes(seen) ? [] : [`${seen} ${what}, expected ${wanted.join(" or ")}`];
}
