import { bearerTokens, createRouter, jsonBody, problem, rawBody, requireScope } from "@evenkeel/runtime";
import type { Request, RequestHandler, Response, Router, Scope, TokenCheck } from "@evenkeel/runtime";
import { queryReader, textReader } from "./parameters.ts";
import type { Answer, BodyDoc, Bridge, Call, Route } from "./route.ts";

/** Mounts every line of the table: first who asks, then whether it is well asked, then the handler. */
export function register(routes: readonly Route[], bridge: Bridge): Router {
  const { tokens } = bridge.settings.server;
  const check = bearerTokens(tokens);
  const router = createRouter();
  for (const line of routes) {
    if (line.scope === "source") throw new Error(`${line.operationId}: routes of sources are not the bridge's`);
    const named = authenticate(check, line.scope, tokens.length > 0);
    router[line.method](line.path, named, ...bodyHandlers(line.body), run(line, bridge));
  }
  return router;
}

const callers = new WeakMap<Request, string>();

function authenticate(check: TokenCheck, scope: Scope, hasTokens: boolean): RequestHandler {
  return (request, response, next) => {
    const naming: TokenCheck = (parts, asked) => {
      const outcome = check(parts, asked);
      if (outcome.ok) callers.set(request, hasTokens ? outcome.name : "anonymous");
      return outcome;
    };
    return requireScope(naming, scope)(request, response, next);
  };
}

function run(line: Route, bridge: Bridge): RequestHandler {
  const readQuery = queryReader(line.query);
  const readParams = line.params && textReader("path", line.params);
  const readHeaders = line.headers && textReader("header", line.headers);
  return async (request, response) => {
    response.set("cache-control", "no-store");
    const call = {
      params: readParams?.(pathParameters(request)) ?? {},
      query: readQuery(request.query),
      headers: readHeaders?.(request.headers) ?? {},
      body: line.body?.schema.parse(request.body),
      by: callers.get(request) ?? "anonymous",
      request,
      response,
    };
    const answer = await line.handle(call as Call<never, never, never, never>, bridge);
    if (answer) send(response, answer);
  };
}

/** The rest of a path (`*uri`) comes as its parts, each decoded: an encoded slash is a slash as well. */
function pathParameters(request: Request): Record<string, unknown> {
  const given = Object.entries(request.params as Record<string, unknown>);
  return Object.fromEntries(given.map(([name, value]) => [name, Array.isArray(value) ? value.join("/") : value]));
}

function bodyHandlers(body: BodyDoc | undefined): RequestHandler[] {
  if (!body) return [];
  const { contentTypes, maxBytes, maxStringBytes } = body;
  if (contentTypes) return [rawBody({ maxBytes, types: contentTypes }), asText];
  const readJson = jsonBody({ types: ["application/json"], maxBytes, ...(maxStringBytes && { maxStringBytes }) });
  if (!body.optional) return [readJson];
  return [
    (request, response, next) => {
      if (hasBody(request)) return readJson(request, response, next);
      request.body = {};
      next();
    },
  ];
}

function hasBody(request: Request): boolean {
  const length = request.headers["content-length"];
  return request.headers["transfer-encoding"] !== undefined || (length !== undefined && Number(length) !== 0);
}

const asText: RequestHandler = (request, _response, next) => {
  try {
    request.body = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(request.rawBody);
  } catch (cause) {
    throw problem(400, "bad-encoding", "the body is not UTF-8", { cause });
  }
  next();
};

function send(response: Response, { status = 200, headers = {}, body, text }: Answer): void {
  response.status(status).set(headers);
  if (text !== undefined) return void response.send(Buffer.from(text, "utf8"));
  if (body === undefined) return void response.end();
  response.type("application/json").send(JSON.stringify(body));
}
