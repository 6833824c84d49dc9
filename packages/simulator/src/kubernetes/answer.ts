import type { Cluster } from "./cluster.ts";
import { apiVersion, isWorkload, resources, type KubernetesObject, type Resource } from "./objects.ts";
import { jsonPatch, mergePatch } from "./patch.ts";
import { labelSelector } from "./selectors.ts";
import { badRequest, methodNotAllowed, notFound, unknownPath, unsupportedMediaType } from "./status.ts";
import { admit, admitScale, describeWrite, scaleOf, type Write } from "./write.ts";

/** A request whose path names a resource. */
export type ResourceRequest = {
  group: string;
  version: string;
  namespace: string | undefined;
  resource: string;
  name: string | undefined;
  subresource: string | undefined;
  method: string;
  path: string;
  query: URLSearchParams;
  contentType: string;
  body: string;
};

type Answer = { status: number; body: unknown };

/** Reads or changes objects. Throws a `Refusal` where the API would answer with a failure. */
export function answerResource(
  cluster: Cluster,
  now: () => number,
  onWrite: (write: Write) => void,
  request: ResourceRequest,
): Answer {
  const resource = knownResource(request);
  const { name, namespace, subresource, method } = request;
  if (subresource !== undefined && !(subresource === "scale" && isWorkload(resource))) throw unknownPath();
  if (name === undefined) {
    if (method !== "GET") throw methodNotAllowed();
    return { status: 200, body: list(cluster, resource, namespace, request.query) };
  }
  const current = find(cluster, resource, namespace, name);
  const view = subresource === "scale" ? scaleOf : (object: KubernetesObject) => object;
  if (method === "GET") return { status: 200, body: view(current) };
  if ((method !== "PATCH" && method !== "PUT") || resource === "namespaces" || resource === "pods") {
    throw methodNotAllowed();
  }
  const candidate = method === "PATCH" ? patched(view(current), request) : parseBody(request);
  const changed =
    subresource === "scale" ? admitScale(resource, current, candidate) : admit(resource, current, candidate);
  if (request.query.get("dryRun") === "All") return { status: 200, body: view(changed) };
  const stored = cluster.store.replace(resource, current, changed);
  const verb = method === "PATCH" ? "patch" : "update";
  onWrite({ verb, path: request.path, at: now(), ...describeWrite(current, stored) });
  return { status: 200, body: view(stored) };
}

function knownResource({ resource, group, version, namespace, name }: ResourceRequest): Resource {
  if (!Object.hasOwn(resources, resource)) throw unknownPath();
  const known = resource as Resource;
  const definition = resources[known];
  if (definition.group !== group || definition.version !== version) throw unknownPath();
  if (definition.namespaced && name !== undefined && namespace === undefined) throw unknownPath();
  return known;
}

function find(cluster: Cluster, resource: Resource, namespace: string | undefined, name: string): KubernetesObject {
  const found =
    resource === "pods"
      ? cluster.pods(namespace!).find((pod) => pod.metadata.name === name)
      : cluster.store.get(resource, namespace, name);
  if (!found) throw notFound(resource, name);
  return found;
}

function list(cluster: Cluster, resource: Resource, namespace: string | undefined, query: URLSearchParams) {
  if (["true", "1"].includes(query.get("watch") ?? "")) throw badRequest("the simulator does not support watch");
  if (query.get("fieldSelector")) throw badRequest("the simulator does not support field selectors");
  const fits = labelSelector(query.get("labelSelector") ?? "");
  const objects = resource === "pods" ? podsOf(cluster, namespace) : cluster.store.list(resource, namespace);
  return {
    kind: `${resources[resource].kind}List`,
    apiVersion: apiVersion(resource),
    metadata: { resourceVersion: cluster.store.version() },
    items: objects.filter((object) => fits(object.metadata.labels ?? {})),
  };
}

function podsOf(cluster: Cluster, namespace: string | undefined): KubernetesObject[] {
  if (namespace !== undefined) return cluster.pods(namespace);
  return cluster.store.list("namespaces").flatMap((object) => cluster.pods(object.metadata.name));
}

const patchTypes = ["application/json-patch+json", "application/merge-patch+json"];

function patched(target: unknown, request: ResourceRequest): unknown {
  if (request.contentType === patchTypes[0]) return jsonPatch(target, parseBody(request));
  if (request.contentType === patchTypes[1]) return mergePatch(target, parseBody(request));
  throw unsupportedMediaType(patchTypes);
}

function parseBody(request: ResourceRequest): unknown {
  if (request.method === "PUT" && request.contentType !== "application/json") {
    throw unsupportedMediaType(["application/json"]);
  }
  try {
    return JSON.parse(request.body) as unknown;
  } catch (error) {
    throw badRequest(`error decoding the body: ${error instanceof Error ? error.message : String(error)}`);
  }
}
