import type { Request, RequestHandler } from "express";
import { problem } from "./errors.ts";
import { parseJsonBytes } from "./json-bytes.ts";
import type { JsonLimits } from "./json-bytes.ts";

declare global {
  // The only way to tell express about fields of a request.
  // oxlint-disable-next-line typescript/no-namespace
  namespace Express {
    interface Request {
      /** Also in the answer's X-Request-Id and in every log line and problem of this request. */
      id: string;
      /** The body as it came, for signatures. */
      rawBody?: Buffer;
    }
  }
}

export const JSON_TYPES = [
  "application/json",
  "application/cloudevents+json",
  "application/cloudevents-batch+json",
] as const;

export interface BodyOptions extends JsonLimits {
  maxBytes?: number;
  /** Media types accepted; others are answered with 415. */
  types?: readonly string[];
  /** Runs on the raw bytes, before they are parsed: the place to check a signature. Throws to refuse. */
  verify?: (request: Request, rawBody: Buffer) => void | Promise<void>;
}

const MAX_BYTES = 1_048_576;

/** Reads the body into `rawBody`, bounded, whatever its type. Refuses before reading where Content-Length already says too much. */
export function rawBody(options: BodyOptions = {}): RequestHandler {
  const { maxBytes = MAX_BYTES, types } = options;
  return async (request, response, next) => {
    refuseCoding(request);
    if (types) requireType(request, types);
    if (announcedBytes(request) > maxBytes) throw tooLarge(maxBytes);
    // The sender waits for it; whatever was wrong so far it has learned without sending its body.
    if (request.headers.expect !== undefined) response.writeContinue();
    request.rawBody = await read(request, maxBytes);
    await options.verify?.(request, request.rawBody);
    next();
  };
}

/** `rawBody` and then `body` parsed from it. Unlike a missing body, a missing Content-Type is refused, too. */
export function jsonBody(options: BodyOptions = {}): RequestHandler {
  const readRaw = rawBody({ types: JSON_TYPES, ...options });
  return (request, response, next) =>
    readRaw(request, response, (error?: unknown) => {
      if (error) return next(error);
      try {
        request.body = parseJsonBytes(request.rawBody!, options);
      } catch (fault) {
        return next(fault);
      }
      next();
    });
}

/** A compressed body could be a thousand times larger than its cap. */
function refuseCoding(request: Request): void {
  const coding = request.headers["content-encoding"];
  if (coding === undefined || coding.trim().toLowerCase() === "identity") return;
  throw problem(415, "unsupported-encoding", `content-encoding ${coding} is not accepted; send the body as it is`, {
    headers: { "accept-encoding": "identity" },
  });
}

function requireType(request: Request, types: readonly string[]): void {
  const header = request.headers["content-type"];
  const [type = "", ...parameters] = (header ?? "").split(";").map((part) => part.trim().toLowerCase());
  const headers = { accept: types.join(", ") };
  if (!types.includes(type))
    throw problem(
      415,
      "unsupported-type",
      `content-type ${header ? JSON.stringify(header) : "is missing"}; accepted: ${types.join(", ")}`,
      { headers },
    );
  const charset = parameters
    .find((part) => part.startsWith("charset="))
    ?.slice("charset=".length)
    .replaceAll('"', "");
  if (charset && charset !== "utf-8" && charset !== "utf8")
    throw problem(415, "unsupported-charset", `charset ${charset} is not accepted; send UTF-8`, { headers });
}

function announcedBytes(request: Request): number {
  return Number(request.headers["content-length"] ?? 0);
}

const tooLarge = (maxBytes: number) => problem(413, "body-too-large", `the body is larger than ${maxBytes} bytes`);

function read(request: Request, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const done = (settle: () => void) => {
      request.off("data", onData).off("end", onEnd).off("error", onGone).off("close", onGone);
      settle();
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) {
        // Read on and forget, until the request timeout: cutting here would often cost the sender our answer.
        request.resume();
        return done(() => reject(tooLarge(maxBytes)));
      }
      chunks.push(chunk);
    };
    const onEnd = () => done(() => resolve(Buffer.concat(chunks)));
    const onGone = () =>
      done(() => reject(problem(400, "body-incomplete", "the connection ended before the body did")));
    request.on("data", onData).on("end", onEnd).on("error", onGone).on("close", onGone);
  });
}
