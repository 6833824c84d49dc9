import type { Request, RequestHandler } from "express";
import { problem } from "./errors.ts";
import type { HttpProblem } from "./errors.ts";
import { heldBytes, type HeldBody, type HeldBytes } from "./http-held.ts";
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
  /** Counts what is held at once; one for the whole process unless told. */
  held?: HeldBytes;
}

const MAX_BYTES = 1_048_576;
/** Memory is the process's, whichever application reads. The largest body that settings can allow fits in. */
const PROCESS = heldBytes({ own: 65_536, shared: 67_108_864 });

/** Reads the body into `rawBody`, bounded, whatever its type. Refuses before reading where Content-Length already says too much. */
export function rawBody(options: BodyOptions = {}): RequestHandler {
  const { maxBytes = MAX_BYTES, types, held = PROCESS } = options;
  return async (request, response, next) => {
    refuseCoding(request);
    if (types) requireType(request, types);
    if (announcedBytes(request) > maxBytes) throw tooLarge(maxBytes);
    // The sender waits for it; whatever was wrong so far it has learned without sending its body.
    if (request.headers.expect !== undefined) response.writeContinue();
    const holding = held.open();
    response.once("close", holding.release);
    request.rawBody = await read(request, maxBytes, holding);
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

const tooManyHeld = () =>
  problem(503, "too-many-bodies", "too many large bodies are being read at once; again in a second", {
    headers: { "retry-after": "1" },
  });

/** The least that is allocated for a body. */
const FIRST_BYTES = 16_384;

/**
 * Into one buffer that grows, and not into a list of what came: a body in chunks of one byte each would be a list of a
 * million buffers, two hundred times as large as what it holds.
 */
function read(request: Request, maxBytes: number, holding: HeldBody): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let body = Buffer.alloc(0);
    let size = 0;
    const done = (settle: () => void) => {
      request.off("data", onData).off("end", onEnd).off("error", onGone).off("close", onGone);
      settle();
    };
    /** Reads on and forgets, until the request timeout: cutting here would often cost the sender our answer. */
    const refuse = (why: HttpProblem) => {
      request.resume();
      body = Buffer.alloc(0);
      done(() => reject(why));
    };
    const onData = (chunk: Buffer) => {
      if (size + chunk.length > maxBytes) return refuse(tooLarge(maxBytes));
      if (size + chunk.length > body.length) {
        const length = Math.min(maxBytes, capacityFor(size + chunk.length));
        if (!holding.grow(length - body.length)) return refuse(tooManyHeld());
        const larger = Buffer.allocUnsafeSlow(length);
        body.copy(larger, 0, 0, size);
        body = larger;
      }
      size += chunk.copy(body, size);
    };
    const onEnd = () => done(() => resolve(body.subarray(0, size)));
    const onGone = () =>
      done(() => reject(problem(400, "body-incomplete", "the connection ended before the body did")));
    request.on("data", onData).on("end", onEnd).on("error", onGone).on("close", onGone);
  });
}

/** The next power of two, so that each byte is copied twice at most. */
function capacityFor(size: number): number {
  return Math.max(FIRST_BYTES, 2 ** Math.ceil(Math.log2(size)));
}
