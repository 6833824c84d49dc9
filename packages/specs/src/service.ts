import { z } from "zod";
import { check } from "./check.ts";
import { boundsHaveRoom, duration, maxReplicas, minReplicas, text, workload } from "./fields.ts";
import type { Parsed } from "./finding.ts";
import { loadDocument } from "./yaml/document.ts";

export const ServiceFile = z
  .strictObject({
    target: workload.optional(),
    wait: duration.optional().describe("How long to wait after an action before its effect is evaluated."),
    min: minReplicas.optional(),
    max: maxReplicas.optional(),
    sliProvider: text("an SLI provider such as prometheus or dynatrace")
      .optional()
      .describe("Where indicators are queried: prometheus, dynatrace …"),
  })
  .superRefine(boundsHaveRoom)
  .describe("service.yaml: what Evenkeel should know about a service; every key is optional");

/** A parsed service.yaml; `wait` in milliseconds. */
export type Service = z.infer<typeof ServiceFile>;

/** Reads a service.yaml, Evenkeel's own addition to Keptn's files. */
export function parseService(yaml: string): Parsed<Service> {
  const loaded = loadDocument(yaml);
  return loaded.ok ? check(loaded.document, ServiceFile, (service) => service) : loaded;
}
