import { request as send } from "node:http";
import type { Sent } from "./payloads.ts";

export interface Answer {
  status: number;
  type: string;
  text: string;
}

/** Long for any machine that this runs on; an answer that takes longer never comes. */
const CAP_MS = 20_000;
/** A refusal names what is wrong; it does not repeat what was sent. */
const MOST_ANSWER = 65_536;

/** Sends exactly this: no client library that mends what is wrong. */
export function exchange(base: { host: string; port: number }, sent: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { host, port } = base;
    const headers = { "content-length": String(sent.body.length), ...sent.headers };
    const outgoing = send({ host, port, method: sent.method, path: sent.path, headers, timeout: CAP_MS });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${CAP_MS} ms`)));
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: incoming.statusCode ?? 0, type: incoming.headers["content-type"] ?? "", text });
      });
    });
    outgoing.end(sent.body);
  });
}

/** What is wrong with an answer, whatever was asked; undefined when nothing is. */
export function faultOf({ status, type, text }: Answer): string | undefined {
  if (status >= 500 || status < 200) return `status ${status}: ${text.slice(0, 300)}`;
  if (status < 300) return undefined;
  if (status < 400) return status === 304 ? undefined : `status ${status}`;
  if (!type.startsWith("application/problem+json")) return `${status} is ${type || "of no type"}`;
  if (text.length > MOST_ANSWER) return `${status} with an answer of ${text.length} characters`;
  const body = parsed(text) as { status?: unknown; code?: unknown; detail?: unknown; title?: unknown } | undefined;
  if (!body) return `${status} with a body that is no JSON: ${text.slice(0, 200)}`;
  if (body.status !== status) return `${status} whose body says ${String(body.status)}`;
  for (const field of ["code", "detail", "title"] as const)
    if (typeof body[field] !== "string" || body[field] === "") return `${status} without a ${field}`;
  return undefined;
}

const OUTCOMES = ["triggered", "joined", "resolved", "unrouted", "ignored", "stored", "refused"];

/** The same for what takes notifications in: an accepted one has decisions, and each that does nothing has a reason. */
export function intakeFault(answer: Answer): string | undefined {
  const fault = faultOf(answer);
  if (fault || answer.status >= 300) return fault;
  const body = parsed(answer.text) as { results?: unknown; keptnContext?: unknown } | undefined;
  if (typeof body?.keptnContext === "string") return undefined;
  if (!Array.isArray(body?.results)) return `accepted without results: ${answer.text.slice(0, 200)}`;
  for (const result of body.results as { outcome?: string; reason?: string }[]) {
    if (!OUTCOMES.includes(String(result.outcome))) return `accepted with outcome ${String(result.outcome)}`;
    if (["unrouted", "ignored", "refused"].includes(result.outcome!) && !result.reason)
      return `${result.outcome} without a reason`;
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
