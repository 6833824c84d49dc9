import type { LogEvent } from "../types.ts";

export interface Target {
  project: string;
  stage: string;
  service: string;
}

/** Is it an event of this service? */
export function isOf({ project, stage, service }: Target, { data }: LogEvent): boolean {
  const of = (typeof data === "object" && data !== null ? data : {}) as Partial<Target>;
  return of.project === project && of.stage === stage && of.service === service;
}
