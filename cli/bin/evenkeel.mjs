#!/usr/bin/env node
// Starts the command line: the bundle of a release where there is one, else the sources, which older Nodes read by tsx.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const bundle = new URL("../dist/evenkeel.mjs", import.meta.url);
const source = new URL("../src/main.ts", import.meta.url);

if (existsSync(fileURLToPath(source))) {
  if (!process.features.typescript) (await import("tsx/esm/api")).register();
  await import(source.href);
} else {
  await import(bundle.href);
}
