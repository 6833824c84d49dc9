// Writes docs/reference from what the code says of itself: settings, commands, events, files, the HTTP API.
//   npm run docs
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { cliReference } from "../cli/src/reference.ts";
import { openapi } from "../services/bridge/src/index.ts";
import { ingesterDocs } from "../services/problem-ingester/src/docs.ts";
import { settingsJsonSchema } from "../packages/runtime/src/index.ts";
import { schemas } from "../packages/specs/src/index.ts";
import { eventsPage } from "./docs-events.ts";
import { filesPage } from "./docs-files.ts";
import { GENERATED } from "./docs-markdown.ts";
import { settingsPage } from "./docs-settings.ts";
import { supplyChainPage } from "./docs-supply-chain.ts";
import { billOfMaterials } from "./sbom.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Every generated file: path from the root → content. */
export async function generate(): Promise<Map<string, string>> {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const pages: Record<string, string> = {
    "cli.md": cliReference().replace("\n", `\n\n${GENERATED}\n`),
    "events.md": eventsPage(),
    "files.md": filesPage(),
    "settings.md": settingsPage(),
    "supply-chain.md": supplyChainPage(root),
    "sbom.cdx.json": json(billOfMaterials(root)),
    "openapi.json": json(openapi({ version, extraRoutes: ingesterDocs })),
    "schemas/settings.json": json({ title: "evenkeel.yaml", ...settingsJsonSchema() }),
  };
  for (const [kind, schema] of Object.entries(schemas())) pages[`schemas/${kind}.json`] = json(schema);
  const files = Object.entries(pages).map(async ([name, text]): Promise<[string, string]> => {
    // As `npm run format` would leave it, so that the two never disagree.
    const parser = name.endsWith(".md") ? "markdown" : "json";
    return [`docs/reference/${name}`, await format(text, { parser, printWidth: 120 })];
  });
  return new Map(await Promise.all(files));
}

const json = (value: unknown): string => JSON.stringify(value, undefined, 2);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of await generate()) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    console.log(path);
  }
}
