import assert from "node:assert/strict";
import { chromium, describeWith } from "../../support/needs.ts";
import { post } from "../../support/evenkeel.ts";
import { seedFiles } from "../../support/web-seed.ts";
import { openWebStage, STILL, type WebStage } from "../../support/web-stage.ts";

const SCRIPT = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script><svg onload=window.pwned=1>`;

/** What a hostile sender may put wherever an alert has room for text. */
const hostile = (service: string | undefined) =>
  JSON.stringify({
    version: "4",
    groupKey: SCRIPT,
    status: "firing",
    receiver: "evenkeel",
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: "javascript:window.pwned=1",
    alerts: [
      {
        status: "firing",
        labels: {
          alertname: SCRIPT,
          severity: "critical",
          ...(service && { project: "sockshop", stage: "production", service }),
          note: `"><script>window.pwned=1</script>`,
          link: "javascript:window.pwned=1",
          runbook_url: " JavaScript:window.pwned=1//https://wiki.example",
        },
        annotations: {
          summary: `Title ${SCRIPT} \u202etxt.exe`,
          description: `{{constructor.constructor('window.pwned=1')()}}`,
        },
        startsAt: "2026-01-01T00:00:00.000Z",
        endsAt: "0001-01-01T00:00:00Z",
        generatorURL: "javascript:window.pwned=1",
        fingerprint: service ? "aaaaaaaaaaaaaaaa" : "bbbbbbbbbbbbbbbb",
      },
    ],
  });

describeWith([chromium], "hostile texts in alerts", function () {
  this.timeout(60_000);
  let stage: WebStage;
  let context: string;
  before(async () => {
    stage = await openWebStage({ roles: STILL });
    await seedFiles(stage.journal);
    for (const service of ["carts", undefined]) assert.equal((await post(stage.url, hostile(service))).status, 202);
    const [run] = await stage.journal.remediations({ limit: 1 });
    context = run!.state.context;
  });
  after(() => stage?.close());

  const pages = () => [
    "/",
    "/remediations",
    "/events",
    `/remediations/${context}`,
    `/remediations/${context}?step=problem-1`,
    "/services/sockshop/production/carts",
    "/engine-room",
  ];

  it("are shown as the text that they are, and nothing of them is run or linked", async () => {
    for (const path of pages()) {
      const page = await stage.open(path);
      await page.getByText("<script>window.pwned=1</script>").first().waitFor({ state: "attached" });
      await page.evaluate(`for (const one of document.querySelectorAll("main details")) one.open = true`);
      assert.equal(await page.evaluate("window.pwned"), undefined, path);
      assert.equal(await page.locator(`a[href^="javascript" i], main img, main script, main iframe`).count(), 0, path);
      await page.context().close();
    }
  });

  it("are no links among the labels of a problem either", async () => {
    const page = await stage.open(`/remediations/${context}`);
    const head = page.locator(".run-head");
    await head.getByText("JavaScript:window.pwned=1//https://wiki.example").waitFor();
    await head.getByText(/more labels$/).click();
    await head.getByText("javascript:window.pwned=1", { exact: true }).waitFor();
    assert.equal(await head.locator("dl a").count(), 0);
    await page.context().close();
  });

  it("do not make the browser complain: no policy was needed to stop anything", () => {
    assert.deepEqual(stage.complaints, []);
  });
});
