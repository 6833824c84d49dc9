import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { GENERATED } from "./docs-markdown.ts";

type Named = Readonly<Record<string, string | { version: string }>>;
interface Part {
  dependencies?: Named;
  optionalDependencies?: Named;
}
interface Lockfile {
  importers: Readonly<Record<string, Part>>;
  snapshots: Readonly<Record<string, Part>>;
}
interface Workspace {
  allowBuilds?: Readonly<Record<string, boolean>>;
}

/** The root of the workspace has no dependency of its own that reads YAML; the command line has. */
function yaml(root: string, name: string): unknown {
  const { load } = createRequire(join(root, "cli", "package.json"))("js-yaml") as { load(text: string): unknown };
  return load(readFileSync(join(root, name), "utf8"));
}

/** Packages that may, or want to and may not, run a script when they are installed: name → may it. */
export function installScripts(root: string): Readonly<Record<string, boolean>> {
  return (yaml(root, "pnpm-workspace.yaml") as Workspace).allowBuilds ?? {};
}

/** What `evenkeel` needs to run, as the lockfile has it: `name@version`, sorted. */
export function productionPackages(root: string): string[] {
  const { importers, snapshots } = yaml(root, "pnpm-lock.yaml") as Lockfile;
  const seen = new Set<string>();
  const visit = (key: string, from: string): void => {
    const link = /^[^@]*@?[^@]*@link:(.*)$/.exec(key)?.[1];
    const id = link === undefined ? key : `link:${join(from, link)}`;
    if (seen.has(id)) return;
    seen.add(id);
    const place = link === undefined ? from : join(from, link);
    const part = link === undefined ? snapshots[key] : importers[place];
    for (const next of namesIn(part)) visit(next, place);
  };
  for (const next of namesIn(importers["cli"])) visit(next, "cli");
  const plain = [...seen].filter((id) => !id.startsWith("link:")).map((id) => id.replace(/\(.*$/, ""));
  return [...new Set(plain)].sort();
}

function namesIn(part: Part | undefined): string[] {
  const all = { ...part?.dependencies, ...part?.optionalDependencies };
  return Object.entries(all).map(([name, value]) => `${name}@${typeof value === "string" ? value : value.version}`);
}

/** docs/reference/supply-chain.md */
export function supplyChainPage(root: string): string {
  const packages = productionPackages(root);
  const scripts = Object.entries(installScripts(root)).map(
    ([name, may]) => `- \`${name}\`: ${may ? "runs" : "does not run"}`,
  );
  return `# Supply chain

${GENERATED}

## What the product needs to run

${packages.length} packages, optional ones for other systems included; exact versions and hashes are in \`pnpm-lock.yaml\`.

${packages.map((name) => `- \`${name}\``).join("\n")}

## Packages with a script for their installation

${scripts.join("\n")}

No other package has one; a test looks.

## Looking for yourself

\`\`\`sh
npx pnpm@12.21.0 install --frozen-lockfile                                  # exactly what the lockfile says
npx pnpm@12.21.0 audit --prod                                               # known weaknesses; asks the registry
npx pnpm@12.21.0 sbom --sbom-format cyclonedx --prod --lockfile-only        # bill of materials, offline
\`\`\`
`;
}
