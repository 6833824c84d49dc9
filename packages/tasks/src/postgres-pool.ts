import type { PgPool, PgQueryResult } from "bullmq";
import type pg from "pg";
import type { OutageLog } from "./outage-log.ts";

const SOCKET_CODES = new Set([
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOENT", // a unix socket whose server is gone
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
]);
/** Classes 08 and 57P of PostgreSQL's error codes, and too many connections: the connection, not the statement, failed. */
const SQL_STATES = /^(08...|57P0[1-5]|53300)$/;

export function isConnectionTrouble(error: unknown): boolean {
  const { code = "", message = "" } = error as { code?: string; message?: string };
  return (
    SOCKET_CODES.has(code) ||
    SQL_STATES.test(code) ||
    /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error/i.test(
      message,
    )
  );
}

/**
 * A pool for BullMQ that names every kind of lost connection ECONNREFUSED. That is the only one for which its workers
 * pause and try again; after any other error they ask the next moment, as fast as the processor allows.
 */
export function patientPool(pool: pg.Pool, outages: OutageLog): PgPool {
  pool.on("error", outages.trouble); // idle connections
  const watched = async <T>(operation: () => Promise<T>): Promise<T> => {
    try {
      const result = await operation();
      outages.works();
      return result;
    } catch (error) {
      if (!isConnectionTrouble(error)) throw error;
      outages.trouble(error as Error);
      throw Object.assign(new Error((error as Error).message, { cause: error }), { code: "ECONNREFUSED" });
    }
  };
  const patient: PgPool = {
    query: <R>(text: string, params?: readonly unknown[]) =>
      watched<PgQueryResult<R>>(() => (pool as PgPool).query<R>(text, params)),
    connect: () => watched(() => (pool as PgPool).connect()),
    end: () => pool.end(),
    on(event: string, listener: (argument: never) => void) {
      pool.on(event as "error", listener as (error: Error) => void);
      return patient;
    },
    removeAllListeners(event) {
      pool.removeAllListeners(event as "error");
      return patient;
    },
  };
  // BullMQ looks here to learn that a dead connection will be noticed
  return Object.assign(patient, { options: { keepAlive: true } });
}

/** BullMQ's own; a pool that is handed to it has to name it. */
export const SCHEMA = "bullmq";

/** BullMQ's statements name no schema. Its commits need not wait for the disk: the queue may forget, the sweep finds the task. */
const SESSION = `-c search_path=${SCHEMA} -c synchronous_commit=off`;

/** The address with the session's settings in it, behind those that it had. */
export function withSession(url: string): string {
  const parsed = new URL(url);
  const options = parsed.searchParams.get("options");
  parsed.searchParams.set("options", [options, SESSION].filter(Boolean).join(" "));
  return parsed.href;
}
