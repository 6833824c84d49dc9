import assert from "node:assert/strict";
import { chromium, describeWith } from "../../support/needs.ts";
import { CARTS, ORDERS, parkGate, parkTask, seedRun } from "../../support/web-seed.ts";
import { accessibilityFaults, openWebStage, STILL, type WebStage } from "../../support/web-stage.ts";

describeWith([chromium], "the engine room", function () {
  this.timeout(60_000);
  let stage: WebStage;

  before(async () => {
    stage = await openWebStage({ roles: STILL });
  });
  after(() => stage?.close());

  it("says that all is well when nothing is left to be done", async () => {
    const page = await stage.open("/engine-room");
    await page.getByText("Nothing is left to be done.").waitFor();
    await page.getByText("Every notification found its service").waitFor();
    await page
      .getByRole("row", { name: /alertmanager/ })
      .getByText("never")
      .waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.context().close();
  });

  it("shows overdue tasks and those that were set aside, with their errors", async () => {
    const page = await stage.open("/engine-room");
    await page.getByText("Nothing is left to be done.").waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    await seedRun(stage.journal, CARTS);
    const context = await seedRun(stage.journal, ORDERS);
    await parkTask(stage.journal, context, "403 Forbidden: may not patch deployments");
    const tasks = page.getByRole("table", { name: "Tasks" });
    await tasks
      .getByRole("row", { name: /overdue/ })
      .first()
      .waitFor();
    const parked = tasks.getByRole("row", { name: /set aside/ });
    // Setting it aside makes no event here; the page looks again by itself.
    await parked.getByText("403 Forbidden").waitFor({ timeout: 20_000 });
    await page.getByText(/1 task is set aside/).waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await parked.getByRole("link").click();
    await page.waitForURL(new RegExp(`/remediations/${context}$`));
    await page.context().close();
  });

  it("tries once more what was set aside and can still be done", async () => {
    const { task, context } = await parkGate(stage.journal, CARTS, "its worker died 5 times");
    const page = await stage.open("/engine-room");
    const row = page.getByRole("row", { name: /evaluate/ }).filter({ hasText: "its worker died 5 times" });
    assert.match((await row.getByRole("link").getAttribute("href"))!, new RegExp(`/events\\?context=${context}$`));
    await row.getByRole("button", { name: "Retry…" }).click();
    const dialog = page.getByRole("dialog", { name: "Retry this task" });
    await dialog.getByText("evaluated once more over the same window").waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await dialog.getByLabel(/Reason/).fill("more memory");
    await dialog.getByRole("button", { name: "Retry" }).click();
    await dialog.waitFor({ state: "detached" });
    await row.waitFor({ state: "detached" });
    const retried = (await stage.journal.read(context)).find(({ kind }) => kind === "task.retried")!;
    assert.deepEqual(retried.data, { ...CARTS, task, taskKind: "evaluate", by: "anonymous", reason: "more memory" });
    await page.context().close();
  });

  it("says why another cannot be retried, and runs its remediation again instead", async () => {
    const target = { ...CARTS, service: "shipping" };
    const context = await seedRun(stage.journal, target);
    await parkTask(stage.journal, context, "a bug in the plan", [
      {
        kind: "get-action.finished",
        data: { ...target, status: "errored", result: "fail", reason: "errored", message: "a bug" },
      },
    ]);
    const page = await stage.open("/engine-room");
    const row = page.getByRole("row", { name: /decide/ }).filter({ hasText: "a bug in the plan" });
    await row.getByText("No retry: the run has ended without a plan.").waitFor();
    assert.equal(await row.getByRole("button", { name: "Retry…" }).count(), 0);
    await row.getByRole("button", { name: "Run again…" }).click();
    const dialog = page.getByRole("dialog", { name: "Run the remediation again" });
    await dialog.getByText("what was set aside of it is cleared away").waitFor();
    await dialog.getByRole("button", { name: "Run again" }).click();
    await page.getByText("This run repeats").waitFor();
    await page.goto(`${stage.url}/engine-room`);
    await page.getByRole("table", { name: "Tasks" }).waitFor();
    await row.waitFor({ state: "detached" });
    await page.context().close();
  });

  it("says why a notification was not routed, and which labels would route it", async () => {
    const page = await stage.open("/engine-room");
    await page.getByText("Live", { exact: true }).waitFor();
    for (let n = 0; n < 2; n++)
      await notify(stage.url, { alertname: "HighLatency", job: "checkout", environment: "live", api_token: "s3cret" });
    const unrouted = page.getByRole("region", { name: "Not routed" });
    await unrouted.getByText("<b>Latency</b>", { exact: true }).waitFor();
    await unrouted
      .getByText("no label says which service: looked at keptn_service, service, deployment, app")
      .waitFor();
    await unrouted.getByText("Route it").click();
    await unrouted.getByText("job=checkout").waitFor();
    const settings = await unrouted.getByLabel("Settings that route it").innerText();
    assert.deepEqual(settings.split("\n").slice(-3), [
      "        project: [keptn_project, project, your_project_label]",
      "        stage: [keptn_stage, stage, environment]",
      "        service: [keptn_service, service, deployment, app, job]",
    ]);
    await unrouted.getByText("docs/alertmanager.md").waitFor();
    assert.equal(await page.getByText("s3cret").count(), 0);
    await page.getByRole("table", { name: "Sources" }).getByText("1 unrouted").waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.context().close();
  });

  it("knows version, storage and queue", async () => {
    const page = await stage.open("/engine-room");
    const system = page.getByRole("region", { name: "System" });
    for (const text of ["test", "PostgreSQL server", "in the database", "followed to its end"])
      await system.getByText(text, { exact: true }).waitFor();
    await page.context().close();
  });

  it("fits a phone, in the dark too", async () => {
    const page = await stage.open("/engine-room", { width: 390, height: 844, theme: "dark" });
    await page.getByRole("region", { name: "System" }).waitFor();
    assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.context().close();
  });

  it("never makes the page complain", () => assert.deepEqual(stage.complaints, []));
});

function notify(url: string, labels: Record<string, string>): Promise<Response> {
  const alert = { status: "firing", labels, annotations: { summary: "<b>Latency</b>" }, fingerprint: "f1" };
  return fetch(`${url}/v1/webhooks/alertmanager`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ version: "4", alerts: [{ ...alert, startsAt: "2026-01-01T00:00:00Z" }] }),
  });
}
