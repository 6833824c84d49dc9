import assert from "node:assert/strict";
import { testDatabase, type TestDatabase } from "@evenkeel/embedded/testing";
import { createJournal, type Journal } from "@evenkeel/journal";
import { silentLog } from "@evenkeel/runtime";
import { startEvenkeel, type EvenkeelProcess } from "../../support/evenkeel.ts";
import { chromium, describeWith } from "../../support/needs.ts";
import { freePort } from "../../support/processes.ts";
import { CARTS, seedRun } from "../../support/web-seed.ts";
import { openBrowser, type WebBrowser } from "../../support/web-stage.ts";

describeWith([chromium], "the web page when its bridge is killed", function () {
  this.timeout(120_000);
  let database: TestDatabase;
  let journal: Journal;
  let browser: WebBrowser;
  let bridge: EvenkeelProcess;
  let port: number;
  const startBridge = async () => {
    bridge = await startEvenkeel({ DATABASE_URL: database.url, EVENKEEL_LOG__LEVEL: "warn" }, ["bridge"], port);
  };

  before(async () => {
    database = await testDatabase();
    journal = await createJournal({ url: database.url, log: silentLog });
    browser = await openBrowser();
    port = await freePort();
    await startBridge();
  });
  after(async () => {
    await browser?.close();
    await bridge?.stop("SIGKILL");
    await journal?.close();
    await database?.drop();
  });

  it("comes back by itself to the next one, and shows what was stored in between", async () => {
    const target = { ...CARTS, service: "payment" };
    const context = await seedRun(journal, target, { title: "Slow payment" });
    const list = await browser.open(`${bridge.url}/remediations`);
    const run = await browser.open(`${bridge.url}/remediations/${context}`);
    for (const page of [list, run]) await page.getByText("Live", { exact: true }).waitFor();
    await list.getByRole("link", { name: "Slow payment" }).waitFor();

    await bridge.stop("SIGKILL");
    for (const page of [list, run]) await page.getByText("Reconnecting", { exact: true }).waitFor();
    await seedRun(journal, CARTS, { title: "While it was away" });
    await journal.append(context, [{ kind: "remediation.paused", data: { ...target, by: "ann" } }]);
    await startBridge();

    for (const page of [list, run]) await page.getByText("Live", { exact: true }).waitFor();
    await list.getByRole("button", { name: "1 new" }).click();
    await list.getByRole("link", { name: "While it was away" }).waitFor();
    await list.getByText("Paused (deciding)").waitFor();
    await run.getByRole("heading", { name: "Paused: nothing begins until a person resumes it" }).waitFor();
    const lost = browser.complaints.filter((text) => !/ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY/.test(text));
    assert.deepEqual(lost, []);
  });
});
