// Builds the bridge's web page when its sources are newer than what was built. By hand: node scripts/web.mjs [--force]
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const web = join(root, "services", "bridge", "web");
export const dist = join(web, "dist");

/** All JavaScript that the page can ever load, compressed. */
export const MOST_BYTES = 80 * 1024;

/** Resolves to whether something was built. Rejects when the sources do not build or have grown too large. */
export async function buildWeb({ force = false } = {}) {
  if (!force && isFresh()) return false;
  const vite = createRequire(join(web, "package.json")).resolve("vite");
  const { build } = await import(pathToFileURL(vite).href);
  await build({ root: web, configFile: join(web, "vite.config.ts"), logLevel: "error" });
  const bytes = scriptBytes();
  if (bytes <= MOST_BYTES) return true;
  rmSync(join(dist, "index.html"));
  throw new Error(`the page's JavaScript is ${bytes} bytes compressed, at most ${MOST_BYTES} are allowed`);
}

export function scriptBytes() {
  const folder = join(dist, "assets");
  const scripts = readdirSync(folder).filter((name) => name.endsWith(".js"));
  return scripts.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name))).length, 0);
}

function isFresh() {
  const built = join(dist, "index.html");
  if (!existsSync(built)) return false;
  const since = statSync(built).mtimeMs;
  const sources = readdirSync(join(web, "src"), { recursive: true }).map((name) => join("src", String(name)));
  return ["index.html", "vite.config.ts", "package.json", ...sources].every(
    (name) => statSync(join(web, name)).mtimeMs < since,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const built = await buildWeb({ force: process.argv.includes("--force") });
  console.log(
    `${dist}: ${built ? "built" : "up to date"}, ${(scriptBytes() / 1024).toFixed(1)} kB of JavaScript compressed`,
  );
}
