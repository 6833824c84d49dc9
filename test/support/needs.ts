import { existsSync } from "node:fs";
import { installed } from "./processes.ts";

export interface Need {
  ok: boolean;
  /** What is missing and how to get it. */
  why: string;
}

export const redis = program("redis-server", "redis-server");
export const prometheus = program("prometheus", "prometheus");
export const alertmanager = program("prometheus-alertmanager", "prometheus-alertmanager");
export const chromium: Need = {
  ok: chromiumPath() !== "",
  why: "needs Debian's chromium: apt-get install chromium, or name one in CHROMIUM",
};
export const kubernetes: Need = {
  ok: Boolean(process.env["KUBECONFIG"]),
  why: "needs a Kubernetes control plane that may be changed: set KUBECONFIG",
};

/** Empty when there is none. */
export function chromiumPath(): string {
  const named = process.env["CHROMIUM"];
  const places = named ? [named] : ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  return places.find((place) => existsSync(place)) ?? "";
}

function program(name: string, debian: string): Need {
  return { ok: installed(name), why: `needs ${name}: apt-get install ${debian}` };
}

/** A suite that is pending, with the reason in its title, when something that it needs is not there. */
export function describeWith(needs: readonly Need[], title: string, suite: (this: Mocha.Suite) => void): void {
  const missing = needs.filter(({ ok }) => !ok);
  if (missing.length === 0) describe(title, suite);
  else describe.skip(`${title} (${missing.map(({ why }) => why).join("; ")})`, suite);
}
