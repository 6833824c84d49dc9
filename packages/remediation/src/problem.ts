/** What is healed: one service in one stage of one project. */
export interface Target {
  project: string;
  stage: string;
  service: string;
}

export type Severity = "critical" | "error" | "warning" | "info" | "unknown";

/** A problem as every alert source reports it, after normalisation. */
export interface Problem {
  /** The sender's own id: Dynatrace PID, Alertmanager fingerprint. */
  id: string;
  /** The source's name, as in its webhook path: `alertmanager`, `dynatrace`. */
  source: string;
  title: string;
  rootCause?: string;
  severity: Severity;
  /** Labels or tags of the sender, flat. */
  labels: Record<string, string>;
  /** Link to the problem at its sender. */
  url?: string;
  /** RFC 3339; when the sender says this episode began. */
  startedAt?: string;
}
