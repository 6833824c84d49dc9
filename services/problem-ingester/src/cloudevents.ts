import { jsonPointer, parseJsonBytes, problem as httpProblem, type HttpProblem } from "@evenkeel/runtime";
import { CloudEvent as SdkEvent, ValidationError } from "cloudevents";
import { z } from "zod";
import { isRecord } from "./text.ts";

// Sizes keep (source, id) inside what an index of the log can hold.
const attribute = (max: number) =>
  z
    .union([z.string(), z.number()])
    .transform((value) => String(value).trim())
    .pipe(
      z
        .string()
        .min(1, "expected a text")
        .max(max, `expected at most ${max} characters`)
        .refine((text) => Buffer.byteLength(text) <= 3 * max, `expected at most ${3 * max} bytes`),
    );

const Extension = attribute(256).nullish().catch(undefined);

/** The attributes of a posted CloudEvent that are used. Keptn's own events are older than 1.0, and looser. */
export const CloudEvent = z
  .looseObject({
    specversion: z.literal("1.0", { error: 'expected "1.0"' }),
    id: attribute(256),
    source: attribute(512),
    type: attribute(256),
    time: z.iso.datetime({ offset: true, error: "expected a time such as 2026-01-31T12:00:00Z" }).optional(),
    shkeptncontext: Extension.describe("the run that the event belongs to; anything becomes a UUID as in Keptn"),
    triggeredid: Extension.describe("the id of the .triggered event that this one answers"),
    gitcommitid: Extension,
    datacontenttype: z.string().optional(),
    data: z.unknown().optional(),
    data_base64: z.base64().optional(),
  })
  .describe("a CloudEvent 1.0; events of Keptn's types may be of specversion 0.2 and lack id, source and time");

/** A CloudEvent as it was posted, checked. */
export interface Posted {
  id: string;
  source: string;
  type: string;
  /** RFC 3339; only what the sender says, never used for order. */
  time?: string;
  shkeptncontext?: string;
  triggeredid?: string;
  gitcommitid?: string;
  data: unknown;
}

/** What a request holds: one event, or several of which each gets its own answer. */
export type Delivery = { mode: "single"; event: unknown } | { mode: "batch"; events: readonly unknown[] };

/** Each gets a transaction of its own. */
const MOST_EVENTS = 2000;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Tells the modes of the CloudEvents HTTP binding apart (binary, structured, batched), and takes plain
 * application/json that holds a CloudEvent as structured: Keptn's API was specified to be sent just that.
 * @param body parsed JSON; `undefined` for no body
 */
export function deliveryOf(headers: Headers, body: unknown): Delivery {
  const type = String(headers["content-type"] ?? "").toLowerCase();
  if (type.startsWith("application/cloudevents-batch")) {
    if (Array.isArray(body) && body.length > MOST_EVENTS)
      throw httpProblem(
        413,
        "batch-too-large",
        `the batch has ${body.length} events; at most ${MOST_EVENTS} are taken`,
      );
    if (Array.isArray(body)) return { mode: "batch", events: body };
    throw refusal("schema", "", "expected an array of CloudEvents");
  }
  if (type.startsWith("application/cloudevents")) return { mode: "single", event: body };
  if (isBinary(headers)) return { mode: "single", event: { ...headerAttributes(headers), data: body } };
  if (isRecord(body) && typeof body["type"] === "string") return { mode: "single", event: body };
  throw refusal("not-a-cloudevent", "", "no CloudEvent: no ce- headers, and the body has no attribute type");
}

export function isBinary(headers: Headers): boolean {
  return ["ce-specversion", "ce-type", "ce-id"].some((name) => headers[name] !== undefined);
}

function headerAttributes(headers: Headers): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (/^ce-[a-z0-9]+$/.test(name) && typeof value === "string") attributes[name.slice(3)] = decodeHeader(value);
  }
  return attributes;
}

/** HTTP binding 3.1.3.2: unquote, then one round of percent-decoding. What is no valid encoding stays as it is. */
function decodeHeader(value: string): string {
  const unquoted = /^"(.*)"$/s.exec(value)?.[1]?.replace(/\\(.)/g, "$1") ?? value;
  try {
    return decodeURIComponent(unquoted);
  } catch {
    return unquoted;
  }
}

export interface ParseOptions {
  /** For events of Keptn's that have none: its API made one itself. */
  newId: () => string;
  /** On Keptn's own path, whatever the type. */
  likeKeptn?: boolean;
}

/** Checks one event. Throws a ZodError (422) that points at what is wrong. */
export function parseCloudEvent(value: unknown, { newId, likeKeptn = false }: ParseOptions): Posted {
  const input: Record<string, unknown> = isRecord(value) ? { ...value } : {};
  if (isRecord(value) && (likeKeptn || textOf(value["type"]).startsWith("sh.keptn."))) {
    if (/^(0\.[1-3])?$/.test(textOf(value["specversion"] ?? ""))) input["specversion"] = "1.0";
    input["id"] ||= newId();
    input["source"] ||= "keptn";
    if (!z.iso.datetime({ offset: true }).safeParse(value["time"]).success) delete input["time"];
  }
  const event = CloudEvent.parse(isRecord(value) ? input : value);
  conform(event);
  const { id, source, type, shkeptncontext, triggeredid, gitcommitid } = event;
  return {
    ...{ id, source, type, data: dataOf(event) },
    ...(event.time && { time: utc(event.time) }),
    ...(shkeptncontext && { shkeptncontext }),
    ...(triggeredid && { triggeredid }),
    ...(gitcommitid && { gitcommitid }),
  };
}

/** The SDK's word on the specification: names of extensions, forms of attributes. It does not look at single events by itself. */
function conform(event: z.infer<typeof CloudEvent>): void {
  try {
    new SdkEvent(event, true);
  } catch (error) {
    if (!(error instanceof ValidationError) && !(error instanceof TypeError)) throw error;
    const detail = "errors" in error && Array.isArray(error.errors) ? JSON.stringify(error.errors) : error.message;
    throw refusal("schema", "", `not a CloudEvent 1.0: ${detail.slice(0, 500)}`);
  }
}

/** An object may bring a `toString` of its own that is no function, and then String() throws. */
function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "?";
}

function utc(time: string): string {
  const moment = new Date(time);
  if (Number.isNaN(moment.getTime()) || moment.getUTCFullYear() < 1) throw refusal("schema", "/time", "no such moment");
  return moment.toISOString();
}

function dataOf({ data, data_base64, datacontenttype }: z.infer<typeof CloudEvent>): unknown {
  if (data_base64 === undefined) return data ?? {};
  if (datacontenttype && !/^application\/([\w.-]+\+)?json\b/i.test(datacontenttype)) return { data_base64 };
  return parseJsonBytes(Buffer.from(data_base64, "base64")) ?? {};
}

/** 422 with one pointer into the event. */
export function refusal(code: string, pointer: string, detail: string): HttpProblem {
  return httpProblem(422, code, pointer ? `${pointer}: ${detail}` : detail, { errors: [{ pointer, detail }] });
}

/** Checks `data` against a schema; pointers start at the event. */
export function parseData<Schema extends z.ZodType>(schema: Schema, data: unknown): z.output<Schema> {
  const read = schema.safeParse(data);
  if (read.success) return read.data;
  const errors = read.error.issues.map(({ path, message }) => ({
    pointer: jsonPointer(["data", ...path]),
    detail: message,
  }));
  const [first] = errors;
  const detail = `${first?.pointer}: ${first?.detail}${errors.length > 1 ? ` (and ${errors.length - 1} more)` : ""}`;
  throw httpProblem(422, "schema", detail, { errors });
}
