import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { chromium, describeWith } from "../../support/needs.ts";
import { CARTS, evaluation, PROJECT, seedFiles, seedRun } from "../../support/web-seed.ts";
import { accessibilityFaults, openWebStage, STILL, type WebStage } from "../../support/web-stage.ts";

describeWith([chromium], "the page of a service", function () {
  this.timeout(60_000);
  let stage: WebStage;
  const path = `/services/${PROJECT}/production/carts`;
  const grid = (page: Page) => page.getByRole("grid", { name: /Evaluations/ });

  before(async () => {
    stage = await openWebStage({ roles: STILL });
  });
  after(() => stage?.close());

  it("is told apart from a project that has no files", async () => {
    const page = await stage.open("/services");
    await page.getByText("There is no project yet").waitFor();
    await page.goto(stage.url + path);
    await page.getByText("Nothing was evaluated yet").waitFor();
    await page.getByText("The project has no files").waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.context().close();
  });

  describe("with a history", () => {
    before(async () => {
      await seedFiles(stage.journal);
      await seedRun(stage.journal, CARTS, { evaluated: "fail", p90: 1800 });
      await seedRun(stage.journal, CARTS, { evaluated: "warning", p90: 1200, before: 2 });
      await seedRun(stage.journal, CARTS, { evaluated: "pass", p90: 410, before: 3 });
    });

    it("is reached from its project", async () => {
      const page = await stage.open("/services");
      const production = page.getByRole("region", { name: "Stage production" });
      await production.getByText("automated", { exact: true }).waitFor();
      assert.deepEqual(await accessibilityFaults(page), []);
      await production.getByRole("link", { name: "carts" }).click();
      await page.getByRole("heading", { name: "carts", level: 1 }).waitFor();
      await page.getByText("problems in production are acted on").waitFor();
      await page.context().close();
    });

    it("shows every evaluation as a column, and the numbers of the chosen one", async () => {
      const page = await stage.open(path);
      await grid(page).getByRole("gridcell", { name: "Total score: pass, score 100 of 100" }).waitFor();
      assert.equal(await grid(page).getByRole("gridcell").count(), 9);
      await grid(page).getByRole("gridcell", { name: "Total score: fail, score 0 of 100" }).click();
      const chosen = page.getByRole("region", { name: "Chosen evaluation" });
      await chosen.getByText("score 0 of 100", { exact: true }).first().waitFor();
      const row = chosen.getByRole("row", { name: /Response time P90/ });
      for (const text of ["1,800", "2,700", "-900 (-33 %)"]) await row.getByText(text, { exact: true }).waitFor();
      await row.getByText("missed:").first().waitFor();
      assert.match(page.url(), /evaluation=/);
      await page.reload();
      await chosen.getByRole("row", { name: /1,800/ }).waitFor();
      assert.deepEqual(await accessibilityFaults(page), []);
      await page.context().close();
    });

    it("lets the grid be walked by arrow keys", async () => {
      const page = await stage.open(path);
      await grid(page).getByRole("gridcell", { name: "Total score: pass, score 100 of 100" }).focus();
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("ArrowDown");
      const label = () => page.evaluate("document.activeElement.getAttribute('aria-label')");
      assert.equal(await label(), "Response time P90: warning, score 0, 1,200");
      await page.keyboard.press("Enter");
      await page.getByRole("region", { name: "Chosen evaluation" }).getByText("score 75 of 100").first().waitFor();
      await page.keyboard.press("Control+Home");
      assert.equal(await label(), "Total score: fail, score 0 of 100");
      await page.context().close();
    });

    it("is filtered by result", async () => {
      const page = await stage.open(path);
      await page.getByRole("combobox", { name: "Result" }).selectOption("warning");
      await page.waitForURL(/result=warning/);
      await grid(page).getByRole("gridcell", { name: "Total score: warning, score 75 of 100" }).waitFor();
      await grid(page)
        .getByRole("gridcell", { name: "Total score: fail, score 0 of 100" })
        .waitFor({ state: "detached" });
      await page.context().close();
    });

    it("has notes on an evaluation, shown as text, with who wrote them", async () => {
      const page = await stage.open(path);
      await grid(page).getByRole("gridcell", { name: "Total score: fail, score 0 of 100" }).click();
      await page.getByRole("button", { name: "Add a note…" }).click();
      const dialog = page.getByRole("dialog", { name: "Add a note to this evaluation" });
      await dialog.getByText("Its numbers, and what follows from them, stay as they are.").waitFor();
      await dialog.getByRole("button", { name: "Add note" }).click();
      await dialog.getByText("Write what the others should know.").waitFor();
      assert.deepEqual(await accessibilityFaults(page), []);
      await dialog.getByLabel("Note").fill("<b>the load generator</b>\nwas restarted");
      await dialog.getByRole("button", { name: "Add note" }).click();
      await dialog.waitFor({ state: "detached" });
      const notes = page.getByRole("list", { name: "Notes" });
      await notes.getByText("<b>the load generator</b>").waitFor();
      await notes.getByText("anonymous").waitFor();
      await grid(page).getByRole("gridcell", { name: "Total score: fail, score 0 of 100, 1 note" }).waitFor();
      await grid(page).getByText("note", { exact: true }).waitFor();
      assert.deepEqual(await accessibilityFaults(page), []);
      await page.context().close();
    });

    it("takes an evaluation out of the baseline, with a reason, and says who did it", async () => {
      const page = await stage.open(path);
      await grid(page).getByRole("gridcell", { name: "Total score: warning, score 75 of 100" }).click();
      await page.getByRole("button", { name: "Invalidate…" }).click();
      const dialog = page.getByRole("dialog", { name: "Invalidate this evaluation" });
      await dialog.getByText("Later evaluations are not compared with it").waitFor();
      await dialog.getByRole("button", { name: "Invalidate" }).click();
      await dialog.getByText("Say why").waitFor();
      assert.deepEqual(await accessibilityFaults(page), []);
      await dialog.getByLabel("Reason, for the log").fill("load generator was off");
      await dialog.getByRole("button", { name: "Invalidate" }).click();
      await dialog.waitFor({ state: "detached" });
      await page.getByText("load generator was off").waitFor();
      await grid(page).getByRole("gridcell", { name: "Total score: warning, score 75 of 100, voided" }).waitFor();
      assert.equal(await page.getByRole("button", { name: "Invalidate…" }).count(), 0);
      await page.context().close();
    });

    it("is evaluated by hand after it was said what that does; the result is shown when it is there, with who asked", async () => {
      const page = await stage.open(`${path}?result=warning`);
      await page.getByRole("button", { name: "Evaluate now…" }).click();
      const dialog = page.getByRole("dialog", { name: "Evaluate carts now" });
      await dialog.getByText("no remediation begins").waitFor();
      const field = dialog.getByLabel(/Look back over/);
      await field.fill("soon");
      await dialog.getByRole("button", { name: "Evaluate", exact: true }).click();
      await dialog.getByRole("alert").getByText('"soon" is no duration').waitFor();
      await field.fill("10m");
      assert.deepEqual(await accessibilityFaults(page), []);
      await dialog.getByRole("button", { name: "Evaluate", exact: true }).dblclick();
      await dialog.waitFor({ state: "detached" });
      await page
        .getByRole("status")
        .getByText(/^Evaluating \d\d:/)
        .waitFor();
      // The browser itself notes a 422.
      stage.complaints.length = 0;

      const asked = await stage.journal.list({ types: ["evaluation.triggered"], ...CARTS, limit: 10 });
      const byHand = asked.filter(({ data }) => "by" in (data as object));
      assert.equal(byHand.length, 1);
      const { id: triggeredid, context } = byHand[0]!;
      await stage.journal.append(context, [
        { kind: "evaluation.finished", triggeredid, data: evaluation(CARTS, "pass", 321) },
      ]);
      const chosen = page.getByRole("region", { name: "Chosen evaluation" });
      await chosen.getByRole("row", { name: /321/ }).waitFor();
      await chosen.getByText("asked for by anonymous").waitFor();
      assert.equal(await page.getByText(/^Evaluating/).count(), 0);
      assert.match(page.url(), /\?evaluation=[^&]+$/);
      assert.deepEqual(await accessibilityFaults(page), []);
      await page.context().close();
    });

    it("shows the workload as the latest action saw it", async () => {
      const page = await stage.open(path);
      const workload = page.getByRole("region", { name: "Workload" });
      await workload.getByText("4 replicas").waitFor();
      await workload.getByText("Deployment carts-primary").waitFor();
      await workload.getByRole("link", { name: "3 → 4" }).waitFor();
      await page.context().close();
    });

    it("shows its files at any revision, what changed, and what is odd in them", async () => {
      const page = await stage.open(path);
      const files = page.getByRole("region", { name: "Files", exact: true });
      await files.getByText('value: "+2"').waitFor();
      await files.getByRole("combobox", { name: "Compare with" }).selectOption({ index: 1 });
      await files.getByText("1 line added, 1 removed.").waitFor();
      await files.getByText('removed: value: "+1"').waitFor();
      await page.reload();
      await files.getByText("1 line added, 1 removed.").waitFor();
      await files.getByRole("combobox", { name: "Revision" }).selectOption({ index: 1 });
      await files.getByText("This revision is not in force any more.").waitFor();
      await files.getByText('value: "+1"').waitFor();
      await files.getByRole("link", { name: /slo\.yml/ }).click();
      await files.getByText("did you mean slo.yaml?").waitFor();
      assert.deepEqual(await accessibilityFaults(page), []);
      await page.context().close();
    });

    it("shows a new evaluation and a new revision without being asked", async () => {
      const page = await stage.open(path);
      await grid(page).getByRole("gridcell").first().waitFor();
      await page.getByText("Live", { exact: true }).waitFor();
      await seedRun(stage.journal, CARTS, { evaluated: "fail", p90: 4321, before: 4 });
      await page.getByRole("region", { name: "Chosen evaluation" }).getByText("4,321").waitFor();
      await page.getByText("5 replicas").waitFor();
      await stage.journal.apply(PROJECT, new Map([["production/carts/remediation.yaml", "remediations: []\n"]]), {
        replace: false,
      });
      await page.getByText("remediations: []").waitFor();
      await page.context().close();
    });

    it("fits a phone, in the dark too", async () => {
      const dev = `/services/${PROJECT}/dev/carts`;
      for (const at of ["/services", path, dev]) {
        const page = await stage.open(at, { width: 390, height: 844, theme: "dark" });
        await page.getByText("carts").first().waitFor();
        if (at === dev) await page.getByText("dev is not automated: problems are only shown").waitFor();
        if (at === path) await grid(page).getByRole("gridcell").first().waitFor();
        assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
        assert.deepEqual(await accessibilityFaults(page), []);
        await page.context().close();
      }
    });

    it("never makes the page complain", () => assert.deepEqual(stage.complaints, []));
  });
});
