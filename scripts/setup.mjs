// Makes the checkout ready: fetches the pinned pnpm through npm and installs exactly what the lockfile says.
// Needs nothing but Node and npm. Does nothing when the last run saw the same lockfile.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE = [20, 19, 0];
const stamp = join(root, "node_modules", ".evenkeel-setup");

/** Ends the process with an explanation when the checkout cannot be made ready. */
export function setup() {
  checkNode();
  install();
  buildPage();
}

function install() {
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  say(`setting up with ${packageManager} (first start, or the dependencies have changed) …`);
  const args = [
    "exec",
    "--yes",
    "--loglevel=error",
    `--package=${packageManager}`,
    "--",
    "pnpm",
    "install",
    "--frozen-lockfile",
  ];
  const result = spawnSync("npm", args, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32",
  });
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
    say("the installation failed; see above. Is the npm registry reachable? Try again with: npm run setup");
    process.exit(1);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

/** The page is a part of what `up` serves; without it the API works all the same, and its address says what is missing. */
function buildPage() {
  const script = join(root, "scripts", "web.mjs");
  const result = spawnSync(process.execPath, [script], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
  say("the web page could not be built; see above. Everything else works");
}

function checkNode() {
  const found = process.versions.node.split(".").map(Number);
  for (const [i, oldest] of OLDEST_NODE.entries()) {
    if (found[i] > oldest) return;
    if (found[i] === oldest) continue;
    say(`needs Node ${OLDEST_NODE.join(".")} or newer, this is ${process.versions.node}: https://nodejs.org`);
    process.exit(1);
  }
}

function fingerprint() {
  const hash = createHash("sha256").update(process.version);
  const files = ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"];
  for (const folder of ["packages", "services"]) {
    for (const name of readdirSync(join(root, folder)).sort()) files.push(join(folder, name, "package.json"));
  }
  files.push("services/bridge/web/package.json", "cli/package.json", "test/package.json", "bench/package.json");
  for (const file of files) if (existsSync(join(root, file))) hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest("hex");
}

function say(text) {
  process.stderr.write(`evenkeel: ${text}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setup();
  say("ready; next: npm start");
}
