import type { CommandContext } from "../context.ts";
import { EXIT } from "../errors.ts";
import type { Check } from "../doctor/check.ts";
import { runChecks } from "../doctor/checks.ts";

const PAINT = { ok: "green", warn: "yellow", fail: "red" } as const;

/** `evenkeel doctor` */
export async function doctor(context: CommandContext, { namespace }: { namespace: string }): Promise<number> {
  const { out } = context;
  const checks: Check[] = [];
  const asText = out.format === "table" || out.format === "wide";
  for await (const check of runChecks(context, namespace)) {
    checks.push(check);
    if (!asText) continue;
    out.line(`${out.colors[PAINT[check.state]](check.state.padEnd(4))}  ${check.name.padEnd(11)}  ${check.text}`);
    if (check.next) out.line(`      ${"".padEnd(11)}  → ${check.next}`);
  }
  const ok = checks.every(({ state }) => state !== "fail");
  if (!asText)
    await out.object(
      { ok, checks },
      () => [],
      () => checks.map(({ name, state }) => `${name}/${state}`).join("\n"),
    );
  return ok ? EXIT.ok : EXIT.failure;
}
