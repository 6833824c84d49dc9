import type { Problem } from "@evenkeel/events";
import { problem as httpProblem, type FieldProblem } from "@evenkeel/runtime";
import type { z } from "zod";
import type { Mapping, Route } from "../routing.ts";

/** One alert of a notification, in the form that all sources share. */
export interface Alert {
  /** The same when the alert opens, repeats and resolves. */
  fingerprint: string;
  /** When this episode began, RFC 3339; another start is another run. Empty when the sender does not say. */
  startedAt: string;
  /** `info`: nothing has begun or ended. */
  state: "open" | "resolved" | "merged" | "info";
  problem: Problem;
  route: Route;
  /** The sender's own words. */
  raw: unknown;
  /** Why it must not be acted on, such as the sender's test button. */
  ignore?: string;
  /** What makes it unreadable. It is stored, its neighbours are taken in as usual. */
  faults?: readonly FieldProblem[];
}

export interface Notice {
  alerts: readonly Alert[];
  /** For the sender and for the log, such as alerts that were cut off. */
  warnings?: readonly string[];
}

export interface AlertSource {
  /** In its webhook path, its settings and its events. */
  name: string;
  payload: z.ZodType;
  /** A small notification that starts a remediation, for the API's document. */
  example: unknown;
  /** Throws a ZodError when the body breaks `payload`, an HttpProblem 422 when none of its alerts can be read. */
  read(body: unknown, mapping: Mapping): Notice;
}

/** A sender of alerts. `toAlerts` is pure; ask only for fields that are used. */
export function alertSource<Payload extends z.ZodType>(source: {
  name: string;
  payload: Payload;
  example: z.input<Payload>;
  toAlerts(payload: z.infer<Payload>, mapping: Mapping): Notice;
}): AlertSource {
  const { name, payload, example, toAlerts } = source;
  return {
    name,
    payload,
    example,
    read(body, mapping) {
      const notice = toAlerts(payload.parse(body), mapping);
      const faults = notice.alerts.flatMap((alert) => alert.faults ?? []);
      if (notice.alerts.length > 0 && notice.alerts.every((alert) => alert.faults)) {
        const detail = faults.map((fault) => `${fault.pointer}: ${fault.detail}`)[0] ?? "no alert can be read";
        throw httpProblem(422, "schema", detail, { errors: faults });
      }
      return notice;
    },
  };
}
