import { createHash, randomBytes } from "node:crypto";
import { TOKEN_PREFIX, type Grant, type StoredTokens, type Subject } from "@evenkeel/runtime";
import type pg from "pg";
import { query } from "./database.ts";

export interface NewToken {
  name: string;
  grants: readonly Grant[];
  /** RFC 3339; unset: it never expires. */
  expiresAt?: string;
  /** Who makes it. */
  by: string;
}

export interface TokenInfo {
  name: string;
  grants: readonly Grant[];
  createdAt: string;
  createdBy: string;
  expiresAt?: string;
  /** To the minute. */
  lastUsed?: string;
  revokedAt?: string;
  revokedBy?: string;
  state: "live" | "expired" | "revoked";
}

/** API tokens in the database, where only their hashes are. */
export interface Tokens extends StoredTokens {
  /** The text is in the answer and nowhere else. Undefined: a token that is not revoked has this name. */
  create(token: NewToken): Promise<{ text: string; info: TokenInfo } | undefined>;
  /** Newest first, revoked ones included; at most 1000. */
  list(): Promise<TokenInfo[]>;
  /** Undefined: no token that is not revoked has this name. */
  revoke(name: string, by: string): Promise<TokenInfo | undefined>;
  /** Whether anybody could come in with one now. */
  anyLive(): Promise<boolean>;
}

/** How long this process may not know of what another has revoked. A stream looks once a second, and five are promised. */
const TRUST_MS = 4_000;
const MOST_TRUSTED = 1_000;
const USED_MS = 60_000;
const MOST_LISTED = 1_000;

interface Found {
  subject: Subject;
  id: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
  until: number;
}

const STATE = `case when revoked_at is not null then 'revoked'
  when expires_at <= clock_timestamp() then 'expired' else 'live' end as state`;
const COLUMNS = `name, grants, created_at, created_by, expires_at, last_used, revoked_at, revoked_by, ${STATE}`;

/** @param now milliseconds since 1970 */
export function tokensIn(pool: pg.Pool, now: () => number = Date.now): Tokens {
  const trusted = new Map<string, Found>();
  const told = new Map<string, number>();
  let anySeen: { value: boolean; until: number } | undefined;

  async function find(digest: Buffer): Promise<Subject | undefined> {
    const key = digest.toString("hex");
    const before = trusted.get(key);
    const found = before && before.until > now() ? before : await read(digest);
    if (!found || found.expiresAt <= now()) {
      trusted.delete(key);
      return undefined;
    }
    remember(trusted, key, found);
    await tellUsed(found.id);
    return found.subject;
  }

  async function read(digest: Buffer): Promise<Found | undefined> {
    const rows = await query<{ id: string; name: string; grants: Grant[]; expires_at: Date | null }>(
      pool,
      `select id, name, grants, expires_at from tokens
        where digest = $1 and revoked_at is null and (expires_at is null or expires_at > clock_timestamp())`,
      [digest],
    );
    const row = rows[0];
    if (!row) return undefined;
    const { id, name, grants, expires_at: expires } = row;
    const expiresAt = expires?.getTime() ?? Infinity;
    return { id, subject: { name, grants }, expiresAt, until: now() + TRUST_MS };
  }

  /** At most once a minute, or each call would write. */
  async function tellUsed(id: string): Promise<void> {
    if (now() - (told.get(id) ?? -Infinity) < USED_MS) return;
    remember(told, id, now());
    const update = `update tokens set last_used = clock_timestamp()
      where id = $1 and (last_used is null or last_used < clock_timestamp() - interval '1 minute')`;
    // The token is good whether or not this can be written down: a role may only read.
    await pool.query(update, [id]).catch(() => undefined);
  }

  return {
    find,
    async any() {
      if (anySeen && (anySeen.value || anySeen.until > now())) return anySeen.value;
      const rows = await query<{ found: boolean }>(pool, "select exists (select from tokens) as found");
      anySeen = { value: rows[0]?.found ?? false, until: now() + TRUST_MS };
      return anySeen.value;
    },
    async anyLive() {
      const rows = await query<{ found: boolean }>(
        pool,
        `select exists (select from tokens
           where revoked_at is null and (expires_at is null or expires_at > clock_timestamp())) as found`,
      );
      return rows[0]?.found ?? false;
    },
    async create({ name, grants, expiresAt, by }) {
      const text = TOKEN_PREFIX + randomBytes(32).toString("base64url");
      const rows = await query<TokenRow>(
        pool,
        `insert into tokens (name, digest, grants, expires_at, created_by) values ($1, $2, $3, $4, $5)
         on conflict (name) where revoked_at is null do nothing returning ${COLUMNS}`,
        [name, createHash("sha256").update(text).digest(), JSON.stringify(grants), expiresAt ?? null, by],
      );
      anySeen = undefined;
      return rows[0] && { text, info: infoOf(rows[0]) };
    },
    async list() {
      const rows = await query<TokenRow>(
        pool,
        `select ${COLUMNS} from tokens order by created_at desc, id limit ${MOST_LISTED}`,
      );
      return rows.map(infoOf);
    },
    async revoke(name, by) {
      const rows = await query<TokenRow>(
        pool,
        `update tokens set revoked_at = clock_timestamp(), revoked_by = $2
          where name = $1 and revoked_at is null returning ${COLUMNS}`,
        [name, by],
      );
      trusted.clear();
      return rows[0] && infoOf(rows[0]);
    },
  };
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next();
  if (map.size > MOST_TRUSTED && !oldest.done) map.delete(oldest.value);
}

interface TokenRow {
  name: string;
  grants: Grant[];
  created_at: Date;
  created_by: string;
  expires_at: Date | null;
  last_used: Date | null;
  revoked_at: Date | null;
  revoked_by: string | null;
  state: TokenInfo["state"];
}

function infoOf(row: TokenRow): TokenInfo {
  const { name, grants, state } = row;
  return {
    ...{ name, grants, state, createdAt: row.created_at.toISOString(), createdBy: row.created_by },
    ...(row.expires_at && { expiresAt: row.expires_at.toISOString() }),
    ...(row.last_used && { lastUsed: row.last_used.toISOString() }),
    ...(row.revoked_at && { revokedAt: row.revoked_at.toISOString() }),
    ...(row.revoked_by !== null && { revokedBy: row.revoked_by }),
  };
}
