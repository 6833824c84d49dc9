import assert from "node:assert/strict";
import type { Page, Request } from "playwright-core";
import { chromium, describeWith } from "../../support/needs.ts";
import { eventually } from "../../support/eventually.ts";
import { CARTS, copyEvents, copyRuns, ORDERS, PROJECT, seedFiles, seedRun } from "../../support/web-seed.ts";
import { openWebStage, STILL, type WebStage } from "../../support/web-stage.ts";

describeWith([chromium], "the web page when answers are late and people are quick", function () {
  this.timeout(60_000);
  let stage: WebStage;
  before(async () => {
    stage = await openWebStage({ roles: STILL });
    await seedFiles(stage.journal);
  });
  after(async () => {
    await stage?.close();
    assert.deepEqual(stage?.complaints ?? [], []);
  });
  afterEach(() => stage?.closePages());

  const isLive = (page: Page) => page.getByText("Live", { exact: true }).waitFor();
  const isOfLists = ({ pathname }: URL) => pathname === "/v1/remediations";
  // The browser itself notes it.
  const forgive503 = () =>
    stage.complaints.splice(0, stage.complaints.length, ...stage.complaints.filter((text) => !/503/.test(text)));

  it("takes what is typed right after the key that leads to the search of another page", async () => {
    const page = await stage.open("/engine-room");
    await page.getByRole("region", { name: "System" }).waitFor();
    await Promise.all(["/", "g", "h", "o", "s", "t"].map((key) => page.keyboard.press(key)));
    await page.waitForURL(/remediations\?text=ghost$/);
  });

  it("takes two keys that were pressed soon after each other, however late it comes to the second", async () => {
    const page = await stage.open("/engine-room");
    await page.getByRole("region", { name: "System" }).waitFor();
    await page.evaluate(`addEventListener("keydown", () => {
      for (const end = performance.now() + 1600; performance.now() < end; );
    }, { once: true })`);
    await Promise.all(["g", "s"].map((key) => page.keyboard.press(key)));
    await page.getByRole("heading", { level: 1, name: "Services" }).waitFor();
  });

  it("takes no single key for the second of two, however early it comes", async () => {
    const page = await stage.open("/engine-room");
    await page.addInitScript(`addEventListener("DOMContentLoaded", () => {
      document.dispatchEvent(new KeyboardEvent("keydown", { key: "s" }));
    })`);
    await page.goto(`${stage.url}/remediations`);
    await page.getByRole("searchbox", { name: "Search" }).waitFor();
    assert.equal(new URL(page.url()).pathname, "/remediations");
  });

  it("clears a search that was written right before, too", async () => {
    const page = await stage.open("/remediations?service=carts");
    await page.getByRole("searchbox", { name: "Search" }).fill("slow");
    await page.getByRole("link", { name: "Clear filters" }).click();
    await page.waitForURL(/remediations$/);
    // As long as it waits for more to be typed: what was begun before is over.
    await page.evaluate("new Promise((done) => setTimeout(done, 250))");
    assert.equal(new URL(page.url()).search, "");
    assert.equal(await page.getByRole("searchbox", { name: "Search" }).inputValue(), "");
  });

  it("shows in a list what changed while it was first read", async () => {
    const target = { ...CARTS, service: "first-read" };
    const context = await seedRun(stage.journal, target);
    const page = await stage.open("/engine-room");
    await isLive(page);
    const first = await holdNext(page, isOfLists);
    await page.getByRole("link", { name: "Remediations", exact: true }).click();
    await first.held;
    await page.getByRole("link", { name: "Running 1", exact: true }).waitFor();
    await stage.journal.append(context, [{ kind: "remediation.aborted", data: { ...target, by: "ann" } }]);
    // Counted anew, later than the list would have been read.
    await page.getByRole("link", { name: "Running 0", exact: true }).waitFor();
    await first.release();
    const row = page.getByRole("listitem").filter({ hasText: "first-read" });
    await row.getByText("Aborted", { exact: true }).waitFor();
  });

  it("shows in a list what the later of two answers says, whichever comes first", async () => {
    const target = { ...CARTS, service: "overtaken" };
    const context = await seedRun(stage.journal, target);
    const page = await stage.open("/remediations?service=overtaken");
    const row = page.getByRole("main").getByRole("listitem");
    await row.getByText("Deciding").waitFor();
    await isLive(page);
    const first = await holdNext(page, isOfLists);
    await stage.journal.append(context, [{ kind: "remediation.paused", data: { ...target, by: "ann" } }]);
    await first.held;
    await page.getByRole("link", { name: "Paused 1", exact: true }).waitFor();
    await stage.journal.append(context, [{ kind: "remediation.aborted", data: { ...target, by: "ann" } }]);
    // Counted anew, later than the list would have been read.
    await page.getByRole("link", { name: "Running 0", exact: true }).waitFor();
    await first.release();
    await drawn(page);
    await row.getByText("Aborted", { exact: true }).waitFor();
  });

  it("changes a row while more of its list are read, and one that is among these", async () => {
    const target = { ...CARTS, service: "long" };
    const oldest = await seedRun(stage.journal, target, { title: "The oldest" });
    const copied = await seedRun(stage.journal, target);
    await copyRuns(stage.databaseUrl, copied, 200);
    // So that the newest comes behind all copies in the log, too.
    await copyEvents(stage.databaseUrl, copied, 300);
    const newest = await seedRun(stage.journal, target, { title: "The newest" });
    const page = await stage.open("/engine-room");
    await isLive(page);
    const more = await holdNext(page, (url) => isOfLists(url) && url.searchParams.has("cursor"));
    await page.getByRole("link", { name: "Remediations", exact: true }).click();
    await page.getByText("The newest").waitFor();
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    await more.held;
    for (const context of [newest, oldest])
      await stage.journal.append(context, [{ kind: "remediation.aborted", data: { ...target, by: "ann" } }]);
    const row = (text: string) => page.getByRole("listitem").filter({ hasText: text });
    await row("The newest").getByText("Aborted", { exact: true }).waitFor();
    await more.release();
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    await row("The oldest").filter({ hasText: "Aborted" }).waitFor();
  });

  it("changes a row that its list does not want any more", async () => {
    const target = { ...CARTS, service: "unwanted" };
    const context = await seedRun(stage.journal, target);
    const page = await stage.open("/remediations?service=unwanted&phase=planning");
    const row = page.getByRole("main").getByRole("listitem");
    await row.getByText("Deciding").waitFor();
    await isLive(page);
    await stage.journal.append(context, [{ kind: "remediation.aborted", data: { ...target, by: "ann" } }]);
    await row.getByText("Aborted", { exact: true }).waitFor();
  });

  it("has all of a list that could not be read at first", async () => {
    const page = await stage.open("/engine-room");
    await isLive(page);
    await page.route(isOfLists, (route) => route.fulfill({ status: 503, body: "{}" }), { times: 1 });
    await page.getByRole("link", { name: "Remediations", exact: true }).click();
    await page.getByText("Could not read remediations").waitFor();
    await seedRun(stage.journal, { ...CARTS, service: "later" });
    const rows = page.getByRole("list", { name: "remediations" }).getByRole("listitem");
    await rows.first().waitFor();
    assert.equal(await rows.first().getAttribute("aria-setsize"), "-1");
    forgive503();
  });

  it("does not ask on and on for more of a list when that fails, but when it is asked to", async () => {
    const page = await stage.open("/engine-room");
    let asked = 0;
    const isMore = (url: URL) => isOfLists(url) && url.searchParams.has("cursor");
    await page.route(isMore, (route) => (asked++, route.fulfill({ status: 503, body: "{}" })));
    await page.getByRole("link", { name: "Remediations", exact: true }).click();
    await page.getByRole("list", { name: "remediations" }).waitFor();
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    await page.getByText("Could not read remediations").waitFor();
    await drawn(page);
    await drawn(page);
    assert.equal(asked, 1);
    await page.unroute(isMore);
    await page.getByRole("button", { name: "Show more" }).click();
    await page.getByText(/^That is all/).waitFor();
    assert.equal(await page.getByText("Could not read remediations").count(), 0);
    forgive503();
  });

  it("leaves the window alone that was opened after the one whose answer is late", async () => {
    const context = await seedRun(stage.journal, { ...ORDERS, service: "windows" });
    const page = await stage.open(`/remediations/${context}`);
    await page.getByRole("button", { name: "Pause…" }).click();
    const answer = await holdNext(page, ({ pathname }) => pathname.endsWith("/pause"));
    await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
    await answer.held;
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Abort…" }).click();
    const dialog = page.getByRole("dialog", { name: /^Abort/ });
    await dialog.getByLabel(/Reason/).fill("no quota");
    await answer.release();
    await page.getByRole("button", { name: "Resume…", includeHidden: true }).waitFor();
    await drawn(page);
    assert.equal(await dialog.getByLabel(/Reason/).inputValue({ timeout: 1000 }), "no quota");
  });

  it("does not go back to what a run was before a command", async () => {
    const target = { ...ORDERS, service: "command" };
    const context = await seedRun(stage.journal, target);
    const { problem } = (await stage.journal.state(context))!;
    const page = await stage.open(`/remediations/${context}`);
    await isLive(page);
    await page.getByRole("button", { name: "Pause…" }).click();
    const isOfRun = ({ pathname }: URL) => pathname === `/v1/remediations/${context}`;
    const early = await holdNext(page, isOfRun);
    await stage.journal.append(context, [{ kind: "problem", data: { ...target, state: "open", problem } }]);
    await early.held;
    const late = await holdNext(page, isOfRun);
    await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Resume…" }).waitFor();
    await early.release();
    await late.held;
    await drawn(page);
    assert.equal(await page.getByRole("button", { name: "Pause…" }).count(), 0);
    await late.release();
  });

  it("keeps what is written about an evaluation when another one comes", async () => {
    await seedRun(stage.journal, CARTS, { evaluated: "fail" });
    const page = await stage.open(`/services/${PROJECT}/production/carts`);
    await page.getByRole("button", { name: "Add a note…" }).click();
    await isLive(page);
    const field = page.getByRole("dialog").getByLabel("Note");
    await field.fill("the load generator was off");
    await seedRun(stage.journal, CARTS, { evaluated: "warning" });
    await page.getByRole("gridcell", { name: /^Total score: warning/, includeHidden: true }).waitFor();
    await drawn(page);
    assert.equal(await field.inputValue({ timeout: 1000 }), "the load generator was off");
    await page.getByRole("button", { name: "Add note" }).click();
    await page.getByRole("gridcell", { name: "Total score: fail, score 0 of 100, 1 note" }).waitFor();
  });

  it("keeps a window in which a text is marked with the mouse up to beside it", async () => {
    const context = await seedRun(stage.journal, { ...ORDERS, service: "marked" });
    const page = await stage.open(`/remediations/${context}`);
    await page.getByRole("button", { name: "Pause…" }).click();
    const field = page.getByRole("dialog").getByLabel(/Reason/);
    await field.fill("deploying by hand");
    await field.hover();
    await page.mouse.down();
    await page.mouse.move(5, 5);
    await page.mouse.up();
    await drawn(page);
    assert.equal(await field.count(), 1);
    await page.mouse.click(5, 5);
    await field.waitFor({ state: "detached" });
  });

  it("does not move the columns that one looks at when another evaluation comes", async () => {
    const target = { ...CARTS, service: "columns" };
    await seedRun(stage.journal, target, { evaluated: "fail", actions: 20 });
    const page = await stage.open(`/services/${PROJECT}/production/columns`, { width: 600 });
    const scroller = page.locator(".heatmap-scroll");
    const place = async () => Number(await scroller.evaluate((element) => element.scrollLeft));
    await scroller.waitFor();
    await isLive(page);
    assert.ok((await place()) > 100, "the newest is in sight");
    const cells = page.getByRole("gridcell", { name: /^Total score/ });
    await scroller.evaluate((element) => (element.scrollLeft = 10));
    await drawn(page);
    await seedRun(stage.journal, target, { evaluated: "pass" });
    await eventually("the column is there", async () => (await cells.count()) === 21);
    await drawn(page);
    assert.equal(await place(), 10);
  });

  /** The page of a run that one had scrolled to 500 px before one left it, come back to while its answer is held. */
  async function cameBackTo(service: string) {
    const context = await seedRun(stage.journal, { ...CARTS, service }, { evaluated: "pass" });
    const page = await stage.open(`/remediations/${context}?step=all`, { height: 300 });
    await page.getByRole("list", { name: "Timeline" }).waitFor();
    await page.evaluate("scrollTo(0, 500)");
    await page.keyboard.press("g");
    await page.keyboard.press("m");
    await page.getByRole("region", { name: "System" }).waitFor();
    const answer = await holdNext(page, ({ pathname }) => pathname === `/v1/remediations/${context}`);
    await page.goBack();
    return { page, answer };
  }

  it("does not scroll the page that one has gone on to, to where one was on the page before", async () => {
    const { page, answer } = await cameBackTo("scrolled");
    await answer.held;
    await Promise.all(["g", "m"].map((key) => page.keyboard.press(key)));
    await page.getByRole("region", { name: "System" }).waitFor();
    await drawn(page);
    assert.equal(await page.evaluate("scrollY"), 0);
    await answer.release();
  });

  it("is where one was when one comes back, also when it takes long", async () => {
    const { page, answer } = await cameBackTo("late-back");
    const began = performance.now();
    await answer.held;
    await eventually("it has taken long", () => performance.now() - began > 1500);
    await answer.release();
    // What comes above it later moves it on.
    await eventually("it is where it was", async () => Number(await page.evaluate("scrollY")) >= 500);
  });
});

/** Keeps back what the server answers to the next request that fits. */
async function holdNext(page: Page, fits: (url: URL) => boolean) {
  let letGo = () => {};
  const released = new Promise<void>((resolve) => (letGo = resolve));
  let isMine = false;
  let over: Promise<unknown> = Promise.resolve();
  let request: Request;
  const held = new Promise<void>((resolve) => {
    void page.route(fits, async (route) => {
      if (isMine) return route.fallback();
      isMine = true;
      request = route.request();
      const response = await route.fetch();
      over = released.then(() => route.fulfill({ response })).catch(() => undefined);
      resolve();
    });
  });
  await page.evaluate("0");
  return {
    held,
    /** Resolves when the page has it. */
    async release() {
      letGo();
      await over;
      await (await request.response())?.finished();
    },
  };
}

/** What the page has been told is drawn. */
const drawn = (page: Page) =>
  page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))");
