import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { ROLES, startPlatform, type Platform, type Role } from "@evenkeel/cli";
import { testDatabase } from "@evenkeel/embedded/testing";
import type { Journal } from "@evenkeel/journal";
import { loadConfig, silentLog } from "@evenkeel/runtime";
import { chromium as chrome, type Browser, type Page } from "playwright-core";
import { chromiumPath } from "./needs.ts";

export interface Look {
  width?: number;
  height?: number;
  theme?: "light" | "dark";
  /** Of the page; the page says times in it. */
  timezone?: string;
}

export interface WebBrowser {
  /** A fresh browser profile at an address; whatever the page complains about is kept in `complaints`. */
  open(url: string, look?: Look): Promise<Page>;
  complaints: string[];
  /** Closes all that were opened, so that a failed test leaves none to the next. */
  closePages(): Promise<void>;
  close(): Promise<void>;
}

/** A whole Evenkeel with its web page, and a browser to look at it; addresses are paths of the page. */
export interface WebStage extends WebBrowser {
  url: string;
  databaseUrl: string;
  journal: Journal;
}

const BUILDER = new URL("../../scripts/web.mjs", import.meta.url).href;

/** Without the workers nothing moves but what a test itself appends. */
export const STILL: readonly Role[] = ["ingester", "bridge"];

interface StageOptions {
  roles?: readonly Role[];
  /** `server.tokens`; unset: the server asks for none. */
  tokens?: readonly { name: string; token: string; scopes: readonly string[] }[];
}

export async function openWebStage({ roles = ROLES, tokens = [] }: StageOptions = {}): Promise<WebStage> {
  const browser = await openBrowser();
  const database = await testDatabase();
  const flags = { "database.url": database.url, "server.port": 0, "server.tokens": tokens };
  const platform: Platform = await startPlatform({
    settings: loadConfig({ env: {}, flags }).settings,
    roles,
    log: silentLog,
    version: "test",
  });
  return {
    url: platform.url,
    databaseUrl: database.url,
    journal: platform.journal,
    complaints: browser.complaints,
    open: (path, look) => browser.open(platform.url + path, look),
    closePages: () => browser.closePages(),
    async close() {
      await browser.close();
      await platform.close();
      await database.drop();
    },
  };
}

/** A browser, and the page built for whoever serves it. */
export async function openBrowser(): Promise<WebBrowser> {
  const { buildWeb } = (await import(BUILDER)) as { buildWeb(): Promise<boolean> };
  await buildWeb();
  const browser: Browser = await chrome.launch({ executablePath: chromiumPath(), args: [...ARGS] });
  const complaints: string[] = [];
  return {
    complaints,
    async open(url, { width = 1440, height = 900, theme = "light", timezone = "UTC" } = {}) {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: theme,
        timezoneId: timezone,
        locale: "en-GB",
        reducedMotion: "reduce",
      });
      const page = await context.newPage();
      page.on("pageerror", (error) => complaints.push(`${url}: ${error.message}`));
      page.on("console", (line) => {
        if (line.type() === "error") complaints.push(`${url}: ${line.text()} ${line.location().url}`);
      });
      await page.goto(url);
      return page;
    },
    async closePages() {
      await Promise.all(browser.contexts().map((context) => context.close()));
    },
    close: () => browser.close(),
  };
}

const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

interface AxeResult {
  violations: { id: string; help: string; nodes: { target: string[]; failureSummary?: string }[] }[];
}

/** What axe finds on the page, one line each; empty: nothing. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  await page.evaluate(axe);
  const { violations } = (await page.evaluate(
    `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })`,
  )) as AxeResult;
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(" ")}: ${help} ${failureSummary ?? ""}`),
  );
}
