import assert from "node:assert/strict";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { chromium, describeWith } from "../../support/needs.ts";
import { eventually } from "../../support/eventually.ts";
import { CARTS, seedFiles, seedRun } from "../../support/web-seed.ts";
import { accessibilityFaults, openWebStage, STILL, type WebStage } from "../../support/web-stage.ts";

describeWith([chromium], "the page around the pages", function () {
  this.timeout(180_000);
  let stage: WebStage;
  let context: string;
  before(async () => {
    stage = await openWebStage({ roles: STILL });
  });
  after(async () => {
    await stage?.close();
    assert.deepEqual(stage?.complaints ?? [], []);
  });
  afterEach(() => stage?.closePages());
  const forgiveLostLines = () =>
    stage.complaints.splice(0, stage.complaints.length, ...stage.complaints.filter((text) => !/ERR_/.test(text)));

  it("says what to do first when there is nothing yet, with a receiver to paste", async () => {
    const page = await stage.open("/");
    await page.getByText("All quiet: no problem has come in yet").waitFor();
    await page.getByText(`${stage.url}/v1/webhooks/alertmanager`).first().waitFor();
  });

  it("shows on its first page what runs and what ended, as soon as it happens", async () => {
    const page = await stage.open("/");
    await page.getByText("Live", { exact: true }).waitFor();
    await seedFiles(stage.journal);
    context = await seedRun(stage.journal, CARTS, { evaluated: "pass", title: "Slow carts" });
    await page.getByRole("region", { name: "Latest" }).getByRole("link", { name: "Slow carts" }).waitFor();
    await page.getByRole("link", { name: "1 Healed" }).waitFor();
  });

  it("takes the key after Escape, before the browser has drawn the closed window", async () => {
    const page = await stage.open("/");
    await page.getByRole("region", { name: "Latest" }).waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
    await Promise.all(["Escape", "g", "r"].map((key) => page.keyboard.press(key)));
    await page.getByRole("heading", { level: 1, name: "Remediations" }).waitFor();
  });

  it("is used by keyboard alone", async () => {
    const page = await stage.open("/");
    await page.getByRole("region", { name: "Latest" }).waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("g");
    await page.keyboard.press("r");
    await page.getByRole("heading", { level: 1, name: "Remediations" }).waitFor();
    await page.locator("[data-row]").first().waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("carts");
    await page.waitForURL(/text=carts/);
    await page.locator("[data-row]").first().waitFor();
    await page.keyboard.press("Tab");
    await page.evaluate("document.activeElement.blur()");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: /Slow carts/ }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("h");
    await page.getByRole("region", { name: "Latest" }).waitFor();
  });

  it("has a way on for an address that is none, and a plain 404 for programs", async () => {
    const page = await stage.open("/no/such/place");
    await page.getByText("There is no such page").waitFor();
    await page.getByRole("link", { name: "home", exact: true }).click();
    await page.getByRole("region", { name: "Latest" }).waitFor();
    const answer = await fetch(`${stage.url}/no/such/place`);
    assert.deepEqual(
      [answer.status, answer.headers.get("content-type")?.split(";")[0]],
      [404, "application/problem+json"],
    );
    const api = await fetch(`${stage.url}/v1/no-such-thing`, { headers: { accept: "text/html" } });
    assert.equal(api.headers.get("content-type")?.split(";")[0], "application/problem+json");
    stage.complaints.splice(0, stage.complaints.length, ...stage.complaints.filter((text) => !/no\/such/.test(text)));
  });

  it("says at the top whether somebody is needed", async () => {
    const page = await stage.open("/");
    await page.getByRole("heading", { level: 1, name: "All quiet, nobody is needed" }).waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    const stuck = await seedRun(
      stage.journal,
      { ...CARTS, service: "shipping" },
      { evaluated: "fail", title: "Stuck" },
    );
    await page.getByRole("heading", { level: 1, name: "A person is needed" }).waitFor();
    await eventually("its title says so", async () => (await page.title()).startsWith("(1) A person is needed"));
    await page.getByRole("region", { name: "Needs a person" }).getByRole("link", { name: "Stuck" }).click();
    await page.getByRole("heading", { name: "A person is needed: the problem is still open" }).waitFor();
    await page.getByText("Done: shipping-primary 1 → 2. Evaluation fail: 400").waitFor();
    await stage.journal.append(stuck, [
      {
        kind: "problem",
        data: {
          ...{ ...CARTS, service: "shipping", state: "resolved" },
          problem: { id: "1", source: "alertmanager", title: "Stuck", severity: "critical", labels: {} },
        },
      },
    ]);
    await page.getByRole("heading", { name: "The problem is gone, nobody is needed" }).waitFor();
  });

  it("asks for a token in place of a page that the server does not give without one", async () => {
    const page = await stage.open("/");
    await page.route(/\/v1\/(?!stream)/, (route) =>
      route.request().headers()["authorization"] === "Bearer right-token"
        ? route.continue({ headers: { ...route.request().headers(), authorization: "" } })
        : route.fulfill({ status: 401, contentType: "application/problem+json", body: "{}" }),
    );
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "This server wants an API token" }).waitFor();
    assert.equal(await page.getByRole("alert").count(), 0);
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.getByLabel("Token", { exact: true }).fill("wrong-token");
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByText("The server does not know the token that this browser has").waitFor();
    await page.getByLabel("Token", { exact: true }).fill("right-token");
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByRole("region", { name: "Latest" }).waitFor();
    stage.complaints.splice(0, stage.complaints.length, ...stage.complaints.filter((text) => !/401/.test(text)));
  });

  it("keeps the chosen colours and the chosen zone", async () => {
    const page = await stage.open("/events");
    await page.getByRole("button", { name: /Colours: system/ }).click();
    await page.getByRole("button", { name: /Times are in local time/ }).click();
    await page.reload();
    await page.getByRole("button", { name: /Times are in UTC/ }).waitFor();
    assert.equal(await page.evaluate("document.documentElement.dataset.theme"), "dark");
  });

  it("has one stream for all tabs of a browser", async () => {
    const streams = async () => ((await (await fetch(`${stage.url}/v1/status`)).json()) as { streams: number }).streams;
    await eventually("no stream of a closed page is left", async () => (await streams()) === 0);
    const first = await stage.open("/");
    const second = await first.context().newPage();
    await second.goto(`${stage.url}/events`);
    for (const page of [first, second]) await page.getByText("Live", { exact: true }).waitFor();
    assert.equal(await streams(), 1);
  });

  it("asks no other host for anything, and is served with a strict policy", async () => {
    const page = await stage.open("/events");
    const asked: string[] = [];
    page.on("request", (sent) => asked.push(new URL(sent.url()).origin));
    await page.goto(`${stage.url}/remediations/${context}`);
    await page.getByRole("heading", { level: 1, name: /Slow carts/ }).waitFor();
    assert.deepEqual([...new Set(asked)], [stage.url]);
    const policy = (await fetch(stage.url)).headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
  });

  for (const theme of ["light", "dark"] as const) {
    it(`has no fault that axe finds, and fits 360 px, in ${theme}`, async () => {
      for (const path of [
        "/",
        "/remediations",
        "/events",
        `/remediations/${context}`,
        `/remediations/${context}?step=all`,
      ]) {
        for (const width of [1440, 360]) {
          const page = await stage.open(path, { theme, width });
          await page.locator("[data-row], .timeline").first().waitFor();
          assert.deepEqual(await accessibilityFaults(page), [], `${path} at ${width}`);
          const wide = await page.evaluate("document.documentElement.scrollWidth");
          assert.ok(Number(wide) <= width, `${path} is ${wide} px wide at ${width}`);
          await page.context().close();
        }
      }
    });
  }

  it("works below a path that a proxy cuts off, by a deep link", async () => {
    const proxy = await proxyBelow("/tools/evenkeel", stage.url);
    try {
      const page = await stage.open("/");
      await page.goto(`${proxy.url}/tools/evenkeel/remediations/${context}`);
      await page.getByRole("heading", { level: 1, name: /Slow carts/ }).waitFor();
      await page.getByText("Live", { exact: true }).waitFor();
      await page.getByRole("link", { name: "Events", exact: true }).click();
      await page.waitForURL(`${proxy.url}/tools/evenkeel/events`);
      await page.getByRole("link", { name: "remediation.finished" }).first().waitFor();
      await page.context().close();
    } finally {
      await stage.closePages();
      proxy.close();
    }
  });

  it("does not call old calm calm: without a line for a while it says so on every page", async () => {
    const proxy = await proxyBelow("", stage.url);
    const running = await seedRun(stage.journal, { ...CARTS, service: "shipping" });
    const page = await stage.open("/");
    await page.goto(proxy.url);
    const runPage = await stage.open("/");
    await runPage.goto(`${proxy.url}/remediations/${running}`);
    for (const one of [page, runPage]) await one.getByText("Live", { exact: true }).waitFor();
    await runPage.getByRole("heading", { level: 2, name: /nobody is needed/ }).waitFor();
    // What was never heard cannot be told to be old.
    await page.getByRole("region", { name: "Latest" }).waitFor();
    const { port } = new URL(proxy.url);
    proxy.close();
    await page.getByText("Stale", { exact: true }).waitFor();
    await page.getByRole("heading", { level: 1, name: "Evenkeel cannot be reached" }).waitFor();
    const notice = page.getByRole("alert").filter({ hasText: "No connection to Evenkeel. Last heard" });
    await notice.waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await runPage.getByRole("heading", { level: 2, name: "Evenkeel cannot be reached" }).waitFor();
    await runPage.getByText(/Whether a person is needed is not known/).waitFor();
    await page.getByRole("link", { name: "Services", exact: true }).click();
    await page.getByText("The server cannot be reached.").waitFor();
    await notice.waitFor();
    const back = await proxyBelow("", stage.url, Number(port));
    // By the button, unless its next try by itself comes first.
    const live = page.getByText("Live", { exact: true });
    const clicked = notice.getByRole("button", { name: "Reconnect" }).click({ timeout: 5_000 });
    await Promise.any([clicked, live.waitFor()]);
    await live.waitFor();
    await clicked.catch(() => undefined);
    await notice.waitFor({ state: "detached" });
    await stage.closePages();
    back.close();
    forgiveLostLines();
  });

  it("says so when the server does not answer, and tries again when it is asked to", async () => {
    const page = await stage.open("/engine-room");
    await page.getByRole("heading", { name: "System" }).waitFor();
    await page.route(/\/v1\/remediations/, () => undefined);
    await page.getByRole("link", { name: "Remediations", exact: true }).click();
    await page.getByText("The server has not answered for 20 s.").waitFor({ timeout: 60_000 });
    await page.unroute(/\/v1\/remediations/);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("list", { name: "remediations" }).waitFor();
  });

  it("tells that the line is lost, and has missed nothing when it is back", async () => {
    const proxy = await proxyBelow("", stage.url);
    const page = await stage.open("/");
    await page.goto(`${proxy.url}/remediations`);
    // What comes is new only to a list that was read before.
    await page.getByRole("link", { name: "Slow carts" }).first().waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    const { port } = new URL(proxy.url);
    proxy.close();
    await page.getByText("Reconnecting", { exact: true }).waitFor();
    await seedRun(stage.journal, { ...CARTS, service: "payment" }, { title: "While away" });
    const back = await proxyBelow("", stage.url, Number(port));
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("button", { name: /1 new/ }).click();
    await page.getByRole("link", { name: "While away" }).waitFor();
    await stage.closePages();
    back.close();
    forgiveLostLines();
    await eventually("the stream of the closed tab is gone", async () => {
      const { streams } = (await (await fetch(`${stage.url}/v1/status`)).json()) as { streams: number };
      return streams === 0;
    });
  });
});

interface Proxy {
  url: string;
  close(): void;
}

/** Passes on what begins with the path, without it. */
async function proxyBelow(prefix: string, target: string, port = 0): Promise<Proxy> {
  const server: Server = createServer((incoming, answer) => {
    if (!incoming.url?.startsWith(prefix)) return void answer.writeHead(404).end();
    const url = new URL(incoming.url.slice(prefix.length) || "/", target);
    const passed = request(
      url,
      { method: incoming.method, headers: { ...incoming.headers, host: url.host } },
      (found) => {
        answer.writeHead(found.statusCode ?? 502, found.headers);
        found.pipe(answer);
      },
    );
    passed.on("error", () => answer.destroy());
    answer.on("close", () => passed.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
