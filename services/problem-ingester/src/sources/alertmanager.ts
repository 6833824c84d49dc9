import { hashUuid, type Problem, type Severity } from "@evenkeel/events";
import { jsonPointer } from "@evenkeel/runtime";
import { z } from "zod";
import { routeBy, type Mapping } from "../routing.ts";
import { isRecord, webLink } from "../text.ts";
import { alertSource, type Alert } from "./types.ts";

const Texts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String));

const Firing = z.object({
  status: z.enum(["firing", "resolved"]),
  labels: Texts,
  annotations: Texts.nullish().transform((texts) => texts ?? {}),
  startsAt: z.iso.datetime({ offset: true, error: "expected a time such as 2026-01-31T12:00:00Z" }),
  generatorURL: z.string().nullish(),
  fingerprint: z.string().max(200).nullish(),
});
type Firing = z.infer<typeof Firing>;

/**
 * The webhook of Prometheus' Alertmanager, version 4: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 * Each alert counts on its own: the status of its group only says that one of them is firing.
 */
const Payload = z.object({
  version: z.string().optional(),
  externalURL: z.string().nullish(),
  truncatedAlerts: z.number().nullish(),
  // More than 1 MiB of real alerts can be; each gets a transaction of its own.
  alerts: z
    .array(z.unknown())
    .max(2000, "expected at most 2000 alerts at once")
    .describe("each is read on its own, so that a bad one does not lose the others"),
});

export const alertmanager = alertSource({
  name: "alertmanager",
  payload: Payload,
  example: {
    version: "4",
    alerts: [
      {
        status: "firing",
        labels: { alertname: "response_time_p90", namespace: "sockshop-production", service: "carts" },
        annotations: { summary: "response_time_p90" },
        startsAt: "2026-01-31T12:00:00.000Z",
        fingerprint: "2c91c2b7a6f0d3e1",
      },
    ],
  },
  toAlerts({ version, externalURL, truncatedAlerts, alerts }, mapping) {
    const warnings: string[] = [];
    if (version !== undefined && version !== "4") warnings.push(`version ${version} is not known; read as version 4`);
    if (truncatedAlerts)
      warnings.push(`the sender has cut off ${truncatedAlerts} more alerts: max_alerts of its receiver`);
    return { alerts: alerts.map((raw, i) => toAlert(raw, i, externalURL ?? undefined, mapping)), warnings };
  },
});

function toAlert(raw: unknown, index: number, externalUrl: string | undefined, mapping: Mapping): Alert {
  const read = Firing.safeParse(raw);
  if (!read.success) return unreadable(raw, index, read.error);
  const { status, labels, annotations, generatorURL } = read.data;
  const fingerprint = read.data.fingerprint || hashOf(labels);
  // Two Alertmanagers of one cluster may write the same moment in different time zones.
  const startedAt = new Date(read.data.startsAt).toISOString();
  return {
    fingerprint,
    startedAt,
    state: status === "firing" ? "open" : "resolved",
    problem: {
      id: fingerprint,
      source: "alertmanager",
      title: annotations["summary"] || labels["alertname"] || `alert ${fingerprint}`,
      severity: severityOf(labels["severity"]),
      labels: { ...told(annotations), ...labels },
      url: webLink(generatorURL || externalUrl),
      startedAt,
    },
    route: routeBy({ find: (label) => (Object.hasOwn(labels, label) ? [labels[label]!] : []), mapping }),
    raw,
  };
}

function unreadable(raw: unknown, index: number, error: z.core.$ZodError): Alert {
  const faults = error.issues.map(({ path, message }) => ({
    pointer: jsonPointer(["alerts", index, ...path]),
    detail: message,
  }));
  const labels = Texts.safeParse(isRecord(raw) ? raw["labels"] : {}).data ?? {};
  const fingerprint = hashUuid([JSON.stringify(raw)]);
  const reason = `could not be read: ${faults.map((fault) => `${fault.pointer}: ${fault.detail}`).join("; ")}`;
  return {
    fingerprint,
    startedAt: "",
    state: "open",
    problem: {
      id: fingerprint,
      source: "alertmanager",
      title: labels["alertname"] || "unreadable alert",
      severity: "unknown",
      labels,
    },
    route: { routed: false, target: {}, reason },
    raw,
    faults,
  };
}

/** Alertmanager hashes the labels as well; only senders that imitate it leave the fingerprint out. */
function hashOf(labels: Problem["labels"]): string {
  return hashUuid(
    Object.keys(labels)
      .toSorted()
      .flatMap((name) => [name, labels[name]!]),
  );
}

/** What people are told of an alert, kept as labels. Keptn's generated rules say `descriptions`, everyone else `description`. */
const TOLD = ["description", "descriptions", "runbook_url", "runbook"];

function told(annotations: Problem["labels"]): Problem["labels"] {
  const kept = TOLD.filter((name) => Object.hasOwn(annotations, name) && annotations[name]);
  return Object.fromEntries(kept.map((name) => [name, annotations[name]!]));
}

const SEVERITIES: Readonly<Record<Exclude<Severity, "unknown">, readonly string[]>> = {
  critical: ["critical", "crit", "page", "emergency", "fatal"],
  error: ["error", "err", "major", "high"],
  warning: ["warning", "warn", "minor", "medium"],
  info: ["info", "informational", "notice", "low", "none"],
};

/** A convention of rule authors, not a rule: what is not known stays unknown. */
function severityOf(label: string | undefined): Severity {
  const name = label?.toLowerCase() ?? "";
  for (const severity of ["critical", "error", "warning", "info"] as const) {
    if (SEVERITIES[severity].includes(name)) return severity;
  }
  return "unknown";
}
