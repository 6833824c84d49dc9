import { ProviderError } from "@evenkeel/runtime";
import type { z } from "zod";
import type { Call, Connection } from "./connection.ts";
import { failureOf, type Answer } from "./failure.ts";
import type { Mark } from "./types.ts";

/** The precondition makes the server refuse the patch (409) if anybody has written the object since we read it. */
export const markedAt = (resourceVersion: string, mark: Mark) => ({
  metadata: { resourceVersion, annotations: { [mark.annotation]: mark.value } },
});

/** Calls that succeed with an object of a known shape, or throw a ProviderError. */
export interface Api {
  get<T>(path: string, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T>;
  /** undefined when the server does not know this path at all, as for an API version it does not serve. */
  getIfServed<T>(path: string, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T | undefined>;
  patch<T>(path: string, body: unknown, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T>;
  post<T>(path: string, body: unknown, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T>;
  parse<T>(call: Call, answer: Answer, schema: z.ZodType<T>): T;
}

export function createApi(connection: Connection): Api {
  function parse<T>(call: Call, answer: Answer, schema: z.ZodType<T>): T {
    const what = `${call.method} ${call.path}`;
    if (answer.status < 200 || answer.status > 299) throw failureOf(what, answer, Date.now());
    const read = schema.safeParse(readJson(answer.body));
    if (read.success) return read.data;
    const issue = read.error.issues[0];
    const where = issue?.path.join(".") || "the answer";
    throw new ProviderError(
      "bad-response",
      `${what}: is this a Kubernetes API? ${where}: ${issue?.message ?? "unreadable"}`,
    );
  }
  const run = async <T>(call: Call, schema: z.ZodType<T>): Promise<T> =>
    parse(call, await connection.send(call), schema);

  return {
    parse,
    get: (path, schema, signal) => run({ method: "GET", path, signal }, schema),
    async getIfServed(path, schema, signal) {
      const call = { method: "GET", path, signal } as const;
      const answer = await connection.send(call);
      return answer.status === 404 ? undefined : parse(call, answer, schema);
    },
    patch: (path, body, schema, signal) =>
      run({ method: "PATCH", path, body, contentType: "application/merge-patch+json", signal }, schema),
    post: (path, body, schema, signal) => run({ method: "POST", path, body, signal }, schema),
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema then says what was expected
  }
}
