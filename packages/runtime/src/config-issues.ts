import type * as z from "zod";
import type { ConfigProblem, Origin } from "./config-problem.ts";
import { valueAt } from "./config-values.ts";
import { childSchema, knownKeys, settingNode, settingsRoot } from "./settings-tree.ts";
import type { SettingNode } from "./settings-tree.ts";
import { suggest } from "./suggest.ts";

/** What the schema found, in the words of the settings. Secret values are never quoted. */
export function describeIssues(
  issues: readonly z.core.$ZodIssue[],
  input: unknown,
  originOf: (path: string) => Origin,
): ConfigProblem[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code === "unrecognized_keys") {
      const siblings = knownKeys(nodeAt(path));
      return issue.keys.map((key): ConfigProblem => {
        const dotted = [...path, key].join(".");
        const expected = siblings.length > 12 ? "a known one" : `one of ${siblings.join(", ")}`;
        return {
          origin: originOf(dotted),
          path: dotted,
          found: "an unknown setting",
          expected,
          suggestion: suggest(key, siblings),
        };
      });
    }
    const dotted = path.join(".");
    return [
      {
        origin: originOf(dotted),
        path: dotted,
        found: foundText(valueAt(input, path), nodeAt(path)),
        expected: expectedText(issue),
      },
    ];
  });
}

function nodeAt(path: readonly string[]): SettingNode {
  let node = settingsRoot;
  for (const key of path) {
    const schema = childSchema(node, key);
    if (!schema) return node;
    node = settingNode(schema);
  }
  return node;
}

function foundText(value: unknown, node: SettingNode): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object" && value !== null) return "a group";
  if (node.secret && typeof value === "string") return `a text of ${value.length} characters`;
  return JSON.stringify(value).slice(0, 100);
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a group",
  record: "a group",
};

function expectedText(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return TYPE_WORDS[issue.expected] ?? issue.expected;
    case "invalid_value":
      return `one of ${issue.values.map(String).join(", ")}`;
    case "too_small":
      return issue.message.startsWith("expected ")
        ? issue.message.slice(9)
        : atLeast(issue.origin, Number(issue.minimum));
    case "too_big":
      return `at most ${issue.maximum}${issue.origin === "string" ? " characters" : ""}`;
    case "invalid_union":
      return issue.message
        .replace(/^Invalid discriminator value\. Expected /, "one of ")
        .replaceAll(" | ", ", ")
        .replaceAll("'", "");
    default:
      return issue.message.replace(/^expected /, "").replace(/^Invalid input: expected /, "");
  }
}

function atLeast(origin: string, minimum: number): string {
  if (origin === "string") return minimum === 1 ? "a text that is not empty" : `at least ${minimum} characters`;
  return origin === "array" ? `at least ${minimum} item${minimum === 1 ? "" : "s"}` : `at least ${minimum}`;
}
