import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { evenkeel } from "../run-for-test.ts";

describe("doctor", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "evenkeel-doctor-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function dataLine(): Promise<string | undefined> {
    const config = join(folder, "evenkeel.yaml");
    await writeFile(config, `dataDir: ${folder}\n`);
    const { stdout } = await evenkeel(["doctor", "--config", config, "--server", "http://127.0.0.1:1"]);
    return stdout.split("\n").find((line) => /\bdata\b/.test(line));
  }

  it("names the directory to copy for a backup", async () => {
    assert.ok((await dataLine())?.includes(`${folder}, with a PostgreSQL`));
  });

  it("names the place that a note in the data directory tells", async () => {
    await writeFile(join(folder, "location"), "/var/lib/evenkeel/data/0f5c\n");
    const line = await dataLine();
    assert.ok(line?.includes(`/var/lib/evenkeel/data/0f5c (noted in ${folder}), with a PostgreSQL`), line);
  });
});
