import {
  authenticator,
  authorize,
  createRouter,
  jsonBody,
  problem,
  projectsOf,
  rawBody,
  requireVerb,
  subjectOf,
} from "@evenkeel/runtime";
import type { Authenticate, RateLimits, Request, RequestHandler, Response, Router, Subject } from "@evenkeel/runtime";
import { queryReader, textReader } from "./parameters.ts";
import type { Answer, BodyDoc, Bridge, Call, Route } from "./route.ts";
import { projectIn, visibleJournal } from "./visible.ts";

export type WholeBridge = Omit<Bridge, "journal">;

/** Mounts every line of the table: first who asks, then whether it is well asked and allowed, then the handler. */
export function register(
  routes: readonly Route[],
  bridge: WholeBridge,
  authenticate: Authenticate = authenticator(bridge.settings.server.tokens, bridge.wholeJournal.tokens),
  rateLimits?: RateLimits,
): Router {
  const router = createRouter();
  for (const line of routes) {
    if (line.scope === "source") throw new Error(`${line.operationId}: routes of sources are not the bridge's`);
    if (!(line.on in RULES)) throw new Error(`${line.operationId}: nothing says what its calls are about`);
    const named = requireVerb(authenticate, line.scope, rateLimits);
    router[line.method](line.path, named, ...bodyHandlers(line.body), run(line, bridge, authenticate));
  }
  return router;
}

function run(line: Route, bridge: WholeBridge, authenticate: Authenticate): RequestHandler {
  const readQuery = queryReader(line.query);
  const readParams = line.params && textReader("path", line.params);
  const readHeaders = line.headers && textReader("header", line.headers);
  return async (request, response) => {
    response.set("cache-control", "no-store");
    const subject = subjectOf(request);
    const call = {
      params: readParams?.(pathParameters(request)) ?? {},
      query: readQuery(request.query),
      headers: readHeaders?.(request.headers) ?? {},
      body: line.body?.schema.parse(request.body),
      by: subject.name,
      subject,
      isStillIn: () => isStillIn(request, subject, authenticate),
      request,
      response,
    };
    await insistOnAccess(line, call as Call<Named, Named, never, Named>, bridge);
    // What a token may not read is not there for the handler.
    const journal = visibleJournal(bridge.wholeJournal, subject, line.scope as Exclude<Route["scope"], "source">);
    const answer = await line.handle(call as Call<never, never, never, never>, { ...bridge, journal });
    if (answer) send(response, answer);
  };
}

type Named = Readonly<Record<string, unknown>>;
type Asked = Call<Named, Named, never, Named>;

/** Where a call's project is found; undefined: nowhere, and what the handler is given to see decides. */
const RULES: Readonly<Record<Route["on"], (call: Asked, bridge: WholeBridge) => unknown>> = {
  nothing: () => undefined,
  "the path's project": ({ params }) => params["project"],
  "the body's project": ({ body }) => body["project"],
  "the context's project": ({ params }, { wholeJournal }) => wholeJournal.projectOf(String(params["context"])),
  "the event's project": async ({ params }, { wholeJournal }) =>
    projectIn((await wholeJournal.event(String(params["id"])))?.data),
  "the task's project": async ({ params }, { wholeJournal }) => {
    const context = await wholeJournal.contextOfTask(String(params["task"]).toLowerCase());
    return context === undefined ? undefined : wholeJournal.projectOf(context);
  },
  "readable projects": ({ query }) => query["project"],
  everything: () => undefined,
  "the alerts' projects": () => undefined,
};

/** The project is found by an id, and not named by the caller. */
const FOUND: ReadonlySet<Route["on"]> = new Set(["the context's project", "the event's project", "the task's project"]);

/** Named by the caller, a project is refused outright. One that it may not know of is left to be not found. */
async function insistOnAccess(line: Route, call: Asked, bridge: WholeBridge): Promise<void> {
  const verb = line.scope as Exclude<Route["scope"], "source">;
  const { subject } = call;
  if (projectsOf(subject, verb) === undefined) return;
  if (line.on === "everything") return insist(authorize(subject, verb, "everything"));
  const project = await RULES[line.on](call, bridge);
  if (typeof project !== "string") return;
  const isTold = !FOUND.has(line.on);
  if (isTold || authorize(subject, "read", { project }).ok) insist(authorize(subject, verb, { project }));
}

function insist(decision: ReturnType<typeof authorize>): void {
  if (!decision.ok) throw problem(403, "forbidden", decision.why);
}

/** For answers that last: whether the token that began them is still good. */
async function isStillIn(request: Request, { name }: Subject, authenticate: Authenticate): Promise<boolean> {
  const { remoteAddress } = request.socket;
  const outcome = await authenticate({ rawHeaders: request.rawHeaders, remoteAddress });
  return outcome.ok && outcome.subject.name === name;
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
