import { ProviderError, type OutboundResponse } from "@evenkeel/runtime";
import { secretKeeper, type SecretKeeper } from "./support/secrets.ts";
import { MissingValue } from "./support/template.ts";
import { webhookRequest, type WebhookRequest } from "./support/webhook-request.ts";
import { WebhookValue } from "./support/webhook-value.ts";
import type { ActionContext, ActionDeps, ActionKind, ActionOutcome } from "./types.ts";

const LONGEST_CALL_MS = 30_000;
const SHOWN_RESPONSE = 1_000;

/**
 * Calls an HTTP endpoint. After a crash it is called again, with the same Idempotency-Key: at least once, because only
 * the other side can know whether the first call arrived.
 */
export const webhook: ActionKind = {
  name: "webhook",
  describe: "Calls a URL. Value: url, method, headers, body, expect; with {{.problem.title}} and {{.secret.NAME}}.",
  value: WebhookValue,
  async run(context, deps, previous) {
    const value = WebhookValue.safeParse(context.action.value);
    if (!value.success) {
      const issue = value.error.issues[0];
      const where = ["value", ...(issue?.path ?? [])].join(".");
      return failed(`the webhook cannot be sent: ${where} ${issue?.message ?? "is unreadable"}`);
    }
    const secrets = secretKeeper(deps.secrets);
    const request = fill(value.data, context, secrets);
    if (typeof request === "string") return failed(`the webhook cannot be sent: ${secrets.mask(request)}`);

    const call = `${request.method} ${secrets.mask(request.url)}`;
    const about = { method: request.method, url: secrets.mask(request.url), idempotencyKey: context.step };
    const reason = previous && (await deps.unwanted());
    if (reason) return { ...failed(`${reason}; ${call} is not called again`), status: "aborted", details: about };
    await deps.started({ revision: 0, ...about }, `calling ${call}`);
    const response = await send(request, context, deps, secrets);
    const isExpected =
      value.data.expect?.includes(response.status) ?? (response.status >= 200 && response.status <= 299);
    if (!isExpected) throwIfTemporary(call, response, deps.now());

    const again = previous ? "; called more than once, under the same Idempotency-Key" : "";
    return {
      status: "succeeded",
      result: isExpected ? "pass" : "fail",
      message: `${call} answered ${response.status}${again}`,
      details: { ...about, status: response.status, response: secrets.mask(response.body).slice(0, SHOWN_RESPONSE) },
    };
  },
};

function fill(value: WebhookValue, context: ActionContext, secrets: SecretKeeper): WebhookRequest | string {
  try {
    return webhookRequest(value, context, secrets);
  } catch (error) {
    if (error instanceof MissingValue) return error.message;
    throw error;
  }
}

async function send(
  request: WebhookRequest,
  context: ActionContext,
  deps: ActionDeps,
  secrets: SecretKeeper,
): Promise<OutboundResponse> {
  const deadlineMs = Math.min(context.deadlineMs, LONGEST_CALL_MS);
  try {
    return await deps.outbound({ ...request, deadlineMs, signal: deps.signal });
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    // Without its cause, whose text may show the URL with its secrets.
    const { reason, retryAfterMs } = error;
    throw new ProviderError(reason, secrets.mask(error.message), retryAfterMs === undefined ? {} : { retryAfterMs });
  }
}

function throwIfTemporary(call: string, { status, headers }: OutboundResponse, now: Date): void {
  if (status !== 429 && status < 500) return;
  const retryAfterMs = retryAfter(headers["retry-after"], now);
  throw new ProviderError(
    status === 429 ? "rate-limited" : "server-error",
    `${call} answered ${status}`,
    retryAfterMs === undefined ? {} : { retryAfterMs },
  );
}

/** Milliseconds from a Retry-After header: seconds or a date (RFC 9110, section 10.2.3). */
function retryAfter(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime());
}

const failed = (message: string): ActionOutcome => ({ status: "succeeded", result: "fail", message, details: {} });
