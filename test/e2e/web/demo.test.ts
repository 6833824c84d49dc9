import assert from "node:assert/strict";
import { join } from "node:path";
import { eventually } from "../../support/eventually.ts";
import { chromium, describeWith } from "../../support/needs.ts";
import { freePort, run, type Running } from "../../support/processes.ts";
import { openBrowser, type WebBrowser } from "../../support/web-stage.ts";

const launcher = join(import.meta.dirname, "..", "..", "..", "cli", "bin", "evenkeel.mjs");

describeWith([chromium], "the demo's two incidents, watched live in the browser", function () {
  this.timeout(180_000);
  let demo: Running;
  let browser: WebBrowser;
  let url: string;
  before(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    browser = await openBrowser();
    const { PATH, HOME } = process.env;
    demo = run(process.execPath, [launcher, "demo", "--port", String(port)], { env: { PATH, HOME } });
    await eventually("the demo is ready", async () => (await fetch(`${url}/readyz`)).ok, { seen: demo.output });
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  it("the first is healed: alert, decision, actions, evaluations, verdict; and the curve proves it", async () => {
    const printed = () => /its page: (http:\S+)/.exec(demo.output())?.[1];
    const address = await eventually("it prints where to watch", printed, { within: 60_000, seen: demo.output });
    assert.ok(address.startsWith(`${url}/remediations/`), address);
    const page = await browser.open(address);
    await page.getByRole("heading", { level: 1, name: /on carts/ }).waitFor();
    const timeline = page.getByRole("list", { name: "Timeline" });
    // Looked for at the same time: two of them are over soon.
    const passing = [timeline.getByText("now", { exact: true }), timeline.getByText(/s left/)];
    await Promise.all([...passing, timeline.getByText(/carts-primary 1\s→\s2/)].map((one) => one.waitFor()));
    await timeline.getByText("Healed").waitFor({ timeout: 90_000 });
    const proof = page.getByRole("region", { name: "Before and after" });
    await proof.getByRole("img", { name: /Response time P90 over time/ }).waitFor();
    const change = proof.getByTestId("change");
    for (const said of [/[\d,]+ ms\s*→\s*\d+ ms/, /target <1000/, /pass/])
      await change.filter({ hasText: said }).waitFor();
    await page.context().close();
  });

  it("the second is handed over to people, and home says that it needs one", async () => {
    const page = await browser.open(`${url}/`);
    const needs = page.getByRole("region", { name: "Needs a person" });
    await needs.getByText("Escalated", { exact: true }).waitFor({ timeout: 120_000 });
    await needs.getByRole("link", { name: "Response time degradation" }).click();
    await page.getByRole("heading", { level: 1, name: /on orders/ }).waitFor();
    const timeline = page.getByRole("list", { name: "Timeline" });
    await timeline.getByText("Escalated", { exact: true }).waitFor();
    await timeline.getByText("Nobody was told").waitFor();
    await page.context().close();
  });

  it("nothing was complained about", () => assert.deepEqual(browser.complaints, []));
});
