import { z } from "zod";
import { templateData } from "./support/template-data.ts";
import { lookupIn, MissingValue, parseTemplate, type Template } from "./support/template.ts";
import type { ActionContext, ActionKind } from "./types.ts";

const DEFAULT_TEXT =
  "{{.problem.title}} on {{.target.service}} in {{.target.project}} {{.target.stage}} needs a person";

const Value = z
  .union([z.string(), z.number(), z.boolean(), z.null(), z.undefined()], {
    error: "expected a text to tell people, or nothing",
  })
  .transform((value, refinement): Template => {
    const text = value === null || value === undefined || value === "" ? DEFAULT_TEXT : String(value);
    const parsed = parseTemplate(text);
    if (parsed.ok) return parsed.template;
    refinement.addIssue({ code: "custom", message: `the text ${parsed.message}` });
    return z.NEVER;
  });

/** Hands over to people: the remediation ends here, and whoever is subscribed is told. */
export const escalate: ActionKind = {
  name: "escalate",
  describe:
    "Tells people and ends the remediation. Value: the text to tell them, with {{.problem.title}} and the like.",
  value: Value,
  then: "finish",
  async run(context, deps) {
    const value = Value.safeParse(context.action.value);
    // A text that cannot be read must not keep people from being told.
    const message = value.success ? fill(value.data, context) : String(context.action.value);
    await deps.started({ revision: 0, message }, `escalating: ${message}`);
    return { status: "succeeded", result: "pass", message: `escalated: ${message}`, details: { message } };
  },
};

/** Unlike in a webhook a placeholder without a value stays as written: a text with a hole is better than silence. */
function fill(template: Template, context: ActionContext): string {
  const data = templateData(context);
  return template.parts.map((part) => (typeof part === "string" ? part : valueOr(part, data))).join("");
}

function valueOr({ path, text }: { path: readonly string[]; text: string }, data: unknown): string {
  try {
    return String(lookupIn(data, path));
  } catch (error) {
    if (error instanceof MissingValue) return text;
    throw error;
  }
}
