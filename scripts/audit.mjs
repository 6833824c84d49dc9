// Asks the registry for known weaknesses of what the product needs to run. Never takes silence for health:
//   node scripts/audit.mjs [REGISTRY]     0: none known; 1: some are, each is listed; 2: nobody could be asked
// What is known and does no harm here is listed with its reason as auditConfig.ignoreGhsas in pnpm-workspace.yaml.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.mjs";

const [registry] = process.argv.slice(2);
const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const pnpm = ["exec", "--yes", "--loglevel=error", `--package=${packageManager}`, "--", "pnpm"];
const audit = ["audit", "--prod", "--json", ...(registry ? [`--registry=${registry}`] : [])];
const { stdout, stderr, error } = spawnSync("npm", [...pnpm, ...audit], { cwd: root, encoding: "utf8" });
const report = parsed(stdout ?? "");

if (!report) {
  console.error(`NOT AUDITED: nobody could say whether a weakness is known.\n${error ?? ""}${stderr}${stdout}`.trim());
  console.error("Run it where the registry answers audits: https://registry.npmjs.org does, many mirrors do not.");
  process.exit(2);
}
const advisories = Object.values(report.advisories);
for (const { module_name: name, severity, title, url, findings } of advisories) {
  const versions = findings.map(({ version }) => version).join(", ");
  console.error(`${severity}: ${name} ${versions}: ${title} (${url})`);
}
const count = report.metadata.totalDependencies;
console.log(`${count} packages asked about, ${advisories.length} known weaknesses`);
process.exit(advisories.length > 0 ? 1 : 0);

/** A report, and nothing else that may have been printed in its place. */
function parsed(text) {
  try {
    const value = JSON.parse(text);
    const isReport = typeof value.advisories === "object" && value.metadata?.totalDependencies > 0;
    return isReport ? value : undefined;
  } catch {
    return undefined;
  }
}
