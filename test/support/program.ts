import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { temporaryFolder } from "./processes.ts";

const script = join(import.meta.dirname, "bundle-with-failpoints.mjs");
let made: Promise<string> | undefined;

/** The services as one program with points of failure, made of the sources as they are now; goes with this process. */
export function programWithFailpoints(): Promise<string> {
  return (made ??= make());
}

async function make(): Promise<string> {
  const { path, remove } = temporaryFolder();
  process.once("exit", remove);
  await promisify(execFile)(process.execPath, [script, path]);
  return join(path, "evenkeel-with-failpoints.mjs");
}
