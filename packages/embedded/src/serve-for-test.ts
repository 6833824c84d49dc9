/** A process that tests can kill: starts a server on the directory, says so as one line of JSON, and waits. */
import { startEmbedded } from "./start.ts";

const [dataDir = "", mode] = process.argv.slice(2);
const report = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
try {
  const server = await startEmbedded({
    dataDir,
    ephemeral: mode === "ephemeral",
    onProgress: (progress) => report({ progress }),
  });
  report({ url: server.url, pid: server.pid });
  process.stdin.on("end", () => void server.stop()).resume();
} catch (error) {
  report({ error: (error as Error).message });
}
