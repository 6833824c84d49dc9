import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { readBody, send, type Handler } from "./http.ts";
import { answerResource } from "./kubernetes/answer.ts";
import type { Cluster } from "./kubernetes/cluster.ts";
import type { Faults } from "./kubernetes/faults.ts";
import { timestamp } from "./kubernetes/store.ts";
import { badRequest, methodNotAllowed, refusal, Refusal, unknownPath } from "./kubernetes/status.ts";
import type { Write } from "./kubernetes/write.ts";

export type KubernetesApiOptions = {
  cluster: Cluster;
  faults: Faults;
  now: () => number;
  onWrite: (write: Write) => void;
  token?: string | undefined;
  /** Ends waiting requests. */
  signal: AbortSignal;
};

type Answer = { status: number; body: unknown; retryAfter?: number | undefined };

/** The part of the Kubernetes API that scaling a workload needs, over HTTP. */
export function kubernetesApi(options: KubernetesApiOptions): Handler {
  const { cluster, faults, token, signal } = options;
  return async (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const fault = faults.take(request.method ?? "GET", url.pathname);
    if (fault?.delayMs) await delay(fault.delayMs, undefined, { signal }).catch(() => response.destroy());
    const body = await readBody(request);
    if (response.destroyed) return;
    const answer = attempt(() => {
      if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) throw refusal(401);
      if (fault?.status) throw refusal(fault.status, fault.retryAfter);
      if (body === undefined) throw new Refusal(413, "RequestEntityTooLarge", "the request body is too large");
      cluster.advance();
      const result = route(options, request, url, body);
      // The reply shows the object as it was written; controllers react after it.
      cluster.advance();
      return result;
    });
    if (fault?.dropReply) return void response.destroy();
    reply(response, { ...answer, retryAfter: fault?.retryAfter });
  };
}

function attempt(run: () => Answer): Answer {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { status: error.code, body: error.body };
  }
}

function reply(response: ServerResponse, { status, body, retryAfter }: Answer): void {
  const more: Record<string, string> = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
  if (typeof body === "string") return send(response, status, { "content-type": "text/plain", ...more }, body);
  send(response, status, { "content-type": "application/json", ...more }, JSON.stringify(body));
}

function route(options: KubernetesApiOptions, request: IncomingMessage, url: URL, body: string): Answer {
  const { cluster, now, onWrite } = options;
  const method = request.method ?? "GET";
  const path = url.pathname.replace(/\/$/, "");
  if (["/readyz", "/livez", "/healthz"].includes(path)) return { status: 200, body: "ok" };
  if (path === "/version") return { status: 200, body: version };
  if (path === "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews") return accessReview(method, body, now());
  const found = resourcePath.exec(path);
  if (!found) throw unknownPath();
  const { group = "", version: apiVersion = "v1", namespace, resource, name, subresource } = found.groups!;
  return answerResource(cluster, now, onWrite, {
    group,
    version: apiVersion,
    namespace,
    resource: resource!,
    name,
    subresource,
    method,
    path,
    query: url.searchParams,
    contentType: (request.headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase(),
    body,
  });
}

// `/api/v1/namespaces/x` names a namespace, `/api/v1/namespaces/x/pods` something in it.
const resourcePath =
  /^\/(?:api|apis\/(?<group>[^/]+))\/(?<version>[^/]+)\/(?:namespaces\/(?<namespace>[^/]+)\/)?(?<resource>[a-z]+)(?:\/(?<name>[^/]+)(?:\/(?<subresource>[^/]+))?)?$/;

const version = { major: "1", minor: "33", gitVersion: "v1.33.0+evenkeel-simulator", platform: "simulator" };

/** Everything is allowed. */
function accessReview(method: string, body: string, at: number): Answer {
  if (method !== "POST") throw methodNotAllowed();
  let review: unknown;
  try {
    review = JSON.parse(body);
  } catch (error) {
    throw badRequest(`the object provided is unrecognized: ${error instanceof Error ? error.message : String(error)}`);
  }
  const spec = (review as { spec?: unknown } | null)?.spec;
  return {
    status: 201,
    body: {
      kind: "SelfSubjectAccessReview",
      apiVersion: "authorization.k8s.io/v1",
      metadata: { creationTimestamp: timestamp(at) },
      spec,
      status: { allowed: true, reason: "the simulator allows everything" },
    },
  };
}
