import assert from "node:assert/strict";
import { chromium, describeWith } from "../../support/needs.ts";
import { CARTS, copyRuns, ORDERS, seedRun } from "../../support/web-seed.ts";
import { openWebStage, STILL, type WebStage } from "../../support/web-stage.ts";

describeWith([chromium], "the lists", function () {
  this.timeout(60_000);
  let stage: WebStage;
  before(async () => {
    stage = await openWebStage({ roles: STILL });
    const context = await seedRun(stage.journal, CARTS, { evaluated: "pass", title: "Slow carts" });
    await copyRuns(stage.databaseUrl, context, 120);
    await seedRun(stage.journal, ORDERS, { title: "Slow orders" });
  });
  after(async () => {
    await stage?.close();
    assert.deepEqual(stage?.complaints ?? [], []);
  });

  it("filter on the server, keep it in the address, and show it again after a reload", async () => {
    const page = await stage.open("/remediations");
    await page.getByRole("link", { name: "Slow orders" }).waitFor();
    await page.getByLabel("Search").fill("carts");
    await page.getByRole("link", { name: "Slow orders" }).waitFor({ state: "detached" });
    await page.getByLabel("Phase").selectOption("finished");
    await page.waitForURL(/text=carts/);
    assert.match(page.url(), /phase=finished/);
    await page.reload();
    await page.getByRole("link", { name: "Slow carts" }).first().waitFor();
    assert.equal(await page.getByLabel("Search").inputValue(), "carts");
    assert.equal(await page.getByLabel("Phase").inputValue(), "finished");
    await page.getByRole("link", { name: "Clear" }).click();
    await page.getByRole("link", { name: "Slow orders" }).waitFor();
    await page.context().close();
  });

  it("count what each choice would give", async () => {
    const page = await stage.open("/remediations");
    await page.getByRole("link", { name: "Running 1", exact: true }).waitFor();
    await page.getByRole("link", { name: "Healed 121", exact: true }).click();
    await page.waitForURL(/reason=healed/);
    await page.context().close();
  });

  it("say what to do when no row fits", async () => {
    const page = await stage.open("/remediations?text=nothing-like-this");
    await page.getByText("No remediation fits these filters").waitFor();
    await page.context().close();
  });

  it("read on while one scrolls, until the end", async () => {
    const page = await stage.open("/remediations");
    const rows = page.locator("[data-row]");
    await rows.first().waitFor();
    await page
      .getByText("That is all: 122 rows.")
      .or(page.getByRole("button", { name: "Show more" }))
      .first()
      .waitFor();
    for (let n = 0; n < 20 && (await page.getByText("That is all").count()) === 0; n++) {
      await page.mouse.wheel(0, 4000);
      await page.waitForFunction(`document.querySelectorAll("[data-row]").length > ${Math.min(100, 50 * n)}`);
    }
    await page.getByText("That is all: 122 rows.").waitFor();
    assert.equal(await rows.count(), 122);
    await page.context().close();
  });

  it("announce new rows and do not move what is being read", async () => {
    const page = await stage.open("/remediations");
    await page.getByText("Live", { exact: true }).waitFor();
    const first = page.locator("[data-row]").first();
    await first.waitFor();
    const before = await first.getAttribute("href");
    await seedRun(stage.journal, { ...ORDERS, service: "payment" }, { title: "Brand new" });
    const pill = page.getByRole("button", { name: /1 new row/ });
    await pill.waitFor();
    assert.equal(await page.locator("[data-row]").first().getAttribute("href"), before);
    await pill.click();
    await page.getByRole("link", { name: "Brand new" }).waitFor();
    await page.context().close();
  });

  it("of events are filtered by kind, and open one", async () => {
    const page = await stage.open("/events");
    await page.getByLabel("Kind").selectOption("remediation.finished");
    await page.waitForURL(/type=remediation.finished/);
    await page.getByRole("link", { name: "remediation.finished" }).first().click();
    await page.getByRole("heading", { level: 1, name: "remediation.finished" }).waitFor();
    await page.getByRole("link", { name: "its remediation" }).click();
    await page.getByRole("heading", { level: 1, name: /Slow carts/ }).waitFor();
    await page.context().close();
  });
});
