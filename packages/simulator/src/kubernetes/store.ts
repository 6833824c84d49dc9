import { isDeepStrictEqual } from "node:util";
import { apiVersion, resources, type KubernetesObject, type Resource } from "./objects.ts";

/** What a caller gives for a new object; the store adds the rest. */
export type NewObject = {
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  spec?: Record<string, unknown>;
};

export type Store = {
  get(resource: Resource, namespace: string | undefined, name: string): KubernetesObject | undefined;
  /** Of one namespace, or of all. */
  list(resource: Resource, namespace?: string): KubernetesObject[];
  create(resource: Resource, object: NewObject): KubernetesObject;
  remove(resource: Resource, namespace: string | undefined, name: string): boolean;
  /**
   * Puts the changed object in the place of the current one: a new resource version when anything differs, a new
   * generation when the spec differs.
   */
  replace(resource: Resource, current: KubernetesObject, changed: KubernetesObject): KubernetesObject;
  /** The version of the newest write. */
  version(): string;
};

/** Objects in memory. As in etcd, one counter numbers all writes. */
export function createStore(now: () => number, newId: () => string): Store {
  const objects = new Map<string, KubernetesObject>();
  let version = 1000;
  const key = (resource: Resource, namespace: string | undefined, name: string) =>
    `${resource}/${namespace ?? ""}/${name}`;
  return {
    get: (resource, namespace, name) => objects.get(key(resource, namespace, name)),
    list: (resource, namespace) =>
      [...objects]
        .filter(([id]) => id.startsWith(namespace === undefined ? `${resource}/` : `${resource}/${namespace}/`))
        .map(([, object]) => object),
    create(resource, { spec, ...metadata }) {
      const object: KubernetesObject = {
        apiVersion: apiVersion(resource),
        kind: resources[resource].kind,
        metadata: {
          ...metadata,
          uid: newId(),
          resourceVersion: String(++version),
          generation: 1,
          creationTimestamp: timestamp(now()),
        },
        ...(spec ? { spec } : {}),
      };
      objects.set(key(resource, metadata.namespace, metadata.name), object);
      return object;
    },
    remove(resource, namespace, name) {
      const removed = objects.delete(key(resource, namespace, name));
      if (removed) version++;
      return removed;
    },
    replace(resource, current, changed) {
      const { resourceVersion, generation = 1 } = current.metadata;
      const candidate = { ...changed, metadata: { ...changed.metadata, resourceVersion, generation } };
      if (isDeepStrictEqual(candidate, current)) return current;
      candidate.metadata.resourceVersion = String(++version);
      if (!isDeepStrictEqual(candidate.spec, current.spec)) candidate.metadata.generation = generation + 1;
      objects.set(key(resource, current.metadata.namespace, current.metadata.name), candidate);
      return candidate;
    },
    version: () => String(version),
  };
}

/** RFC 3339 in seconds, as the API writes times. */
export function timestamp(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}
