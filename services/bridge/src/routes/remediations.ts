import { hashUuid } from "@evenkeel/events";
import type { NewEvent } from "@evenkeel/events";
import { refusal, type Command, type Remediation } from "@evenkeel/remediation";
import { problem } from "@evenkeel/runtime";
import * as z from "zod";
import { readPage } from "../cursor.ts";
import { contextParam, nextLink, page, paging, text } from "../fields.ts";
import { latestEvaluation } from "../read-evaluations.ts";
import { route } from "../route.ts";
import { runFilters } from "../run-filters.ts";
import {
  remediationExample,
  RemediationSummary,
  remediationSummary,
  RemediationView,
  remediationView,
  rerunExample,
  summaryExample,
} from "../views/remediation.ts";
import type { VisibleJournal } from "../visible.ts";

const list = route({
  method: "get",
  path: "/v1/remediations",
  operationId: "getRemediations",
  summary: "Runs, newest first",
  tag: "remediations",
  scope: "read",
  on: "readable projects",
  query: z.object({
    ...runFilters,
    state: runFilters.phase.describe("the same as phase"),
    context: text(200).optional(),
    ...paging,
  }),
  responses: {
    200: {
      description: "one page",
      schema: page(RemediationSummary).meta({ id: "RemediationPage" }),
      example: { items: [summaryExample] },
      headers: nextLink,
    },
  },
  async handle({ query, request }, { journal }) {
    const { state, phase = state, reason, limit: _limit, cursor: _cursor, ...filters } = query;
    const any = { ...(phase && { phases: phase }), ...(reason && { reasons: reason }) };
    const { rows, nextCursor, headers } = await readPage("remediations", query, request, (before, limit) =>
      journal.remediations({ ...filters, ...any, before, limit }),
    );
    return {
      headers,
      body: { items: rows.map((row) => remediationSummary(row, mayCommand(journal, row.state))), nextCursor },
    };
  },
});

const one = route({
  method: "get",
  path: "/v1/remediations/:context",
  operationId: "describeRemediation",
  summary: "One run: problem, plan and why, steps, numbers, what may be asked of it",
  tag: "remediations",
  scope: "read",
  on: "the context's project",
  params: contextParam,
  responses: { 200: { description: "the run", schema: RemediationView, example: remediationExample } },
  problems: { 404: "no run has this context" },
  handle: async ({ params }, { journal }) => ({ body: await view(journal, params.context) }),
});

const CommandBody = z.strictObject({ reason: text(1000).optional().describe("for the log") });

/** Asked of a run that goes on; what begins another run is a route of its own. */
type RunCommand = Exclude<Command, "rerun">;

const TEXTS: Readonly<Record<RunCommand, { summary: string; kind: CommandKind }>> = {
  abort: { summary: "End the run; an action that has begun is completed first", kind: "remediation.aborted" },
  pause: { summary: "Let the step that is running end, and begin no other", kind: "remediation.paused" },
  resume: { summary: "Go on with a paused run", kind: "remediation.resumed" },
  "skip-wait": { summary: "End the wait and evaluate now", kind: "wait.skipped" },
};
type CommandKind = "remediation.aborted" | "remediation.paused" | "remediation.resumed" | "wait.skipped";

const commands = (Object.keys(TEXTS) as RunCommand[]).map((command) =>
  route({
    method: "post",
    path: `/v1/remediations/:context/${command}`,
    operationId: command === "skip-wait" ? "skipWait" : `${command}Remediation`,
    summary: TEXTS[command].summary,
    tag: "remediations",
    scope: "remediations:command",
    on: "the context's project",
    params: contextParam,
    headers: z.object({
      "idempotency-key": text(200).optional().describe("the same key again does nothing more and answers the same"),
    }),
    body: { schema: CommandBody, example: { reason: "deploying a fix by hand" }, optional: true },
    responses: { 202: { description: "the new state", schema: RemediationView, example: remediationExample } },
    problems: { 404: "no run has this context", 409: "not possible in this phase, and why" },
    async handle({ params, headers, body, by }, { journal }) {
      const { context } = params;
      const key = headers["idempotency-key"];
      const id = key && hashUuid(["command", context, command, by, key]);
      const state = await journal.state(context);
      if (!state) throw noSuchRun(context);
      const appended = await journal.append(context, [asked(command, state, { by, reason: body.reason, id })], {
        refuse: (now) => refusal(command, now ?? state),
      });
      if (appended.outcome === "refused") throw problem(409, "not-allowed", appended.why);
      return { status: 202, body: await view(journal, context) };
    },
  }),
);

const rerun = route({
  method: "post",
  path: "/v1/remediations/:context/rerun",
  operationId: "rerunRemediation",
  summary: "Begin another run for the problem of a run that is over; doing it again begins no third",
  tag: "remediations",
  scope: "remediations:command",
  on: "the context's project",
  params: contextParam,
  body: { schema: CommandBody, example: { reason: "the quota was raised" }, optional: true },
  responses: {
    202: {
      description: "the new run",
      schema: RemediationView,
      example: rerunExample,
      headers: { location: "of the new run" },
    },
  },
  problems: { 404: "no run has this context", 409: "not possible, and why: such as that the problem is gone" },
  async handle({ params: { context }, body: { reason }, by }, { journal }) {
    if (!(await journal.state(context))) throw noSuchRun(context);
    const outcome = await journal.rerun(context, { by, ...(reason && { reason }) });
    if (outcome.outcome === "refused") throw problem(409, "not-allowed", outcome.why);
    const location = `/v1/remediations/${encodeURIComponent(outcome.context)}`;
    return { status: 202, headers: { location }, body: await view(journal, outcome.context) };
  },
});

export const remediationRoutes = [list, one, ...commands, rerun];

function asked(
  command: RunCommand,
  state: Remediation,
  { by, reason, id }: { by: string; reason?: string; id?: string },
): NewEvent {
  const data = { ...state.target, by, ...(reason && { reason }) };
  return { kind: TEXTS[command].kind, ...(id && { id }), data };
}

async function view(journal: VisibleJournal, context: string): Promise<RemediationView> {
  const [rows, evaluation] = await Promise.all([
    journal.remediations({ context, limit: 1 }),
    latestEvaluation(journal, context),
  ]);
  if (!rows[0]) throw noSuchRun(context);
  return remediationView(rows[0], evaluation, mayCommand(journal, rows[0].state));
}

function mayCommand(journal: VisibleJournal, { target }: Remediation): boolean {
  return journal.may("remediations:command", target.project);
}

function noSuchRun(context: string) {
  return problem(404, "no-such-remediation", `no remediation has the context ${context}`);
}
