import type { JSX } from "preact";
import { base } from "../base.ts";
import { Snippet } from "./parts.tsx";

/** What to put into Alertmanager, with this server's own address. */
export function Receiver(): JSX.Element {
  const url = `${location.origin}${base}v1/webhooks/alertmanager`;
  const text = `route:
  receiver: evenkeel
receivers:
  - name: evenkeel
    webhook_configs:
      - url: ${url}
        send_resolved: true`;
  return <Snippet label="alertmanager.yml" text={text} />;
}

export function TestProblem(): JSX.Element {
  const server = `--server ${location.origin}${base.replace(/\/$/, "")}`;
  return (
    <Snippet
      label="Shell"
      text={`evenkeel apply DIR ${server}\nevenkeel send problem --project sockshop --stage production --service carts \\\n  --title "Response time degradation" ${server}`}
    />
  );
}
