import { duration, isVerb, problem, VERBS } from "@evenkeel/runtime";
import type { Grant, Settings } from "@evenkeel/runtime";
import * as z from "zod";
import { route } from "../route.ts";

const tokenName = z
  .string()
  .regex(/^[a-zA-Z0-9][\w.-]{0,62}$/, "expected at most 63 letters, digits, dots, hyphens and underscores");

const projectName = z
  .string()
  .regex(/^(\*|[a-z0-9][a-z0-9-]{0,62})$/, "expected the name of a project, or * for all of them");

export const TokenGrant = z.strictObject({
  verb: z.string().refine(isVerb, `expected one of ${VERBS.join(", ")}, events:write:<source>`),
  projects: z.array(projectName).min(1).max(200).describe("`*` is every project, and what belongs to none"),
});

const Token = z
  .object({
    name: z.string(),
    grants: z.array(z.object({ verb: z.string(), projects: z.array(z.string()) })),
    state: z.enum(["live", "expired", "revoked"]),
    createdAt: z.string(),
    createdBy: z.string(),
    expiresAt: z.string().optional().describe("absent: never"),
    lastUsed: z.string().optional().describe("to the minute; absent: never"),
    revokedAt: z.string().optional(),
    revokedBy: z.string().optional(),
  })
  .meta({ id: "Token" });
export type Token = z.infer<typeof Token>;

const example: Token = {
  name: "ci-sockshop",
  grants: [{ verb: "resources:write", projects: ["sockshop"] }],
  state: "live",
  createdAt: "2026-01-31T12:00:00.000Z",
  createdBy: "admin",
  expiresAt: "2026-05-01T12:00:00.000Z",
  lastUsed: "2026-01-31T12:09:00.000Z",
};

const list = route({
  method: "get",
  path: "/v1/tokens",
  operationId: "getTokens",
  summary: "API tokens of the database, newest first, without their texts; those of the settings are not among them",
  tag: "tokens",
  scope: "admin",
  on: "everything",
  responses: {
    200: { description: "all of them", schema: z.object({ items: z.array(Token) }), example: { items: [example] } },
  },
  handle: async (_call, { journal }) => ({ body: { items: await journal.tokens.list() } }),
});

const CreateBody = z.strictObject({
  name: tokenName.describe("shown in the log instead of the token"),
  grants: z.array(TokenGrant).min(1).max(50),
  expiresIn: duration
    .refine((ms) => ms > 0, "expected more than 0")
    .optional()
    .describe("such as 90d; unset: it never expires"),
});

const create = route({
  method: "post",
  path: "/v1/tokens",
  operationId: "createToken",
  summary: "Make an API token; its text is in this answer and nowhere else",
  tag: "tokens",
  scope: "admin",
  on: "everything",
  body: { schema: CreateBody, example: { name: example.name, grants: example.grants, expiresIn: "90d" } },
  responses: {
    201: {
      description: "the token",
      schema: Token.extend({ token: z.string().describe("to be sent as `Authorization: Bearer …`") }),
      example: { ...example, token: "ek_…" },
    },
  },
  problems: { 409: "a token has this name already" },
  async handle({ body, by }, { journal, settings, log }) {
    const { name, expiresIn } = body;
    const taken = problem(
      409,
      "name-taken",
      `there is a token ${name} already; revoke it first, or choose another name`,
    );
    if (isInSettings(settings, name)) throw taken;
    const expiresAt = expiresIn === undefined ? undefined : await after(journal.now(), expiresIn);
    const created = await journal.tokens.create({ name, grants: body.grants as Grant[], expiresAt, by });
    if (!created) throw taken;
    log.info({ token: name, grants: body.grants, expiresAt, by }, "token created");
    return { status: 201, body: { ...created.info, token: created.text } };
  },
});

const revoke = route({
  method: "post",
  path: "/v1/tokens/:name/revoke",
  operationId: "revokeToken",
  summary: "End an API token for good; every process knows within five seconds",
  tag: "tokens",
  scope: "admin",
  on: "everything",
  params: z.object({ name: tokenName }),
  body: { schema: z.strictObject({}), example: {}, optional: true },
  responses: { 200: { description: "the token", schema: Token, example: { ...example, state: "revoked" } } },
  problems: { 404: "there is no such token, or it is revoked already", 409: "the token is of the settings" },
  async handle({ params: { name }, by }, { journal, settings, log }) {
    const revoked = await journal.tokens.revoke(name, by);
    if (revoked) {
      log.info({ token: name, by }, "token revoked");
      return { body: revoked };
    }
    if (isInSettings(settings, name))
      throw problem(409, "token-of-settings", `token ${name} is in the settings; remove it there`);
    throw problem(404, "no-such-token", `there is no token ${name} that could be revoked`);
  },
});

export const tokenRoutes = [list, create, revoke];

const isInSettings = ({ server }: Settings, name: string) => server.tokens.some((token) => token.name === name);

async function after(now: Promise<Date>, ms: number): Promise<string> {
  return new Date((await now).getTime() + ms).toISOString();
}
