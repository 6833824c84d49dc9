import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.ts";
import { chromium, describeWith } from "../../support/needs.ts";
import { CARTS, copyEvents, copyRuns, ORDERS, seedFiles, seedRun } from "../../support/web-seed.ts";
import { accessibilityFaults, openWebStage, STILL, type WebStage } from "../../support/web-stage.ts";

describeWith([chromium], "the lists of the web page", function () {
  this.timeout(120_000);
  let stage: WebStage;

  before(async () => {
    stage = await openWebStage({ roles: STILL });
  });
  after(() => stage?.close());

  it("say what to do next while there is nothing", async () => {
    const page = await stage.open("/remediations");
    await page.getByText("No problem has come in yet").waitFor();
    await page.getByText(`${stage.url}/v1/webhooks/alertmanager`).waitFor();
    await page.goto(`${stage.url}/events`);
    await page.getByText("The log is empty").waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.context().close();
  });

  describe("with runs", () => {
    before(async () => {
      await seedFiles(stage.journal);
      await seedRun(stage.journal, CARTS, { title: "Slow checkout", evaluated: "pass" });
      await seedRun(stage.journal, CARTS, { title: "Error rate", evaluated: "fail" });
      await seedRun(stage.journal, ORDERS, { title: "Slow orders" });
    });

    it("are filtered by the server, with all of it in the address, so that a reload shows the same", async () => {
      const page = await stage.open("/remediations");
      const rows = page.getByRole("main").getByRole("listitem");
      await page.getByRole("link", { name: "Slow orders" }).waitFor();
      await page.getByRole("link", { name: /^Failed/ }).click();
      await page.getByRole("link", { name: "Slow orders" }).waitFor({ state: "detached" });
      await page.getByRole("link", { name: "Error rate" }).waitFor();
      assert.match(page.url(), /reason=exhausted/);
      await page.getByRole("link", { name: "Clear filters" }).click();
      await page.getByRole("combobox", { name: "Service" }).selectOption("carts");
      await page.getByRole("searchbox", { name: "Search" }).fill("check");
      await page.waitForURL(/text=check/);
      await page.reload();
      await page.getByRole("link", { name: "Slow checkout" }).waitFor();
      await eventually("one row is left", async () => (await rows.count()) === 1);
      assert.equal(await page.getByRole("searchbox", { name: "Search" }).inputValue(), "check");
      assert.equal(await page.getByRole("combobox", { name: "Service" }).inputValue(), "carts");
      await page.getByRole("combobox", { name: "Time" }).selectOption({ label: "Last hour" });
      await page.waitForURL(/range=1h/);
      await page.getByRole("link", { name: "Slow checkout" }).waitFor();
      assert.deepEqual(await accessibilityFaults(page), []);
      await page.context().close();
    });

    it("count what each shortcut would give", async () => {
      const page = await stage.open("/remediations");
      for (const name of ["All 3", "Running 1", "Healed 1", "Failed 1", "Nothing done 0"])
        await page.getByRole("link", { name, exact: true }).waitFor();
      await page.getByRole("link", { name: "Healed 1", exact: true }).click();
      await page.waitForURL(/reason=healed/);
      assert.equal(await page.getByRole("combobox", { name: "Ended because" }).inputValue(), "healed");
      await page.context().close();
    });

    it("have a range of two moments", async () => {
      const page = await stage.open("/remediations?from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z");
      await page.getByText("No remediation fits these filters").waitFor();
      assert.equal(await page.getByLabel("From (local time)").inputValue(), "2020-01-01T00:00");
      await page.getByLabel("To (local time)").fill("2099-01-01T00:00");
      await page.getByRole("link", { name: "Slow checkout" }).waitFor();
      await page.context().close();
    });

    it("have a range in the zone in which times are shown", async () => {
      const path = "/remediations?from=2020-01-01T00:00:00Z";
      const page = await stage.open(path, { timezone: "America/New_York" });
      assert.equal(await page.getByLabel("From (local time)").inputValue(), "2019-12-31T19:00");
      await page.getByRole("button", { name: "Times are in local time; change" }).click();
      const from = page.getByLabel("From (UTC)");
      assert.equal(await from.inputValue(), "2020-01-01T00:00");
      await from.fill("2020-01-02T03:00");
      await page.waitForURL((url) => url.searchParams.get("from") === "2020-01-02T03:00:00.000Z");
      await page.context().close();
    });

    it("announce what is new and move nothing until it is asked for", async () => {
      const page = await stage.open("/remediations");
      const first = page.getByRole("link", { name: "Slow orders" });
      await first.waitFor();
      await page.getByText("Live", { exact: true }).waitFor();
      const before = await first.boundingBox();
      await seedRun(stage.journal, { ...ORDERS, service: "payment" }, { title: "Payment is slow" });
      const pill = page.getByRole("button", { name: "1 new" });
      await pill.waitFor();
      assert.deepEqual(await first.boundingBox(), before);
      assert.equal(await page.getByRole("link", { name: "Payment is slow" }).count(), 0);
      await pill.click();
      await page.getByRole("link", { name: "Payment is slow" }).waitFor();
      await pill.waitFor({ state: "detached" });
      await page.context().close();
    });

    it("change a row in place when its run goes on", async () => {
      const page = await stage.open("/remediations?service=orders");
      await page.getByText("Deciding").waitFor();
      await page.getByText("Live", { exact: true }).waitFor();
      const [row] = await stage.journal.remediations({ service: "orders", limit: 1 });
      await stage.journal.append(row!.state.context, [{ kind: "remediation.aborted", data: { ...ORDERS, by: "ann" } }]);
      await page.getByRole("listitem").getByText("Aborted", { exact: true }).waitFor();
      await page.context().close();
    });

    it("of events show kinds and lead to the event", async () => {
      const page = await stage.open("/events?type=evaluation.finished");
      await page.getByRole("link", { name: "evaluation.finished" }).first().waitFor();
      assert.equal(await page.getByRole("link", { name: "problem", exact: true }).count(), 0);
      assert.deepEqual(await accessibilityFaults(page), []);
      await page.getByRole("link", { name: "evaluation.finished" }).first().click();
      await page.getByRole("heading", { name: "evaluation.finished" }).waitFor();
      await page.context().close();
    });

    it("of events count what each filter would give, and go on counting", async () => {
      const page = await stage.open("/events?service=carts");
      const filter = (name: string) => page.getByRole("combobox", { name });
      const shortcut = (name: string) => page.getByRole("link", { name, exact: true });
      for (const name of ["Problems 2", "Actions 4", "Evaluations 4", "Failed 2"]) await shortcut(name).waitFor();
      await filter("Kind").selectOption("action.finished (2)");
      await page.waitForURL(/type=action\.finished/);
      // Of the other kinds it is still told how many there are.
      await filter("Kind").selectOption("problem (2)");
      await filter("Service").selectOption("orders");
      await shortcut("Problems 1").waitFor();
      await shortcut("Evaluations 0").click();
      await page.getByText("No event fits these filters").waitFor();
      await page.getByText("Live", { exact: true }).waitFor();
      const problem = { id: "u1", source: "test", title: "Unrouted", severity: "critical" as const, labels: {} };
      await stage.journal.append("unrouted", [
        { kind: "problem.unrouted", data: { ...ORDERS, problem, reason: "test" } },
      ]);
      await shortcut("Problems 2").waitFor();
      assert.deepEqual(await accessibilityFaults(page), []);
      await page.context().close();
    });

    it("are walked through by keyboard", async () => {
      const page = await stage.open("/remediations?service=carts");
      await page.getByRole("link", { name: "Slow checkout" }).waitFor();
      await page.keyboard.press("j");
      await page.keyboard.press("j");
      await page.keyboard.press("Enter");
      await page.waitForURL(/\/remediations\/[0-9a-f-]{36}$/);
      await page.goBack();
      await page.getByRole("link", { name: "Slow checkout" }).waitFor();
      await page.keyboard.press("/");
      assert.equal(await page.evaluate("document.activeElement.type"), "search");
      await page.context().close();
    });

    it("show text of alerts as text", async () => {
      const title = `<img src=x onerror="document.title='hacked'"><script>document.title='hacked'</script>`;
      await seedRun(stage.journal, { ...CARTS, service: "hostile" }, { title, evaluated: "fail" });
      for (const path of ["/remediations?service=hostile", "/events?service=hostile"]) {
        const page = await stage.open(path);
        await page.getByText("<img src=x").first().waitFor();
        assert.equal(await page.locator("main img, main script").count(), 0);
        assert.doesNotMatch(await page.title(), /hacked/);
        await page.context().close();
      }
    });

    it("say of a run that has ended whether its problem is still open, and why it ended so", async () => {
      const target = { ...CARTS, service: "catalogue" };
      const message = "no entry of remediation.yaml matches: ".repeat(20).trim();
      const context = await seedRun(stage.journal, target, { title: "Catalogue is down", rootCause: "disk is full" });
      const state = (await stage.journal.state(context))!;
      assert.ok("triggeredid" in state);
      const ended = { ...target, status: "succeeded", result: "fail", reason: "no-match", message } as const;
      await stage.journal.append(context, [
        { kind: "get-action.finished", data: ended, triggeredid: state.triggeredid },
      ]);
      const home = await stage.open("/");
      const needed = home.getByRole("region", { name: "Needs a person" });
      await needed.getByText("still open").first().waitFor();
      assert.ok(Number(await home.evaluate(linesOf(`.needs [title="${message}"]`))) > 3);
      await home.context().close();

      const page = await stage.open("/remediations?service=catalogue");
      const row = page.getByRole("main").getByRole("listitem");
      await row.locator(".tone-bad", { hasText: "No entry matched" }).waitFor();
      await row.locator(".tone-bad", { hasText: "still open" }).waitFor();
      await row.getByText("Root cause: disk is full").waitFor();
      assert.equal(await row.getAttribute("title"), message);
      assert.equal(await page.evaluate(linesOf(`[title="${message}"]`)), 2);
      assert.deepEqual(await accessibilityFaults(page), []);
      const services = await stage.open("/services");
      const service = services.getByRole("listitem").filter({ hasText: "catalogue" });
      await service.getByText("still open").waitFor();
      for (const one of [page, services]) await one.getByText("Live", { exact: true }).waitFor();
      await stage.journal.append(context, [
        { kind: "problem", data: { ...target, state: "resolved", problem: state.problem } },
      ]);
      await row.locator(".tone-quiet", { hasText: "No entry matched" }).waitFor();
      await row.getByText("resolved", { exact: true }).waitFor();
      assert.equal(await row.locator(".tone-bad").count(), 0);
      await service.getByText("resolved", { exact: true }).waitFor();
      for (const one of [page, services]) await one.context().close();
    });

    it("fit a phone, in the dark too", async () => {
      for (const path of ["/remediations", "/events"]) {
        const page = await stage.open(path, { width: 390, height: 844, theme: "dark" });
        await page.getByRole("main").getByRole("listitem").first().waitFor();
        assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
        assert.deepEqual(await accessibilityFaults(page), []);
        await page.context().close();
      }
    });

    describe("of thousands of rows", () => {
      let page: Awaited<ReturnType<WebStage["open"]>>;
      before(async () => {
        const context = await seedRun(stage.journal, { ...CARTS, service: "busy" }, { evaluated: "pass" });
        await copyRuns(stage.databaseUrl, context, 2_000);
        page = await stage.open("/remediations?service=busy");
        await page.getByRole("link", { name: "Response time degradation" }).first().waitFor();
      });
      after(() => page?.context().close());

      it("are read page by page while one scrolls", async () => {
        await page.getByRole("listitem").first().waitFor();
        assert.equal(await page.getByRole("listitem").first().getAttribute("aria-setsize"), "-1");
        await eventually(
          "all rows are loaded",
          async () => {
            await page.evaluate("scrollTo(0, document.body.scrollHeight)");
            return (await page.getByText("That is all: 2,001 rows.").count()) === 1;
          },
          { within: 60_000, every: 20 },
        );
      });

      it("have those rows only that are in sight or close to it, each with its place", async () => {
        for (const [to, place] of [
          ["document.body.scrollHeight", 2001],
          ["document.body.scrollHeight / 2", 1000],
          ["0", 1],
        ] as const) {
          await page.evaluate(`scrollTo(0, ${to})`);
          await eventually(`row ${place} is on the screen`, async () => {
            const [first, last] = (await page.evaluate(PLACES_IN_SIGHT)) as [number, number];
            return first <= place && place <= last && last - first < 30;
          });
          await eventually("the others are gone", async () => (await page.locator("[data-row]").count()) < 250);
        }
        assert.equal(await page.getByRole("listitem").first().getAttribute("aria-setsize"), "2001");
        assert.deepEqual(await accessibilityFaults(page), []);
      });

      it("begin at what is in sight when they are walked by keyboard, and keep the row with the focus", async () => {
        await page.evaluate("scrollTo(0, document.body.scrollHeight / 2)");
        await made();
        await page.keyboard.press("j");
        const [first, last] = await sight();
        const focused = await focusedPlace();
        assert.ok(first <= focused && focused <= last, `row ${focused} of ${first} to ${last}`);
        for (let place = focused; place < focused + 40; place = await focusedPlace()) {
          const had = place;
          await page.keyboard.press("j");
          // Faster than rows are made it stays where it is; it never leaves one out.
          assert.ok([had, had + 1].includes(await focusedPlace()), `row ${await focusedPlace()} after ${had}`);
        }
        await page.evaluate("scrollTo(0, 0)");
        await eventually("the top is in sight", async () => (await sight())[0] === 1);
        assert.equal(await focusedPlace(), focused + 40);
      });

      it("are as they were left when one comes back to them", async () => {
        await page.evaluate("scrollTo(0, document.body.scrollHeight / 2)");
        await made();
        await page.keyboard.press("j");
        await made();
        const [first, last] = await sight();
        assert.ok(first > 900 && last - first > 10, `rows ${first} to ${last}`);
        await page.keyboard.press("Enter");
        await page.getByRole("heading", { level: 1, name: /on busy/ }).waitFor();
        await page.goBack();
        await eventually("the same rows are in sight", async () => {
          await made();
          const now = await sight();
          return Math.abs(now[0] - first) <= 5 && Math.abs(now[1] - last) <= 5;
        });
        await page.getByRole("link", { name: "Remediations", exact: true }).click();
        await eventually("a new look begins at the top", async () => (await sight())[0] === 1);
      });

      it("are counted as far as is cheap, and it is said that there are more", async () => {
        const [event] = await stage.journal.list({ service: "busy", types: ["problem"], limit: 1 });
        assert.ok(event);
        await copyEvents(stage.databaseUrl, event.context, 10_000);
        await page.goto(`${stage.url}/events?service=busy`);
        await page.getByText("Counted are the newest 10,000.").waitFor();
        for (const name of ["All 10,000+", "Problems 10,000+", "Evaluations"])
          await page.getByRole("link", { name, exact: true }).waitFor();
        await page.goto(`${stage.url}/events?service=busy&text=no-such-text`);
        await page.getByText("No event fits these filters").waitFor();
        await page.getByRole("link", { name: "All", exact: true }).waitFor();
      });

      it("find a text however far back it is", async () => {
        const needle = await seedRun(stage.journal, { ...CARTS, service: "haystack" }, { title: "A rare needle" });
        const hay = await seedRun(stage.journal, { ...CARTS, service: "haystack" }, { title: "Hay" });
        await copyEvents(stage.databaseUrl, hay, 30_000);
        await page.goto(`${stage.url}/events?service=haystack&text=rare%20needle`);
        const rows = page.getByRole("main").getByRole("listitem");
        await rows.filter({ hasText: "A rare needle" }).first().waitFor();
        const events = (await stage.journal.read(needle)).filter((event) =>
          JSON.stringify(event.data).includes("rare"),
        );
        // The server looks for them in a part of the log at a time.
        await eventually("all are found", async () => (await rows.count()) === events.length);
        await page.goto(`${stage.url}/events?service=haystack&text=not%20there`);
        await page.getByText("No event fits these filters").waitFor();
      });

      const sight = async () => (await page.evaluate(PLACES_IN_SIGHT)) as [number, number];
      const made = () =>
        eventually("the rows in sight are made", async () => (await page.evaluate(IS_SIGHT_EMPTY)) === false);
      const focusedPlace = async () =>
        Number(await page.evaluate("document.activeElement.closest('.row')?.getAttribute('aria-posinset')"));
    });

    it("never make the page complain", () => assert.deepEqual(stage.complaints, []));
  });
});

/** Whether there is space on the screen in which rows are still to come. */
const IS_SIGHT_EMPTY = `[...document.querySelectorAll(".row-chunk-far")].some(
  (chunk) => chunk.getBoundingClientRect().bottom > 0 && chunk.getBoundingClientRect().top < innerHeight)`;

/** Lines of a row's message that are seen. */
const linesOf = (row: string) => `(() => {
  const text = document.querySelector('${row} .row-sub:last-child');
  return Math.round(text.clientHeight / parseFloat(getComputedStyle(text).lineHeight));
})()`;

/** First and last place of the rows of which something is on the screen. */
const PLACES_IN_SIGHT = `(() => {
  const places = [...document.querySelectorAll(".row")]
    .filter((row) => row.getBoundingClientRect().bottom > 0 && row.getBoundingClientRect().top < innerHeight)
    .map((row) => Number(row.getAttribute("aria-posinset")));
  return [Math.min(...places), Math.max(...places)];
})()`;
