import type { Request, RequestHandler } from "express";
import { blockList, contains } from "./addresses.ts";
import { verifySource } from "./auth.ts";
import type { Authenticate } from "./auth.ts";
import { authorize } from "./authorize.ts";
import type { Subject, Verb } from "./authorize.ts";
import { clientAddress } from "./client-address.ts";
import { problem } from "./errors.ts";
import type { RateLimits } from "./rate-limit.ts";
import type { SourceAuth, SourceSettings } from "./settings.ts";

const subjects = new WeakMap<Request, Subject>();

/** Who sends a request that has passed `requireVerb` or a source's gate. */
export function subjectOf(request: Request): Subject {
  const subject = subjects.get(request);
  // Whoever mounts a route without either has forgotten to ask.
  if (!subject) throw problem(403, "forbidden", "nobody has looked at who sends this request");
  return subject;
}

/** Lets only callers through who have the right somewhere; where, is for `insist` to say. */
export function requireVerb(authenticate: Authenticate, verb: Verb, limits?: RateLimits): RequestHandler {
  return async (request, _response, next) => {
    const outcome = await authenticate({
      rawHeaders: request.rawHeaders,
      remoteAddress: request.socket.remoteAddress,
    });
    if (!outcome.ok) throw refusal(outcome);
    limits?.caller(outcome.subject.name, "user");
    const decision = authorize(outcome.subject, verb, "anything");
    if (!decision.ok) throw problem(403, "forbidden", decision.why);
    subjects.set(request, outcome.subject);
    next();
  };
}

/** Deliveries that were taken in within the time for which their signature is good. */
export interface Deliveries {
  seen(source: string, delivery: string): Promise<boolean>;
  /** @param keepMs how long it could still be sent again */
  remember(source: string, delivery: string, keepMs: number): Promise<void>;
}

export interface SourceGateOptions {
  name: string;
  settings: Pick<SourceSettings, "auth" | "allow" | "projects">;
  authenticate: Authenticate;
  trustedProxies?: readonly string[];
  limits?: RateLimits;
  deliveries?: Deliveries;
  now?: () => number;
}

/** Stands before a webhook's route. */
export interface SourceGate {
  /** Before the body is read: is this address listed? */
  address: RequestHandler;
  /** Before the body is read as well: is it from who may send it? Where the body is what is signed, nothing yet. */
  sender: RequestHandler;
  /** For `jsonBody({ verify })`: the same where the body is signed, and is it new? */
  verify(request: Request, rawBody: Buffer): Promise<void>;
  /** After everything of it is stored. Said before that, a delivery that failed could never be sent again. */
  taken(request: Request): Promise<void>;
}

const NOTHING = new Uint8Array();

/** The checks of one alert source, as its settings have them. */
export function sourceGate(options: SourceGateOptions): SourceGate {
  const { name, settings, authenticate, trustedProxies = [], limits, deliveries, now = Date.now } = options;
  const { auth, allow, projects } = settings;
  const listed = blockList(allow);
  const proxies = blockList(trustedProxies);
  const taking = new WeakMap<Request, string>();
  const addressOf = (request: Request) => clientAddress(request, (address) => contains(proxies, address));

  async function admit(request: Request, rawBody: Uint8Array): Promise<string | undefined> {
    const { rawHeaders, socket } = request;
    const parts = { rawHeaders, rawBody, remoteAddress: socket.remoteAddress, now: now() };
    const outcome = await verifySource(parts, { name, auth, projects }, authenticate);
    if (!outcome.ok) throw refusal(outcome, auth);
    limits?.caller(`${outcome.subject.name} at ${name}`, "sender");
    subjects.set(request, outcome.subject);
    return outcome.delivery;
  }

  return {
    address(request, _response, next) {
      const from = addressOf(request);
      if (allow.length > 0 && !(from !== undefined && contains(listed, from)))
        throw problem(403, "address-refused", `${from ?? "an unknown address"} may not send as ${name}`);
      next();
    },
    async sender(request, _response, next) {
      if (auth.type !== "hmac") await admit(request, NOTHING);
      next();
    },
    async verify(request, rawBody) {
      if (auth.type !== "hmac") return;
      const delivery = await admit(request, rawBody);
      if (delivery === undefined || !deliveries) return;
      if (await deliveries.seen(name, delivery))
        throw problem(409, "replayed", "this very delivery was taken in before; sign again to send it again");
      taking.set(request, delivery);
    },
    async taken(request) {
      const delivery = taking.get(request);
      if (delivery === undefined || auth.type !== "hmac") return;
      // Signed with a clock that is ahead by the tolerance, it is good for twice as long.
      await deliveries?.remember(name, delivery, 2 * auth.tolerance);
    },
  };
}

function refusal(outcome: { status: 401 | 403; why: string }, auth?: SourceAuth) {
  if (outcome.status === 403) return problem(403, "forbidden", outcome.why);
  const challenge = auth?.type === "basic" ? 'Basic realm="evenkeel"' : 'Bearer realm="evenkeel"';
  return problem(401, "unauthorized", outcome.why, { headers: { "www-authenticate": challenge } });
}
