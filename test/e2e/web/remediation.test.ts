import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { chromium, describeWith } from "../../support/needs.ts";
import { CARTS, ORDERS, seedFiles, seedRun } from "../../support/web-seed.ts";
import { openWebStage, STILL, type WebStage } from "../../support/web-stage.ts";

describeWith([chromium], "the page of a remediation", function () {
  this.timeout(60_000);
  let stage: WebStage;
  let healed: string;
  before(async () => {
    stage = await openWebStage({ roles: STILL });
    await seedFiles(stage.journal);
    healed = await seedRun(stage.journal, CARTS, {
      evaluated: "pass",
      labels: { team: "shop", api_token: "s3cr3t-canary" },
    });
  });
  after(async () => {
    await stage?.close();
    assert.deepEqual(stage?.complaints ?? [], []);
  });

  const open = (context: string, query = "") => stage.open(`/remediations/${context}${query}`);
  const see = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor();

  it("tells problem, decision, action, wait, evaluation and verdict as one chain", async () => {
    const page = await open(healed);
    await page.getByRole("heading", { level: 1, name: /Response time degradation on carts/ }).waitFor();
    await page.getByRole("listitem").filter({ hasText: "Healed" }).first().waitFor();
    const titles = await page.getByRole("list", { name: "Timeline" }).locator(".step-title").allTextContents();
    assert.deepEqual(
      titles.map((title) => title.trim()),
      ["Problem", "Decision", "Action", "Wait", "Evaluation", "Healed"],
    );
    await page.getByRole("table", { name: "Evaluations of this run" }).getByText("<1000").first().waitFor();
    await page.getByRole("region", { name: "Why?" }).getByText("the title is the same").waitFor();
    await page.getByRole("region", { name: "Why?" }).getByText("replicas 1 → 2").waitFor();
    await page.context().close();
  });

  it("has no controls when it is finished", async () => {
    const page = await open(healed);
    await see(page, "Healed");
    assert.equal(await page.getByRole("group", { name: "Controls" }).count(), 0);
    await page.context().close();
  });

  it("shows the events of a step, with cause and effects, and the address keeps it", async () => {
    const page = await open(healed);
    await page
      .getByRole("list", { name: "Timeline" })
      .getByRole("link", { name: /Evaluation/ })
      .click();
    await page.getByRole("region", { name: "Events: Evaluation" }).waitFor();
    assert.match(page.url(), /step=evaluation-1/);
    await page.reload();
    const events = page.getByRole("region", { name: "Events: Evaluation" });
    await events.getByText("evaluation.finished").first().click();
    await events.getByRole("link", { name: "Cause: evaluation.triggered" }).waitFor();
    await page.context().close();
  });

  it("masks what looks like a secret", async () => {
    const page = await open(healed, "?step=problem-1");
    const events = page.getByRole("region", { name: "Events: Problem" });
    await events.getByText("remediation.triggered").first().click();
    await events.getByText('"team": "shop"').waitFor();
    assert.doesNotMatch(await page.locator("body").innerText(), /s3cr3t-canary/);
    await page.context().close();
  });

  it("pauses and aborts after it has said what that does, and says who did it", async () => {
    const context = await seedRun(stage.journal, ORDERS);
    const page = await open(context);
    await page.getByRole("button", { name: "Pause…" }).click();
    const dialog = page.getByRole("dialog", { name: /Pause/ });
    await dialog.getByText(/after that nothing begins/).waitFor();
    await dialog.getByLabel(/Reason/).fill("deploying by hand");
    await dialog.getByRole("button", { name: "Pause" }).click();
    await see(page, /Paused by/);
    await page.getByText("deploying by hand").first().waitFor();
    assert.equal(await page.getByRole("button", { name: "Pause…" }).count(), 0);

    await page.getByRole("button", { name: "Resume…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Resume" }).click();
    await page.getByRole("button", { name: "Abort…" }).click();
    await page
      .getByRole("dialog")
      .getByText(/stays changed/)
      .waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Abort" }).click();
    await see(page, "Aborted");
    await page.getByRole("group", { name: "Controls" }).waitFor({ state: "detached" });
    await page.context().close();
  });

  it("changes nothing when the question is answered with no", async () => {
    const context = await seedRun(stage.journal, { ...ORDERS, service: "payment" });
    const page = await open(context);
    await page.getByRole("button", { name: "Abort…" }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.notEqual((await stage.journal.state(context))?.phase, "finished");
    await page.context().close();
  });

  it("moves on by itself when the log does", async () => {
    const context = await seedRun(stage.journal, { ...ORDERS, service: "catalogue" });
    const page = await open(context);
    await page.getByText("Live", { exact: true }).waitFor();
    const data = { ...ORDERS, service: "catalogue", by: "bob", reason: "looking into it" };
    await stage.journal.append(context, [{ kind: "remediation.paused", data }]);
    await see(page, /looking into it/);
    await page.getByRole("list", { name: "Timeline" }).getByText("Paused").waitFor();
    await page.context().close();
  });

  it("says so when there is no such remediation", async () => {
    const page = await stage.open("/remediations/none");
    await page
      .getByRole("alert")
      .getByText(/no remediation has the context none/)
      .waitFor();
    await page.context().close();
    // The browser itself notes a 404.
    stage.complaints.length = 0;
  });
});
