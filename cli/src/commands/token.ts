import { isVerb, VERBS, type Verb } from "@evenkeel/runtime";
import type { CommandContext } from "../context.ts";
import { CliError, EXIT, usage } from "../errors.ts";
import { age, durationOption } from "../output/time.ts";
import { withLocalJournal } from "../support/local-journal.ts";

/** As GET /v1/tokens has it. */
interface Token {
  name: string;
  grants: readonly { verb: string; projects: readonly string[] }[];
  state: "live" | "expired" | "revoked";
  createdAt: string;
  createdBy: string;
  expiresAt?: string;
  lastUsed?: string;
}

interface CreateOptions {
  scope?: string[];
  project?: string[];
  expires?: string;
  local?: boolean;
}

/** `evenkeel token create NAME` */
export async function createToken(context: CommandContext, options: CreateOptions, name: string): Promise<void> {
  const { out } = context;
  const grants = grantsOf(options);
  const { expires } = options;
  const made = options.local
    ? await createLocally(context, { name, grants, expires })
    : await context.client().send<Token & { token: string }>("POST", "/v1/tokens", {
        ...{ name, grants },
        ...(expires !== undefined && { expiresIn: expires }),
      });
  await out.object(
    made,
    () => [made.token],
    () => `token/${name}`,
  );
  out.note(`token ${name} may ${scopeText(made)}${made.expiresAt ? ` until ${made.expiresAt}` : ""}`);
  out.note("it is shown this once: keep it in a file, and name that with --token-file or EVENKEEL_TOKEN_FILE");
}

async function createLocally(
  context: CommandContext,
  { name, grants, expires }: { name: string; grants: { verb: Verb; projects: string[] }[]; expires?: string },
): Promise<Token & { token: string }> {
  const lasts = expires === undefined ? undefined : durationOption("--expires", expires);
  return withLocalJournal(context, async (journal, settings) => {
    const isTaken = settings.server.tokens.some((token) => token.name === name);
    const expiresAt = lasts === undefined ? undefined : new Date((await journal.now()).getTime() + lasts).toISOString();
    const created = isTaken ? undefined : await journal.tokens.create({ name, grants, expiresAt, by: "local" });
    if (created) return { ...created.info, token: created.text };
    throw new CliError(EXIT.conflict, `there is a token ${name} already`, { next: `evenkeel token revoke ${name}` });
  });
}

/** `evenkeel token list` */
export async function listTokens(context: CommandContext): Promise<void> {
  const { out, io } = context;
  const { items } = await context.client().get<{ items: Token[] }>("/v1/tokens");
  await out.list({
    kind: "TokenList",
    rows: items,
    name: (row) => `token/${row.name}`,
    empty: "no tokens in the database; make one with: evenkeel token create NAME --scope read",
    columns: [
      { header: "NAME", value: (row) => row.name },
      { header: "STATE", value: (row) => row.state },
      { header: "MAY", value: scopeText },
      { header: "EXPIRES", value: (row) => row.expiresAt?.slice(0, 10) ?? "never" },
      { header: "USED", value: (row) => age(row.lastUsed, io.now()) ?? "never" },
      { header: "AGE", value: (row) => age(row.createdAt, io.now()) },
      { header: "BY", value: (row) => row.createdBy, wide: true },
    ],
  });
}

/** `evenkeel token revoke NAME` */
export async function revokeToken(context: CommandContext, _options: object, name: string): Promise<void> {
  const path = `/v1/tokens/${encodeURIComponent(name)}/revoke`;
  const revoked = await context.client().send<Token>("POST", path, {});
  await context.out.object(
    revoked,
    () => [`token/${name} revoked`],
    () => `token/${name}`,
  );
}

function grantsOf({ scope = ["read"], project = ["*"] }: CreateOptions): { verb: Verb; projects: string[] }[] {
  return scope.map((verb) => {
    if (isVerb(verb)) return { verb, projects: project };
    throw usage(`--scope ${JSON.stringify(verb)}: expected one of ${VERBS.join(", ")}, events:write:<source>`);
  });
}

function scopeText({ grants }: Pick<Token, "grants">): string {
  return grants
    .map(({ verb, projects }) => (projects.includes("*") ? verb : `${verb} in ${projects.join(", ")}`))
    .join("; ");
}
