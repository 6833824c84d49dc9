/**
 * Takes the picture in the README: the page of a remediation that healed, from the demo's first incident, played for
 * real. Takes a minute and needs chromium.
 *
 *   npm run screenshot
 */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { silentLog } from "../packages/runtime/src/index.ts";
import { openAudience, overload } from "../cli/src/demo/play.ts";
import { openStage } from "../cli/src/demo/stage.ts";
import { openBrowser } from "../test/support/web-stage.ts";
import { freePort } from "../test/support/processes.ts";

const FILE = join(import.meta.dirname, "..", "docs", "images", "remediation.png");
const PATIENCE_MS = 240_000;
/** Calm before the surge, so that the curve shows what normal is. */
const CALM_MS = 12_000;

const browser = await openBrowser();
const stage = await openStage({
  port: await freePort(),
  log: silentLog,
  version: "screenshot",
  onProgress: (line) => console.log(line),
});
try {
  const audience = await openAudience(stage, () => {}, AbortSignal.timeout(PATIENCE_MS));
  await new Promise((resolve) => setTimeout(resolve, CALM_MS));
  const ending = audience.ending("carts");
  overload(stage);
  console.log("the load rises; waiting for the end of the remediation …");
  const { context, result, reason } = await ending;
  await audience.close();
  if (reason !== "healed")
    throw new Error(`the picture is to show a healed service, but it ended ${result} (${reason})`);
  const page = await browser.open(`${stage.platform.url}/remediations/${context}`, { width: 1440, height: 1000 });
  const proof = page.getByRole("region", { name: "Before and after" });
  await proof.getByRole("img", { name: /over time/ }).waitFor();
  await proof.getByTestId("change").waitFor();
  await mkdir(dirname(FILE), { recursive: true });
  await page.screenshot({ path: FILE, animations: "disabled" });
  console.log(FILE);
} finally {
  await browser.close();
  await stage.close();
}
process.exit();
