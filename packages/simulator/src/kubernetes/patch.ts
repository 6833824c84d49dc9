import { isDeepStrictEqual } from "node:util";
import { badRequest, unprocessable } from "./status.ts";

type Json = Record<string, unknown>;

/** JSON merge patch, RFC 7396: `null` removes, objects merge, everything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result: Json = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/** JSON patch, RFC 6902: add, remove, replace, test. Throws a `Refusal` 422 when an operation cannot be applied. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw badRequest("error decoding patch: a JSON patch is an array of operations");
  const result = structuredClone(target);
  for (const operation of patch as unknown[]) {
    if (!isRecord(operation)) throw badRequest("error decoding patch: an operation is an object");
    applyOperation(result, operation);
  }
  return result;
}

function applyOperation(root: unknown, { op, path, value }: Json): void {
  if (typeof path !== "string" || !path.startsWith("/")) throw unprocessable(`${String(op)}: invalid path`);
  const keys = path.slice(1).split("/").map(unescape);
  const last = keys.pop()!;
  let parent: unknown = root;
  for (const key of keys) parent = child(parent, key);
  const missing = () => unprocessable(`${String(op)} operation does not apply: doc is missing path: "${path}"`);
  if (!isRecord(parent) && !Array.isArray(parent)) throw missing();
  const present = Array.isArray(parent) ? Number(last) < parent.length : Object.hasOwn(parent, last);
  switch (op) {
    case "test":
      if (isDeepStrictEqual(present ? child(parent, last) : null, value ?? null)) return;
      throw unprocessable(`testing value ${path} failed: test failed`);
    case "add":
      return add(parent, last, value);
    case "replace":
      if (!present) throw missing();
      (parent as Json)[last] = value;
      return;
    case "remove":
      if (!present) throw missing();
      if (Array.isArray(parent)) parent.splice(Number(last), 1);
      else delete parent[last];
      return;
    default:
      throw unprocessable(`unexpected kind: ${String(op)}`);
  }
}

function add(parent: Json | unknown[], key: string, value: unknown): void {
  if (!Array.isArray(parent)) parent[key] = value;
  else if (key === "-") parent.push(value);
  else parent.splice(Number(key), 0, value);
}

function child(parent: unknown, key: string): unknown {
  return isRecord(parent) || Array.isArray(parent) ? (parent as Json)[key] : undefined;
}

function unescape(key: string): string {
  return key.replaceAll("~1", "/").replaceAll("~0", "~");
}

export function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
