import { createHash } from "node:crypto";
import type { Target } from "@evenkeel/events";
import { alert } from "../../support/evenkeel.ts";

/** An Alertmanager notification of one problem of this target; the same arguments give the same notification. */
export function problemOf(target: Target, options: Parameters<typeof alert>[1] = {}): string {
  const body = JSON.parse(alert(target, options)) as { alerts: [{ fingerprint: string }] };
  body.alerts[0].fingerprint = createHash("sha256").update(JSON.stringify(target)).digest("hex").slice(0, 16);
  return JSON.stringify(body);
}
