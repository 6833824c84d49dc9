import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { isLoopback, isLoopbackHost } from "./addresses.ts";
import { ALL_PROJECTS, authorize } from "./authorize.ts";
import type { Subject, Verb } from "./authorize.ts";
import type { ApiToken, SourceAuth } from "./settings.ts";

/** What is looked at before a request is believed. */
export interface AuthParts {
  /** name, value, name, value, … as node gives them: only there a duplicated header can be seen. */
  rawHeaders: readonly string[];
  rawBody: Uint8Array;
  /** Address of the socket's other end, or what a listed proxy says of it. */
  remoteAddress?: string | undefined;
  /** Milliseconds since 1970. */
  now: number;
}
export type Caller = Pick<AuthParts, "rawHeaders" | "remoteAddress">;

type Denied = { ok: false; status: 401 | 403; why: string };
export type AuthOutcome = { ok: true; subject: Subject } | Denied;
/** `delivery` is set when the sender has signed a time: the same one again is a replay. */
export type SourceOutcome = { ok: true; subject: Subject; delivery?: string } | Denied;

/** Says who calls. Rejects with `Unavailable` when that cannot be looked up. */
export type Authenticate = (caller: Caller) => Promise<AuthOutcome>;

/** API tokens that are kept elsewhere than in the settings. */
export interface StoredTokens {
  /** A token that is neither revoked nor expired, by its SHA-256. */
  find(digest: Buffer): Promise<Subject | undefined>;
  /** Whether there has ever been one. */
  any(): Promise<boolean>;
}

/** What the text of a stored token begins with, so that a leaked one can be recognised. */
export const TOKEN_PREFIX = "ek_";
/** 256 random bits in base64url. */
const STORED_TOKEN = /^ek_[\w-]{43}$/;

/**
 * Checks the bearer token of API calls. As long as no token exists, only callers from this machine are let in, by no proxy,
 * and they may do everything.
 */
export function authenticator(tokens: readonly ApiToken[], stored?: StoredTokens): Authenticate {
  const known = tokens.map(({ name, token, scopes, projects }) => ({
    digest: sha256(token),
    subject: { name, grants: scopes.map((verb) => ({ verb, projects })) } satisfies Subject,
  }));
  // Never opened again: that the last token has expired is no reason to need none.
  let closed = known.length > 0;
  return async ({ rawHeaders, remoteAddress }) => {
    closed ||= (await stored?.any()) ?? false;
    if (!closed) {
      const local = remoteAddress !== undefined && isLoopback(remoteAddress);
      if (!local) return denied(`${NO_TOKEN}, so that only callers on this machine are let in`);
      return isForwarded(rawHeaders)
        ? denied(`${NO_TOKEN}, and the request came through a proxy, which passes on whoever reaches it`)
        : { ok: true, subject: ANYBODY };
    }
    const given = bearerOf(rawHeaders);
    if ("why" in given) return denied(given.why);
    const digest = sha256(given.value);
    const match = firstMatch(digest, known);
    if (match) return { ok: true, subject: match.subject };
    const found = STORED_TOKEN.test(given.value) ? await stored?.find(digest) : undefined;
    return found ? { ok: true, subject: found } : denied("the token is not known");
  };
}

const NO_TOKEN = "no API token is configured";

/** What proxies add. One on this machine is of this machine, and those who speak through it need not be. */
const FORWARDED =
  /^(forwarded|via|x-real-ip|x-forwarded-(for|host|proto|port|server)|(cf|true|fly)-(connecting|client)-ip)$/i;

function isForwarded(rawHeaders: readonly string[]): boolean {
  return rawHeaders.some((field, i) => i % 2 === 0 && FORWARDED.test(field));
}

const ANYBODY: Subject = { name: "anonymous", grants: [{ verb: "admin", projects: [ALL_PROJECTS] }] };

/**
 * Whether a webhook comes from who may send it. Looks at the raw bytes, before anything is parsed.
 * @param api the check for sources without authentication of their own
 * @returns who sends, with the right to send as this source, where it has one
 */
export async function verifySource(
  parts: AuthParts,
  source: { name: string; auth: SourceAuth; projects: readonly string[] },
  api: Authenticate,
): Promise<SourceOutcome> {
  const { name, auth, projects } = source;
  const verb: Verb = `events:write:${name}`;
  const sender = (): Subject => ({ name, kind: "source", grants: [{ verb, projects }] });
  switch (auth.type) {
    case "token": {
      const outcome = await api(parts);
      if (!outcome.ok) return outcome;
      const decision = authorize(outcome.subject, verb, "anything");
      return decision.ok ? outcome : { ok: false, status: 403, why: decision.why };
    }
    case "bearer": {
      const given = bearerOf(parts.rawHeaders);
      if ("why" in given) return denied(given.why);
      const known = auth.tokens.map((token) => ({ digest: sha256(token) }));
      return firstMatch(sha256(given.value), known)
        ? { ok: true, subject: sender() }
        : denied("the token is not known");
    }
    case "basic": {
      const why = basicFault(parts, auth.users);
      return why === undefined ? { ok: true, subject: sender() } : denied(why);
    }
    case "hmac": {
      const signed = checkSignature(parts, auth);
      if ("why" in signed) return denied(signed.why);
      return { ok: true, subject: sender(), ...(signed.delivery && { delivery: signed.delivery }) };
    }
  }
}

/**
 * Whether the server may listen there. Only this machine can be reached without a token.
 * @returns undefined for yes, else what to set
 */
export function mayListen(host: string, hasAuth: boolean): string | undefined {
  if (hasAuth || isLoopbackHost(host.replace(/^\[|\]$/g, ""))) return undefined;
  return (
    `will not listen on ${host} without authentication: set server.tokens ` +
    `(EVENKEEL_SERVER__TOKENS__0__NAME and EVENKEEL_SERVER__TOKENS__0__TOKEN_FILE), ` +
    `make a token with \`evenkeel token create --local\`, or set server.host to 127.0.0.1`
  );
}

function basicFault(parts: AuthParts, users: Extract<SourceAuth, { type: "basic" }>["users"]): string | undefined {
  const header = single(parts.rawHeaders, "authorization");
  if ("why" in header) return header.why;
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header.value)?.[1];
  if (!encoded) return "the authorization header is not `Basic <base64>`";
  const known = users.map(({ username, password }) => ({ digest: sha256(`${username}:${password}`) }));
  const given = Buffer.from(encoded, "base64").toString("utf8");
  return firstMatch(sha256(given), known) ? undefined : "user name or password is wrong";
}

/** What was signed is named by its hash and not by the signature, which has several spellings. */
function checkSignature(
  parts: AuthParts,
  auth: Extract<SourceAuth, { type: "hmac" }>,
): { delivery?: string } | { why: string } {
  const header = single(parts.rawHeaders, auth.header);
  if ("why" in header) return header;
  if (!header.value.startsWith(auth.prefix)) return { why: `header ${auth.header} does not start with ${auth.prefix}` };
  const given = header.value.slice(auth.prefix.length).trim();
  let signedTime: string | undefined;
  if (auth.timestampHeader) {
    const time = single(parts.rawHeaders, auth.timestampHeader);
    if ("why" in time) return time;
    const sent = timestampMs(time.value);
    if (sent === undefined) return { why: `header ${auth.timestampHeader} is not a time` };
    const late = Math.round((parts.now - sent) / 1000);
    if (Math.abs(parts.now - sent) > auth.tolerance)
      return { why: `the request was signed ${late} s ago by its own clock, more than is accepted` };
    signedTime = `${time.value}:`;
  }
  const known = auth.secrets.map((secret) => {
    const signature = createHmac("sha256", secret)
      .update(signedTime ?? "")
      .update(parts.rawBody);
    return { digest: sha256(signature.digest(auth.encoding)) };
  });
  if (!firstMatch(sha256(auth.encoding === "hex" ? given.toLowerCase() : given), known))
    return { why: "the signature does not fit the body" };
  if (signedTime === undefined) return {};
  return { delivery: createHash("sha256").update(signedTime).update(parts.rawBody).digest("hex") };
}

/** Seconds or milliseconds since 1970 (senders differ), or RFC 3339. */
function timestampMs(text: string): number | undefined {
  if (/^\d{9,11}$/.test(text)) return Number(text) * 1000;
  if (/^\d{12,14}$/.test(text)) return Number(text);
  if (!/^\d{4}-\d\d-\d\dT/.test(text)) return undefined;
  const parsed = Date.parse(text);
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** The one value of a header. A second one is refused: two readers might each believe another one. */
function single(rawHeaders: readonly string[], name: string): { value: string } | { why: string } {
  const wanted = name.toLowerCase();
  const values: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    if (rawHeaders[i]!.toLowerCase() === wanted) values.push(rawHeaders[i + 1]!);
  if (values.length === 0) return { why: `header ${wanted} is missing` };
  if (values.length > 1) return { why: `header ${wanted} is there ${values.length} times` };
  return { value: values[0]! };
}

function bearerOf(rawHeaders: readonly string[]): { value: string } | { why: string } {
  const header = single(rawHeaders, "authorization");
  if ("why" in header) return header;
  const given = /^bearer +([\x21-\x7e]+) *$/i.exec(header.value)?.[1];
  return given ? { value: given } : { why: "the authorization header is not `Bearer <token>`" };
}

/** Digests have one length, and every candidate is compared, so that time tells neither length nor place. */
function firstMatch<T extends { digest: Buffer }>(digest: Buffer, known: readonly T[]): T | undefined {
  let found: T | undefined;
  for (const candidate of known) if (timingSafeEqual(digest, candidate.digest)) found ??= candidate;
  return found;
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}

function denied(why: string): Denied {
  return { ok: false, status: 401, why };
}
