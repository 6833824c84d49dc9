import { randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import express from "express";
import type { ErrorRequestHandler, Express, NextFunction, Request, RequestHandler, Response, Router } from "express";
import helmet from "helmet";
import { problem } from "./errors.ts";
import { mountHealth } from "./http-health.ts";
import type { ReadyCheck } from "./http-health.ts";
import { hostCheck, hostName } from "./http-hosts.ts";
import { allowedMethods } from "./http-routes.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { toHttpProblem, toProblemJson } from "./problem-json.ts";
import type { RateLimits } from "./rate-limit.ts";
import "./http-body.ts";

export interface AppOptions {
  /** In the log and in answers to nobody in particular. */
  name: string;
  log: Log;
  metrics?: Metrics;
  /** Host names beside loopback and addresses. */
  allowedHosts?: readonly string[];
  limits?: { readyTimeoutMs?: number };
  /** How often one address may call; unset: as often as it likes. Health is never refused. */
  rateLimits?: RateLimits;
  /** Whether a request is from a program that sends alerts: such are told to come again in words that they know. */
  isSender?: (method: string, path: string) => boolean;
}

export interface App {
  /** The whole application, for `listen`. */
  handler: Express;
  /** Where services mount what they offer; 404, 405 and the error handler come after it. */
  routes: Router;
  /** A named part that must be fit before /readyz says yes. */
  addCheck(name: string, check: ReadyCheck): void;
  /** From now on /readyz answers 503. */
  drain(): void;
  /** Aborted by `drain`: long answers (streams) end themselves then. */
  draining: AbortSignal;
  log: Log;
}

export type { Express, NextFunction, ReadyCheck, Request, RequestHandler, Response, Router };

/** A router for a service's routes, so that services need not know express. */
export const createRouter = (): Router => express.Router({ strict: false, caseSensitive: true });

const HEALTH = new Set(["/livez", "/readyz", "/healthz"]);
const QUIET = new Set([...HEALTH, "/metrics"]);

/** An express application with what every service of ours needs around its own routes. */
export function createApp(options: AppOptions): App {
  const { name, log, metrics, allowedHosts = [], limits = {}, rateLimits, isSender = () => false } = options;
  const handler = express();
  handler.disable("x-powered-by");
  handler.disable("etag");
  handler.set("query parser", "simple");
  const routes = createRouter();
  const checks = new Map<string, ReadyCheck>();
  const drainer = new AbortController();
  // Each open stream listens; that there are many is no leak.
  setMaxListeners(0, drainer.signal);

  handler.use(requestLog(log, metrics));
  handler.use(securityHeaders());
  if (rateLimits) {
    handler.use((request, _response, next) => {
      if (!HEALTH.has(request.path))
        rateLimits.address(request, isSender(request.method, request.path) ? "sender" : "user");
      next();
    });
  }
  handler.use(trustedHost(allowedHosts));
  mountHealth(handler as unknown as Router, checks, drainer.signal, limits.readyTimeoutMs ?? 3000);
  if (metrics) {
    handler.get(
      "/metrics",
      async (_request, response) => void response.type(metrics.contentType).send(await metrics.text()),
    );
  }
  handler.use(routes);
  handler.use(nothingHere(handler));
  handler.use(answerErrors(log.child({ app: name })));
  return {
    handler,
    routes,
    addCheck: (check, run) => void checks.set(check, run),
    drain: () => drainer.abort(),
    draining: drainer.signal,
    log,
  };
}

/** Requests that were refused for being too many; they have a counter, and no lines of their own. */
const limited = new WeakSet<Request>();

function requestLog(log: Log, metrics: Metrics | undefined): RequestHandler {
  return (request, response, next) => {
    const given = request.headers["x-request-id"];
    request.id = typeof given === "string" && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();
    response.set("x-request-id", request.id);
    response.set("cache-control", "no-store");
    const started = performance.now();
    response.once("close", () => {
      const ms = performance.now() - started;
      const route = routeOf(request);
      const status = response.writableFinished ? response.statusCode : 499;
      const line = { id: request.id, method: request.method, route, status, ms: Math.round(ms * 10) / 10 };
      if (QUIET.has(route) || limited.has(request)) log.debug(line, "request");
      else log.info(line, "request");
      metrics?.httpSeconds.observe({ method: knownMethod(request.method), route, status: String(status) }, ms / 1000);
    });
    next();
  };
}

/** The pattern, not the path: paths hold names without bound, and queries may hold tokens. */
function routeOf(request: Request): string {
  const path: unknown = request.route?.path;
  const pattern: unknown = Array.isArray(path) ? path[0] : path;
  return typeof pattern === "string" ? `${request.baseUrl}${pattern}` : "unmatched";
}

function knownMethod(method: string): string {
  return ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].includes(method) ? method : "other";
}

function securityHeaders(): RequestHandler {
  const self = ["'self'"];
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        "default-src": ["'none'"],
        "script-src": self,
        "style-src": self,
        "connect-src": self,
        "img-src": ["'self'", "data:"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "require-trusted-types-for": ["'script'"],
        // The one that names the worker of the page; see services/bridge/web/src/live/live.ts.
        "trusted-types": ["evenkeel-worker"],
      },
    },
    // We speak plain HTTP; whoever puts TLS in front of us decides about this one.
    strictTransportSecurity: false,
    referrerPolicy: { policy: "no-referrer" },
    xFrameOptions: { action: "deny" },
  });
}

/** Against DNS rebinding, and against pages of other origins that send what needs no preflight. */
function trustedHost(allowedHosts: readonly string[]): RequestHandler {
  const isOurs = hostCheck(allowedHosts);
  return (request, _response, next) => {
    const hosts = request.rawHeaders.filter((field, i) => i % 2 === 0 && field.toLowerCase() === "host").length;
    if (hosts > 1) throw problem(400, "duplicate-host", "the host header is there more than once");
    const { host, origin } = request.headers;
    if (host === undefined) throw problem(400, "no-host", "the host header is missing");
    if (!isOurs(host)) {
      throw problem(
        421,
        "wrong-host",
        `${JSON.stringify(hostName(host) ?? "")} is not a name of this server; server.allowedHosts can allow it`,
      );
    }
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (!isRead && origin !== undefined && !isSameOrigin(origin, host))
      throw problem(403, "cross-origin", "requests from pages of other origins are not accepted");
    next();
  };
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

function nothingHere(handler: Express): RequestHandler {
  return (request) => {
    const methods = allowedMethods(handler, request.path);
    if (methods.length === 0 || methods.includes(request.method))
      throw problem(404, "no-such-route", `there is nothing at ${request.path.slice(0, 200)}`);
    const allow = methods.join(", ");
    throw problem(405, "method-not-allowed", `${request.method} is not possible here; ${allow} is`, {
      headers: { allow },
    });
  };
}

function answerErrors(log: Log): ErrorRequestHandler {
  return (error: unknown, request: Request, response: Response, _next: NextFunction) => {
    const found = toHttpProblem(error);
    if (found.code === "rate-limited") limited.add(request);
    else if (found.status >= 500) {
      const fields = { id: request.id, method: request.method, route: routeOf(request), code: found.code, err: error };
      if (found.code === "internal") log.error(fields, "request failed");
      else log.warn(fields, "request failed");
    }
    // A body that is already on its way cannot be replaced; cutting it tells the reader that it is not complete.
    if (response.headersSent) return void response.destroy();
    const instance = request.path.slice(0, 200);
    response.status(found.status).set(found.headers);
    response
      .type("application/problem+json")
      .send(JSON.stringify(toProblemJson(found, { instance, requestId: request.id })));
  };
}
