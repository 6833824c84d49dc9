// npm test: sets up when needed, checks types and lint, then runs all tests. Further words go to mocha: npm test -- -g scaling
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root, setup } from "./setup.mjs";

setup();
const bin = (name) => join(root, "node_modules", ".bin", name);
const steps = [
  ["types", bin("tsc"), ["-p", "tsconfig.json"]],
  ["types of the page", bin("tsc"), ["-p", "services/bridge/web/tsconfig.json"]],
  ["lint", bin("oxlint"), ["--deny-warnings"]],
  ["tests", bin("mocha"), ["--reporter", join(root, "test", "support", "reporter.cjs"), ...process.argv.slice(2)]],
];
let failed = false;
for (const [name, command, args] of steps) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (status === 0) continue;
  failed = true;
  process.stderr.write(`npm test: ${name} failed\n`);
}
process.exit(failed ? 1 : 0);
