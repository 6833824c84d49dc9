// npm start: sets up when needed, then runs the demo. Further words go to the command line: npm start -- up --port 9000
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root, setup } from "./setup.mjs";

setup();
const words = process.argv.slice(2);
const command = words.length === 0 || words[0].startsWith("-") ? ["demo", ...words] : words;
const child = spawn(process.execPath, [join(root, "cli", "bin", "evenkeel.mjs"), ...command], { stdio: "inherit" });
// The terminal sends Ctrl-C to both; the child decides when it is done.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => signal === "SIGTERM" && child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
