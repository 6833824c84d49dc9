import { z } from "zod";
import { check } from "./check.ts";
import { scalar, text } from "./fields.ts";
import type { Parsed } from "./finding.ts";
import { loadDocument } from "./yaml/document.ts";

/** A parsed sli.yaml. */
export interface Sli {
  /** Indicator → query text with its placeholders. Has no prototype, so that any name may be looked up. */
  indicators: Readonly<Record<string, string>>;
}

export const SliFile = z
  .strictObject({
    spec_version: scalar.optional(),
    indicators: z
      .record(text("the name of an indicator"), text("a query"), { error: "a mapping of indicator to query" })
      .describe("How to query each indicator."),
  })
  .describe("<provider>/sli.yaml");

/** Reads a `<provider>/sli.yaml`. What the query means is for the provider to say. */
export function parseSli(yaml: string): Parsed<Sli> {
  const loaded = loadDocument(yaml);
  if (!loaded.ok) return loaded;
  return check(loaded.document, SliFile, ({ indicators }) => mergeSli({ indicators }));
}

/** One indicator at a time, the service's query wins over the stage's, and that over the project's. */
export function mergeSli(project?: Sli, stage?: Sli, service?: Sli): Sli {
  const indicators: Record<string, string> = Object.create(null);
  for (const level of [project, stage, service]) Object.assign(indicators, level?.indicators);
  return { indicators };
}
