import { sourceSettings, type Settings } from "@evenkeel/runtime";
import * as z from "zod";
import { route } from "../route.ts";
import type { VisibleJournal } from "../visible.ts";

/** Outcomes that say what became of what a source sent. */
const Counts = z.record(z.string(), z.number().int());

const Source = z
  .object({
    name: z.string(),
    webhook: z.string().optional().describe("path that it posts to; absent for what came in as events"),
    lastReceived: z.string().optional().describe("absent: nothing has come so far, or it is forgotten"),
    recent: z.object({
      notifications: z.number().int().describe("different ones that were looked at, at most 200"),
      outcomes: Counts.describe("outcome → how many of them"),
    }),
    mapping: z
      .object({
        project: z.array(z.string()),
        stage: z.array(z.string()),
        service: z.array(z.string()),
        namespacePattern: z.string(),
      })
      .optional()
      .describe("labels that name the target, first found wins"),
  })
  .meta({ id: "Source" });
export type Source = z.infer<typeof Source>;

const list = route({
  method: "get",
  path: "/v1/sources",
  operationId: "getSources",
  summary: "Who sends problems: when it was heard last, what became of it, and which labels name a service",
  tag: "operations",
  scope: "read",
  on: "readable projects",
  responses: {
    200: {
      description: "those that are plugged in, and others that have sent something lately",
      schema: z.object({ items: z.array(Source) }),
      example: {
        items: [
          {
            name: "alertmanager",
            webhook: "/v1/webhooks/alertmanager",
            lastReceived: "2026-01-31T12:09:30.000Z",
            recent: { notifications: 12, outcomes: { triggered: 11, unrouted: 1 } },
            mapping: {
              project: ["keptn_project", "project"],
              stage: ["keptn_stage", "stage"],
              service: ["keptn_service", "service", "deployment", "app"],
              namespacePattern: "{project}-{stage}",
            },
          },
        ],
      },
    },
  },
  async handle(_call, { journal, settings, providers = {} }) {
    const pluggedIn = providers["sources"] ?? [];
    const latest = await journal.notifications({ limit: LOOK_AT });
    const others = [...new Set(latest.map(({ source }) => source))].filter((name) => !pluggedIn.includes(name));
    const items = [
      ...pluggedIn.map((name) => sourceView(journal, name, settings)),
      ...others.map((name) => sourceView(journal, name)),
    ];
    return { body: { items: await Promise.all(items) } };
  },
});

export const sourceRoutes = [list];

const LOOK_AT = 200;

async function sourceView(journal: VisibleJournal, name: string, settings?: Settings): Promise<Source> {
  const rows = await journal.notifications({ source: name, limit: LOOK_AT });
  const outcomes: Record<string, number> = {};
  for (const { outcome } of rows) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  // A repeat counts on the row of its first, so that the newest row need not be the latest word.
  const lastReceived = rows
    .map((row) => row.lastReceived)
    .sort()
    .at(-1);
  return {
    name,
    ...(lastReceived && { lastReceived }),
    recent: { notifications: rows.length, outcomes },
    ...(settings && { webhook: `/v1/webhooks/${name}`, mapping: sourceSettings(settings, name).mapping }),
  };
}
