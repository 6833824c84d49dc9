import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../support/workspace.ts";

/**
 * The release bundle of an earlier commit: its sources, with the packages of its own lockfile. Kept in `.evenkeel/chaos`,
 * so that it is made once.
 * @throws Error with what the failed step wrote
 */
export function releaseOf(ref: string): string {
  const commit = step("git", ["rev-parse", "--verify", `${ref}^{commit}`], root).trim();
  const folder = join(root, ".evenkeel", "chaos", "releases", commit.slice(0, 12));
  const program = join(folder, "dist", "evenkeel.mjs");
  if (existsSync(program)) return program;
  rmSync(folder, { recursive: true, force: true });
  const sources = join(folder, "sources");
  mkdirSync(sources, { recursive: true });
  step("sh", ["-c", `git archive ${commit} | tar -x -C "$1"`, "sh", sources], root);
  step(process.execPath, ["scripts/setup.mjs"], sources);
  step(process.execPath, ["scripts/bundle.mjs", join(folder, "dist")], sources);
  rmSync(sources, { recursive: true, force: true });
  return program;
}

function step(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, [...args], { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? stderr ?? ""}${stdout ?? ""}`);
  return stdout;
}
