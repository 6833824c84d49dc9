import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { chromium, describeWith } from "../../support/needs.ts";
import { CARTS, ORDERS, seedFiles, seedRun, seedSteps, untilWait } from "../../support/web-seed.ts";
import { eventually } from "../../support/eventually.ts";
import { accessibilityFaults, openWebStage, STILL, type WebStage } from "../../support/web-stage.ts";

type Box = Record<"x" | "y" | "width" | "height", number>;

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

  for (const width of [390, 1440]) {
    it(`holds a long chain, a title without a space and many SLIs, ${width} px wide`, async () => {
      const service = `checkout-${width}`;
      const many = { title: "EndlessTitle".repeat(20), actions: 10, moreSlis: 20 };
      const context = await seedRun(stage.journal, { ...ORDERS, service }, { evaluated: "fail", ...many });
      const page = await stage.open(`/remediations/${context}`, { width });
      const table = page.getByRole("table", { name: "Evaluations of this run" });
      await table.getByText("Evaluation 10").waitFor();
      assert.equal(await page.getByRole("list", { name: "Timeline" }).getByRole("listitem").count(), 33);
      const missed = await table.getByRole("row", { name: /Response time P90/ }).count();
      assert.deepEqual([missed, await table.getByRole("row", { name: /sli_/ }).count()], [10, 0]);
      await page.getByRole("button", { name: /^Show \d+ more values/ }).click();
      assert.equal(await table.getByRole("row", { name: /sli_/ }).count(), 200);
      assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
      assert.deepEqual(await accessibilityFaults(page), []);
      await page.goto(`${stage.url}/`);
      await page
        .getByRole("link", { name: /EndlessTitle/ })
        .first()
        .waitFor();
      assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
      await page.context().close();
    });
  }

  it("has the root cause, the description and the runbook in its head, and the other labels on demand", async () => {
    const context = await seedRun(
      stage.journal,
      { ...ORDERS, service: "payment" },
      {
        rootCause: "MySQL primary is out of disk",
        labels: {
          alertname: "PaymentSlow",
          dashboard: "https://grafana.example/d/1?var=a&b=c",
          description: "P90 above 1 s\nfor 5 minutes",
          runbook_url: "https://wiki.example/runbooks/payment",
          note: "https://wiki.example is down",
          shell: "javascript:window.pwned=1",
        },
      },
    );
    for (const width of [390, 1440]) {
      const page = await stage.open(`/remediations/${context}`, { width });
      const head = page.locator(".run-head");
      await head.getByText("Root cause: MySQL primary is out of disk").waitFor();
      await head.getByText("for 5 minutes").waitFor();
      const runbook = head.getByRole("link", { name: "https://wiki.example/runbooks/payment" });
      assert.deepEqual(
        [await runbook.getAttribute("target"), await runbook.getAttribute("rel")],
        ["_blank", "noopener noreferrer"],
      );
      assert.equal(await head.getByText("PaymentSlow").isVisible(), false);
      await head.getByText("4 more labels").click();
      assert.deepEqual(await head.locator("details dt").allTextContents(), ["alertname", "dashboard", "note", "shell"]);
      const links = await head.locator("dd a").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
      assert.deepEqual(links, ["https://wiki.example/runbooks/payment", "https://grafana.example/d/1?var=a&b=c"]);
      assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
      assert.deepEqual(await accessibilityFaults(page), []);
      await page.context().close();
    }
  });

  it("can only be run again when it is finished, and only while its problem is open", async () => {
    const page = await open(healed);
    await see(page, "Healed");
    const controls = page.getByRole("group", { name: "Controls" });
    assert.deepEqual(await controls.getByRole("button").allTextContents(), ["Run again…"]);
    const { target, problem } = (await stage.journal.state(healed))!;
    await stage.journal.append(healed, [{ kind: "problem", data: { ...target, state: "resolved", problem } }]);
    await controls.waitFor({ state: "detached" });
    await see(page, "resolved");
    await page.context().close();
  });

  it("is run again after it has said what that does; both runs lead to each other, and say who asked", async () => {
    const context = await seedRun(stage.journal, { ...ORDERS, service: "shipping" }, { evaluated: "fail" });
    const page = await open(context);
    await page.getByRole("button", { name: "Run again…" }).click();
    const dialog = page.getByRole("dialog", { name: /Run again: Response time degradation/ });
    await dialog.getByText("A new run begins for the same problem, which is open as far as alertmanager has").waitFor();
    await dialog.getByText("acts on shipping from the first action on").waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await dialog.getByLabel(/Reason/).fill("the quota was raised");
    await dialog.getByRole("button", { name: "Run again" }).dblclick();
    await page.waitForURL((url) => !url.pathname.endsWith(context));
    await see(page, "This run repeats");
    await see(page, /asked for it: the quota was raised/);
    await page.getByRole("list", { name: "Timeline" }).getByText("by anonymous: the quota was raised").waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.getByRole("link", { name: /^run / }).click();
    await page.waitForURL(new RegExp(`/remediations/${context}$`));
    await see(page, "The problem is worked on again, by");
    assert.equal(await page.getByRole("button", { name: "Run again…" }).count(), 0);
    assert.equal((await stage.journal.remediations({ service: "shipping", limit: 10 })).length, 2);
    await page.context().close();
  });

  it("is refused with the reason, in the window, when the problem has begun anew meanwhile", async () => {
    const target = { ...ORDERS, service: "queue" };
    const context = await seedRun(stage.journal, target, { evaluated: "fail" });
    const page = await open(context);
    await page.getByRole("button", { name: "Run again…" }).click();
    const { problem } = (await stage.journal.state(context))!;
    await stage.journal.append("later", [{ kind: "remediation.triggered", data: { ...target, problem } }]);
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Run again" }).click();
    await dialog.getByRole("alert").getByText("the problem has begun again since: see run later").waitFor();
    await dialog.getByRole("button", { name: "Keep it as it is" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.context().close();
    // The browser itself notes a 409.
    stage.complaints.length = 0;
  });

  it("shows the notes on its evaluations, as text, as they come", async () => {
    const target = { ...ORDERS, service: "catalog" };
    const context = await seedRun(stage.journal, target, { evaluated: "warning" });
    const page = await open(context);
    const table = page.getByRole("table", { name: "Evaluations of this run" });
    await table.waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    const finished = (await stage.journal.read(context)).find(({ kind }) => kind === "evaluation.finished")!;
    await fetch(`${stage.url}/v1/evaluations/${context}/annotate`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ note: "<img src=x onerror=alert(1)> no load", evaluation: finished.id }),
    });
    await table.getByRole("row", { name: /Note/ }).getByText("<img src=x onerror=alert(1)> no load").waitFor();
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

  it("gives an event as a curl command that works, and the events as a file, without what looks like a secret", async () => {
    const context = await seedRun(
      stage.journal,
      { ...ORDERS, service: "edge" },
      { labels: { api_token: "s3cr3t-canary" } },
    );
    const { problem, target } = (await stage.journal.state(context))!;
    const id = "it's $(touch pwned)";
    await stage.journal.append(context, [{ kind: "problem", id, data: { ...target, state: "open", problem } }]);
    const page = await open(context, "?step=all");
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const event = page.locator(`[id="event-${id}"]`);
    await event.locator("summary").click();
    // It is said for a moment only.
    await Promise.all([
      event.getByText("Copied").waitFor(),
      event.getByRole("button", { name: "Copy as curl" }).click(),
    ]);
    const command = String(await page.evaluate("navigator.clipboard.readText()"));
    const { stdout } = await promisify(execFile)("sh", ["-c", command]);
    assert.equal((JSON.parse(stdout) as { id: string }).id, id);

    const downloading = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download" }).click();
    const download = await downloading;
    assert.equal(download.suggestedFilename(), `events-${context.slice(0, 8)}.json`);
    const text = await readFile(await download.path(), "utf8");
    const stored = await stage.journal.read(context);
    assert.deepEqual(
      (JSON.parse(text) as { id: string }[]).map((one) => one.id),
      stored.map((one) => one.id),
    );
    assert.doesNotMatch(text, /s3cr3t-canary/);
    await page.context().close();
  });

  it("tells times as they are thought of, and the exact ones on hover", async () => {
    const page = await open(healed);
    const began = page.getByText(/^began/).locator("time");
    await began.waitFor();
    assert.match(await began.innerText(), / ago$|^just now$/);
    assert.match((await began.getAttribute("title")) ?? "", /\d{4}.*\d{2}:\d{2}:\d{2}.*UTC/);
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
    await page.getByRole("button", { name: "Abort…" }).waitFor({ state: "detached" });
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

  it("says that nobody was told, and what was refused, when only the log has the escalation", async () => {
    const target = { ...ORDERS, service: "untold" };
    const context = await seedRun(stage.journal, target);
    const [planned] = untilWait(target);
    const refused = { name: "untold", before: 5, after: 5, limited: "max" };
    const why = "untold: stays at 5: 6 is past the maximum of 5";
    const nowhere = "the event log only: no escalation.webhook.url is set";
    const passed = { status: "succeeded", result: "pass" } as const;
    await seedSteps(stage.journal, context, [
      planned!,
      {
        kind: "action.finished",
        data: { ...target, ...passed, result: "fail", message: why, attempt: 0, details: refused },
      },
      { kind: "action.finished", data: { ...target, ...passed, message: "escalated: help", attempt: 1, details: {} } },
    ]);
    assert.equal((await stage.journal.state(context))?.phase, "finished");
    await stage.journal.append(context, [
      { kind: "escalation.sent", data: { ...target, message: "help", to: nowhere } },
    ]);
    const page = await open(context);
    await see(page, "Escalated, nobody told");
    const told = "Nobody was told: no escalation.webhook.url is set: only the log has it.";
    await page.getByRole("status").getByText(`Did not work: ${why}. Escalated: help. ${told}`).waitFor();
    const last = page.getByRole("list", { name: "Timeline" }).getByRole("listitem").last();
    assert.match(await last.innerText(), /^Nobody was told\s+no escalation\.webhook\.url is set: only the log has it/);
    await page.getByRole("region", { name: "Why?" }).getByText("replicas refused at 5").waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.context().close();
  });

  it("says what a pause holds, in place of a countdown, and what comes when it is resumed", async () => {
    const target = { ...ORDERS, service: "held" };
    const context = await seedRun(stage.journal, target);
    await seedSteps(stage.journal, context, untilWait(target));
    const page = await open(context);
    const wait = page.getByRole("list", { name: "Timeline" }).getByRole("link", { name: /Wait/ });
    await wait.getByText(/ left$/).waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    await stage.journal.append(context, [{ kind: "remediation.paused", data: { ...target, by: "ann" } }]);
    await wait.getByText("held: paused").waitFor();
    assert.equal(await wait.getByText(/ left$/).count(), 0);
    const next =
      "After Resume it evaluates, once the wait is over; if that does not help: Tell the team (escalate help)";
    await page.getByRole("status").getByText(next).waitFor();
    await page.getByRole("button", { name: "Evaluate now…" }).click();
    await page.getByRole("dialog").getByText("The wait ends and held is evaluated after Resume.").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.deepEqual(await accessibilityFaults(page), []);
    await stage.journal.append(context, [{ kind: "remediation.resumed", data: { ...target, by: "ann" } }]);
    await wait.getByText(/ left$/).waitFor();
    await page.context().close();
  });

  it("says of a run in line that it is blocked, by whom, as long as the run in front is paused", async () => {
    const target = { ...ORDERS, service: "line" };
    const contexts: string[] = [];
    // The last one's `behind` is a run that ends before it is looked at.
    for (const title of ["first", "second", "third"]) contexts.push(await seedRun(stage.journal, target, { title }));
    const [first = "", second = "", third = ""] = contexts;
    await stage.journal.append(first, [{ kind: "remediation.aborted", data: { ...target, by: "bob" } }]);
    await stage.journal.append(second, [{ kind: "remediation.paused", data: { ...target, by: "ann" } }]);
    const page = await open(third);
    await page.getByRole("heading", { name: "Blocked: the run in front is paused by ann" }).waitFor();
    await page.getByRole("status").getByText("A person is needed").waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await stage.journal.append(second, [{ kind: "remediation.resumed", data: { ...target, by: "ann" } }]);
    await page.getByRole("heading", { name: "In line behind another run, nobody is needed" }).waitFor();
    await page.getByRole("status").getByRole("link", { name: "Look at the run in front" }).click();
    await page.getByRole("heading", { level: 1, name: /^second/ }).waitFor();
    assert.equal(await page.getByRole("link", { name: "Look at the run in front" }).count(), 0);
    await page.context().close();
  });

  for (const width of [390, 1440])
    it(`shows how far a wait is by its bar, ${width} px wide`, async () => {
      const target = { ...ORDERS, service: `wait-${width}` };
      const context = await seedRun(stage.journal, target);
      await seedSteps(stage.journal, context, untilWait(target));
      const page = await stage.open(`/remediations/${context}`, { width });
      const bar = page.locator(".is-now .bar");
      await bar.locator(".now").waitFor();
      const [whole, part, line] = (await Promise.all(
        [bar, bar.locator(".bar-progress"), bar.locator(".now")].map((one) => one.boundingBox()),
      )) as [Box, Box, Box];
      const [start, size] = width < 760 ? (["y", "height"] as const) : (["x", "width"] as const);
      // Of ten minutes some seconds are over.
      assert.ok(part[size] > 0 && part[size] < whole[size] / 10, `${part[size]} of ${whole[size]}`);
      assert.ok(line[start] - whole[start] < whole[size] / 10, `${line[start]} on ${whole[start]}`);
      const label = (await bar.getByText("now").boundingBox())!;
      const text = (await page.locator(".is-now .step-title").boundingBox())!;
      assert.ok(label.x + label.width <= text.x || label.y + label.height <= text.y, "the label covers the text");
      await page.context().close();
    });

  it("brings the events of a step into sight when it is chosen, with all of its text, and not when it comes by its address", async () => {
    const title = "EndlessTitle".repeat(20);
    const context = await seedRun(stage.journal, { ...ORDERS, service: "sight" }, { evaluated: "pass", title });
    const page = await stage.open(`/remediations/${context}`, { width: 390 });
    const bar = page.getByRole("list", { name: "Timeline" }).getByRole("link", { name: /Problem/ });
    await bar.focus();
    await page.keyboard.press("Enter");
    const events = page.getByRole("region", { name: "Events: Problem" });
    await events.getByText(title).first().waitFor();
    await eventually("it is in sight", async () => {
      const box = (await events.boundingBox())!;
      return box.y >= 52 && box.y < 844 - 100;
    });
    await page.goto(`${stage.url}/remediations/${context}?step=problem-1`);
    await events.waitFor();
    assert.equal(await page.evaluate("scrollY"), 0);
    await page.context().close();
  });

  it("says so when there is no such remediation", async () => {
    const page = await stage.open("/remediations/none");
    await page.getByText("There is no such remediation").waitFor();
    await page.getByRole("link", { name: "All remediations" }).click();
    await page.getByRole("heading", { level: 1, name: "Remediations" }).waitFor();
    await page.context().close();
    // The browser itself notes a 404.
    stage.complaints.length = 0;
  });
});
