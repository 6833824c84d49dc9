import { createHmac } from "node:crypto";
import { NOBODY_TOLD } from "@evenkeel/events";
import type { Journal } from "@evenkeel/journal";
import type { Finished } from "@evenkeel/remediation";
import { failpoint, ProviderError, type Outbound, type Settings } from "@evenkeel/runtime";
import type { TaskHandler } from "@evenkeel/tasks";

const NOWHERE = `${NOBODY_TOLD}no escalation.webhook.url is set`;

/** Tells people that a run ended in an escalation, through the operator's webhook; retried until it is taken. */
export function notifyTask(journal: Pick<Journal, "state">, settings: Settings, outbound: Outbound): TaskHandler {
  const webhook = settings.escalation.webhook;
  return {
    async run({ task, signal, complete }) {
      const state = task.seen?.state;
      if (state?.phase !== "finished" || !state.escalation || state.escalation.told) return complete([]);
      const { message } = state.escalation;
      if (!webhook) {
        return complete([{ kind: "escalation.sent", data: { ...state.target, message, to: NOWHERE } }]);
      }
      const body = JSON.stringify(payload(state, settings.server.publicUrl));
      const signed = webhook.secret === undefined ? {} : sign(webhook.secret, task.id, body, new Date());
      await failpoint("notify.before-post");
      const headers = { "content-type": "application/json", ...webhook.headers, ...signed };
      const call = outbound({ url: webhook.url, method: "POST", headers, body, signal });
      const { status } = await call.catch((error: unknown) => Promise.reject(withoutPath(error, new URL(webhook.url))));
      await failpoint("notify.after-post");
      if (status >= 300) throw refusal(status);
      await complete([
        { kind: "escalation.sent", data: { ...state.target, message, to: new URL(webhook.url).origin } },
      ]);
    },
    async giveUp(task, why) {
      const state = await journal.state(task.context);
      if (state?.phase !== "finished" || !state.escalation) return [];
      const to = webhook ? new URL(webhook.url).origin : NOWHERE;
      const data = { ...state.target, message: state.escalation.message, to, error: why };
      return [{ kind: "escalation.failed", data }];
    },
  };
}

/** The path of a chat's webhook is what lets one in, and a reason is kept in the log for all to read. */
function withoutPath(error: unknown, { host, pathname }: URL): unknown {
  if (!(error instanceof ProviderError)) return error;
  const { reason, retryAfterMs } = error;
  const message = error.message.replaceAll(`${host}${pathname}`, host);
  return new ProviderError(reason, message, retryAfterMs === undefined ? {} : { retryAfterMs });
}

function payload(state: Finished, publicUrl: string | undefined): Record<string, unknown> {
  const { context, target, problem, steps, message, result, escalation } = state;
  return {
    type: "dev.evenkeel.escalation",
    ...target,
    context,
    problem,
    result,
    message,
    escalation: escalation?.message,
    steps,
    ...(publicUrl && { url: `${publicUrl.replace(/\/$/, "")}/v1/remediations/${context}` }),
  };
}

/** Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, base64. A secret `whsec_…` is base64, any other plain text. */
export function sign(secret: string, id: string, body: string, now: Date): Record<string, string> {
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret, "utf8");
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}

function refusal(status: number): ProviderError {
  const message = `the escalation webhook answered ${status}`;
  if (status === 429) return new ProviderError("rate-limited", message);
  if (status === 408) return new ProviderError("timeout", message);
  return new ProviderError(status >= 500 ? "server-error" : "refused", message);
}
