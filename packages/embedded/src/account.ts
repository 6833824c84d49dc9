import { readFile, stat } from "node:fs/promises";
import { run } from "./processes.ts";

/** The user that PostgreSQL runs as, when that is not us. */
export interface Account {
  uid: number;
  gid: number;
  name: string;
}

/** Accounts that exist for running things without rights, best first. */
const CANDIDATES = ["postgres", "nobody"];

/**
 * PostgreSQL refuses to run as root. As root this names the account to use instead: the owner of the existing data,
 * so that a later change of /etc/passwd changes nothing, else the first of the usual ones. As anybody else: undefined.
 */
export async function accountFor(pgdata: string): Promise<Account | undefined> {
  const ourUid = process.getuid?.();
  const owner = await stat(pgdata).then(
    (found) => found.uid,
    () => undefined,
  );
  if (ourUid !== 0) {
    if (owner === undefined || owner === ourUid) return undefined;
    throw new Error(
      `${pgdata} belongs to user id ${owner} and we run as ${ourUid}: start as that user, or choose another data directory`,
    );
  }
  const accounts = parsePasswd(await readFile("/etc/passwd", "utf8").catch(() => ""));
  const wanted =
    owner === undefined || owner === 0
      ? CANDIDATES.map((name) => accounts.find((account) => account.name === name)).find(Boolean)
      : accounts.find((account) => account.uid === owner);
  if (wanted) return wanted;
  throw new Error(
    owner
      ? `${pgdata} belongs to user id ${owner}, which has no entry in /etc/passwd: add one, or start as that user`
      : "PostgreSQL does not run as root and /etc/passwd has neither postgres nor nobody: add one, start as an ordinary user, or set DATABASE_URL",
  );
}

/** Lines of passwd(5): name:password:uid:gid:comment:home:shell. */
export function parsePasswd(text: string): Account[] {
  const accounts: Account[] = [];
  for (const line of text.split("\n")) {
    const [name, , uid, gid] = line.split(":");
    if (!name || !/^\d+$/.test(uid ?? "") || !/^\d+$/.test(gid ?? "")) continue;
    accounts.push({ name, uid: Number(uid), gid: Number(gid) });
  }
  return accounts;
}

/** Whether the account can reach the directory; asks the system, so that ACLs and mount options count too. */
export async function canEnter(directory: string, account: Account | undefined): Promise<boolean> {
  const tried = await run("/bin/sh", ["-c", 'cd -- "$1"', "sh", directory], account);
  return tried.code === 0;
}
