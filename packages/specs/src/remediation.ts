import type { Action, Entry, Match, RemediationFile } from "@evenkeel/remediation";
import { z } from "zod";
import { check, oneOf, refuseFormat, sourceTexts } from "./check.ts";
import type { Reading } from "./check.ts";
import { boundsHaveRoom, duration, maxReplicas, minReplicas, scalar, text, workload } from "./fields.ts";
import { quote } from "./finding.ts";
import type { Parsed, Path } from "./finding.ts";
import { loadDocument } from "./yaml/document.ts";

const SEVERITIES = ["critical", "error", "warning", "info", "unknown"] as const;
const severity = z.enum(SEVERITIES);
const pattern = (what: string) =>
  text(what).max(200, { error: "at most 200 characters" }).describe(`${what}; * stands for any run of characters.`);

const MatchBlock = z
  .strictObject({
    title: pattern("a problem title").optional(),
    rootCause: pattern("a root cause").optional(),
    severity: z
      .union([severity, z.array(severity).min(1)], { error: `${oneOf(SEVERITIES)}, or a list of them` })
      .optional(),
    source: pattern("the name of an alert source").optional(),
    labels: z.record(z.string(), scalar).optional().describe("Labels that the problem must carry."),
  })
  .refine((block) => Object.values(block).some((condition) => condition !== undefined), {
    error: "at least one condition: title, rootCause, severity, source or labels",
  })
  .describe("When this entry applies: all given conditions must hold.");

const ActionBlock = z
  .strictObject({
    action: text("an action such as scaling").describe("What is done: scaling, webhook, escalate …"),
    name: text("a display name").optional().describe("Shown to people; the action's kind when missing."),
    description: z.string().nullish(),
    value: z.unknown().optional().describe('The action\'s argument; for scaling +1, -1, =3, x2 or "+50%".'),
    wait: duration.optional().describe("How long to wait after this action before its effect is evaluated."),
    evaluate: z.boolean().optional().describe("false: go on to the next action at once."),
    min: minReplicas.optional(),
    max: maxReplicas.optional(),
    timeout: duration
      .refine((ms) => ms > 0, { error: "a duration above zero" })
      .optional()
      .describe("How long this action may take."),
    target: workload.optional(),
  })
  .superRefine(boundsHaveRoom);

const Remediation06 = z
  .strictObject({
    remediations: z.array(
      z.strictObject({
        name: text("a problem title").describe("Compared with the problem's title; also a prefix of it matches."),
        match: MatchBlock.optional(),
        actions: z.array(ActionBlock, { error: "a list of actions" }),
      }),
      { error: "a list of remediations" },
    ),
  })
  .describe("remediation.yaml of Keptn 0.6");

const API_VERSION = "spec.keptn.sh/0.1.4";

const Remediation014 = z
  .strictObject({
    apiVersion: z.literal(API_VERSION, { error: API_VERSION }),
    kind: text("Remediation").optional(),
    metadata: z.unknown().optional(),
    spec: z.strictObject({
      remediations: z.array(
        z.strictObject({
          problemType: text("a problem title, a root cause or default").describe("default stands for any problem."),
          match: MatchBlock.optional(),
          actionsOnOpen: z.array(ActionBlock, { error: "a list of actions" }).nullish(),
          actionsOnClose: z.unknown().optional(),
        }),
        { error: "a list of remediations" },
      ),
    }),
  })
  .describe("remediation.yaml of Keptn 0.7 to 1.x");

export const RemediationYaml = z.union([Remediation06, Remediation014]);

/**
 * Reads a remediation.yaml of either generation: top-level `remediations` (0.6) or `apiVersion: spec.keptn.sh/0.1.4`.
 * A scalar `value` keeps its source text, since YAML would read the `+1` of Keptn's tutorials as the number 1. Whether
 * an action of that name exists, and what its value may be, is for the action to say.
 */
export function parseRemediation(yaml: string): Parsed<RemediationFile> {
  const loaded = loadDocument(yaml);
  if (!loaded.ok) return loaded;
  const { document } = loaded;
  const has = (key: string) => Object.hasOwn(document.value, key);
  if (has("remediations") && has("apiVersion")) {
    const expected = "remediations under spec: (with apiVersion), or no apiVersion (0.6)";
    return refuseFormat(document, "remediations at the top beside apiVersion", expected, ["remediations"]);
  }
  return has("apiVersion") || has("spec")
    ? check(document, Remediation014, from014)
    : check(document, Remediation06, from06);
}

function from06(file: z.infer<typeof Remediation06>, reading: Reading): RemediationFile {
  if (file.remediations.length === 0) warnNoEntries(["remediations"], reading);
  const entries = file.remediations.map((entry, index) => {
    const path = ["remediations", index];
    return toEntry(entry.name, entry.match, entry.actions, path, "actions", reading);
  });
  return { format: "0.6", entries };
}

function from014(file: z.infer<typeof Remediation014>, reading: Reading): RemediationFile {
  if (file.kind !== undefined && file.kind !== "Remediation") reading.warn(["kind"], quote(file.kind), "Remediation");
  if (file.spec.remediations.length === 0) warnNoEntries(["spec", "remediations"], reading);
  const entries: Entry[] = [];
  file.spec.remediations.forEach((entry, index) => {
    const path = ["spec", "remediations", index];
    if (entry.actionsOnClose !== undefined) {
      reading.unused([...path, "actionsOnClose"], "nothing is run when a problem closes");
    }
    if (!entry.actionsOnOpen) {
      // As in Keptn: without the key the entry is passed over, an empty list matches and has nothing to do.
      reading.warn(path, "no actionsOnOpen", "a list of actions; this entry is passed over");
      return;
    }
    entries.push(toEntry(entry.problemType, entry.match, entry.actionsOnOpen, path, "actionsOnOpen", reading));
  });
  return { format: "0.1.4", entries };
}

function toEntry(
  problemType: string,
  match: z.infer<typeof MatchBlock> | undefined,
  actions: readonly z.infer<typeof ActionBlock>[],
  path: Path,
  actionsKey: string,
  reading: Reading,
): Entry {
  if (actions.length === 0) reading.warn([...path, actionsKey], "an empty list", "at least one action");
  return {
    problemType,
    ...(match && { match: toMatch(match, [...path, "match"], reading) }),
    actions: actions.map((action, index) => toAction(action, [...path, actionsKey, index], reading)),
    line: reading.line(path),
  };
}

function toMatch({ severity, labels, ...texts }: z.infer<typeof MatchBlock>, path: Path, reading: Reading): Match {
  return {
    ...texts,
    ...(severity && { severity: Array.isArray(severity) ? severity : [severity] }),
    ...(labels && { labels: sourceTexts(labels, [...path, "labels"], reading) }),
  };
}

function toAction(block: z.infer<typeof ActionBlock>, path: Path, reading: Reading): Action {
  const { name, description, value, ...rest } = block;
  return {
    ...rest,
    name: name ?? block.action,
    ...(description && { description }),
    ...(value !== undefined && value !== null && { value: reading.text([...path, "value"]) ?? value }),
  };
}

function warnNoEntries(path: Path, reading: Reading): void {
  reading.warn(path, "an empty list", "at least one remediation; as it stands no problem is acted on");
}
