import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { chromium, describeWith } from "../../support/needs.ts";
import { CARTS, ORDERS, parkGate, PROJECT, seedFiles, seedRun } from "../../support/web-seed.ts";
import { openWebStage, STILL, type WebStage } from "../../support/web-stage.ts";

describeWith([chromium], "the web page with a token", function () {
  this.timeout(60_000);
  const TOKENS = ["read", "write"].map((scope) => ({
    ...{ name: `may-${scope}`, token: `may-${scope}-0123456789` },
    scopes: [scope],
  }));
  let stage: WebStage;
  let context: string;

  before(async () => {
    stage = await openWebStage({ roles: STILL, tokens: TOKENS });
    await seedFiles(stage.journal);
    await seedRun(stage.journal, CARTS, { evaluated: "pass" });
    context = await seedRun(stage.journal, ORDERS);
    await parkGate(stage.journal, CARTS, "a bug");
  });
  after(() => stage?.close());

  const enter = async (page: Page, scope: string) => {
    await page.getByLabel("Token", { exact: true }).fill(`may-${scope}-0123456789`);
    await page.getByRole("button", { name: "Open" }).click();
  };
  /** Everything on the pages that asks the server to do something. */
  const controls = async (scope: string): Promise<string[]> => {
    const page = await stage.open(`/remediations/${context}`);
    await enter(page, scope);
    // It reads itself anew: another address would be in the way of that, or that in its.
    const isThere = page.getByRole("heading", { level: 1, name: /on orders/ });
    await isThere.waitFor();
    const found: string[] = [];
    const look = async (path: string, whenThere: (page: Page) => Promise<void>) => {
      await page.goto(stage.url + path);
      await whenThere(page);
      found.push(...(await page.getByRole("main").getByRole("button", { name: /…$/ }).allTextContents()));
    };
    await look(`/remediations/${context}`, () => isThere.waitFor());
    await look(`/services/${PROJECT}/production/carts`, async () => {
      await page.getByText("problems in production are acted on").waitFor();
      await page.getByRole("region", { name: "Chosen evaluation" }).waitFor();
    });
    await look("/engine-room", () => page.getByText("a bug").first().waitFor());
    await page.context().close();
    return found;
  };

  it("that may do everything has all controls", async () => {
    assert.deepEqual(await controls("write"), [
      ...["Pause…", "Abort…", "Evaluate now…", "Add a note…", "Invalidate…", "Retry…"],
    ]);
  });

  it("that may only read has no control that would be refused", async () => {
    assert.deepEqual(await controls("read"), []);
  });
});
