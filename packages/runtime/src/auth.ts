import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { isLoopback, isLoopbackHost } from "./addresses.ts";
import type { ApiToken, SourceAuth } from "./settings.ts";

export type Scope = "read" | "write" | "admin";

/** What is looked at before a request is believed. */
export interface AuthParts {
  /** name, value, name, value, … as node gives them: only there a duplicated header can be seen. */
  rawHeaders: readonly string[];
  rawBody: Uint8Array;
  /** Address of the socket's other end; never a forwarded one. */
  remoteAddress?: string | undefined;
  /** Milliseconds since 1970. */
  now: number;
}

export type AuthOutcome = { ok: true; name: string } | { ok: false; status: 401 | 403; why: string };

export type TokenCheck = (parts: Pick<AuthParts, "rawHeaders" | "remoteAddress">, scope: Scope) => AuthOutcome;

const INCLUDES: Readonly<Record<Scope, readonly Scope[]>> = {
  read: ["read"],
  write: ["read", "write"],
  admin: ["read", "write", "admin"],
};

/** Checks the bearer token of API calls. Without any token configured only callers from this machine are let in. */
export function bearerTokens(tokens: readonly ApiToken[]): TokenCheck {
  const known = tokens.map(({ name, token, scopes }) => ({
    name,
    digest: sha256(token),
    scopes: new Set(scopes.flatMap((scope) => INCLUDES[scope])),
  }));
  return (parts, scope) => {
    if (known.length === 0) {
      const local = parts.remoteAddress !== undefined && isLoopback(parts.remoteAddress);
      return local
        ? { ok: true, name: "local" }
        : denied("no API token is configured, so that only callers on this machine are let in");
    }
    const header = single(parts.rawHeaders, "authorization");
    if ("why" in header) return denied(header.why);
    const given = /^bearer +([\x21-\x7e]+) *$/i.exec(header.value)?.[1];
    if (!given) return denied("the authorization header is not `Bearer <token>`");
    const match = firstMatch(given, known);
    if (!match) return denied("the token is not known");
    if (!match.scopes.has(scope))
      return { ok: false, status: 403, why: `token ${match.name} lacks the scope ${scope}` };
    return { ok: true, name: match.name };
  };
}

/**
 * Whether a webhook comes from who may send it. Looks at the raw bytes, before anything is parsed.
 * @param api the check for sources without authentication of their own: they need an API token with scope write
 */
export function verifySource(parts: AuthParts, auth: SourceAuth, api: TokenCheck): AuthOutcome {
  switch (auth.type) {
    case "token":
      return api(parts, "write");
    case "bearer": {
      const header = single(parts.rawHeaders, "authorization");
      if ("why" in header) return denied(header.why);
      const given = /^bearer +([\x21-\x7e]+) *$/i.exec(header.value)?.[1];
      if (!given) return denied("the authorization header is not `Bearer <token>`");
      const match = firstMatch(
        given,
        auth.tokens.map((token, i) => ({ name: `token ${i + 1}`, digest: sha256(token) })),
      );
      return match ? { ok: true, name: match.name } : denied("the token is not known");
    }
    case "basic":
      return basic(parts, auth.users);
    case "hmac":
      return hmac(parts, auth);
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
    `(EVENKEEL_SERVER__TOKENS__0__NAME and EVENKEEL_SERVER__TOKENS__0__TOKEN_FILE), or server.host to 127.0.0.1`
  );
}

function basic(parts: AuthParts, users: Extract<SourceAuth, { type: "basic" }>["users"]): AuthOutcome {
  const header = single(parts.rawHeaders, "authorization");
  if ("why" in header) return denied(header.why);
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header.value)?.[1];
  if (!encoded) return denied("the authorization header is not `Basic <base64>`");
  const known = users.map(({ username, password }) => ({ name: username, digest: sha256(`${username}:${password}`) }));
  const match = firstMatch(Buffer.from(encoded, "base64").toString("utf8"), known);
  return match ? { ok: true, name: match.name } : denied("user name or password is wrong");
}

function hmac(parts: AuthParts, auth: Extract<SourceAuth, { type: "hmac" }>): AuthOutcome {
  const header = single(parts.rawHeaders, auth.header);
  if ("why" in header) return denied(header.why);
  if (!header.value.startsWith(auth.prefix)) return denied(`header ${auth.header} does not start with ${auth.prefix}`);
  const given = header.value.slice(auth.prefix.length).trim();
  let signedTime = "";
  if (auth.timestampHeader) {
    const time = single(parts.rawHeaders, auth.timestampHeader);
    if ("why" in time) return denied(time.why);
    const sent = timestampMs(time.value);
    if (sent === undefined) return denied(`header ${auth.timestampHeader} is not a time`);
    if (Math.abs(parts.now - sent) > auth.tolerance)
      return denied(
        `the request was signed ${Math.round((parts.now - sent) / 1000)} s ago by its own clock, more than is accepted`,
      );
    signedTime = `${time.value}:`;
  }
  const known = auth.secrets.map((secret, i) => {
    const signature = createHmac("sha256", secret).update(signedTime).update(parts.rawBody).digest(auth.encoding);
    return { name: `secret ${i + 1}`, digest: sha256(signature) };
  });
  const match = firstMatch(auth.encoding === "hex" ? given.toLowerCase() : given, known);
  return match ? { ok: true, name: match.name } : denied("the signature does not fit the body");
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

/** Digests have one length, and every candidate is compared, so that time tells neither length nor place. */
function firstMatch<T extends { digest: Buffer }>(given: string, known: readonly T[]): T | undefined {
  const digest = sha256(given);
  let found: T | undefined;
  for (const candidate of known) if (timingSafeEqual(digest, candidate.digest)) found ??= candidate;
  return found;
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}

function denied(why: string): AuthOutcome {
  return { ok: false, status: 401, why };
}
