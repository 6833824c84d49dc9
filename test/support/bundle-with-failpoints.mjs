// Makes the program that chaos runs start, many hundred times: it starts in a third of the time that the sources take.
// The bundle of a release has no points of failure, and its script no switch for them; this one has them, and is not shipped.
//   node test/support/bundle-with-failpoints.mjs FOLDER
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { bundleOptions, outputOptions } from "../../scripts/bundle-plugins.mjs";

const folder = process.argv[2];
if (!folder) throw new Error("name the folder that the program goes to");
const bundle = await rolldown(bundleOptions({ "evenkeel-with-failpoints": "cli/src/main.ts" }));
await bundle.write(outputOptions(folder));
await bundle.close();
writeFileSync(join(folder, "package.json"), `${JSON.stringify({ private: true, type: "module" })}\n`);
