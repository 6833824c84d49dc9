import { randomUUID } from "node:crypto";
import type { Journal } from "@evenkeel/journal";
import {
  authenticator,
  createRouter,
  failpoint,
  HttpProblem,
  type BodyOptions,
  jsonBody,
  problem,
  rawBody,
  sourceSettings,
  sourceGate,
  subjectOf,
  toHttpProblem,
  Unavailable,
  type FieldProblem,
  type Authenticate,
  type Log,
  type Metrics,
  type RateLimits,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
  type Settings,
} from "@evenkeel/runtime";
import { deliveryOf, isBinary, parseCloudEvent } from "./cloudevents.ts";
import { takeInAlert, type Decision } from "./intake.ts";
import { takeInEvent } from "./posted.ts";
import { EVENTS } from "./posted-problem.ts";
import { ingesterDocs, type IngesterDoc } from "./docs.ts";
import { alertSources } from "./sources/index.ts";
import type { AlertSource } from "./sources/types.ts";

export interface IngesterOptions {
  journal: Journal;
  settings: Settings;
  log: Log;
  metrics?: Metrics;
  /** Unset: by the tokens of the settings and of the journal. */
  authenticate?: Authenticate;
  /** How often one sender may send; unset: as often as it likes. */
  limits?: RateLimits;
  /** For Keptn's events that come without an id. */
  newId?: () => string;
}

export interface Ingester {
  router: Router;
  /** What the routes are, for the API's document. */
  routes: readonly IngesterDoc[];
}

/** The routes on which problems and events come in. They answer 2xx only after the commit. */
export function createIngester(options: IngesterOptions): Ingester {
  const router = createRouter();
  const take = takers(options);
  const door = doors(options);
  for (const source of alertSources) {
    const { before, taken } = door(source.name);
    router.post(`/v1/webhooks/${source.name}`, ...before, async (request, response) => {
      const answer = await take.webhook(source, request);
      await taken(request);
      response.status(202).json(answer);
    });
  }
  router.post("/v1/webhooks/:source", (request) => {
    const known = alertSources.map(({ name }) => name).join(", ");
    const name = JSON.stringify(String(request.params["source"]).slice(0, 80));
    throw problem(404, "no-such-source", `there is no alert source ${name}; there are: ${known}`);
  });

  const { before, taken } = door(EVENTS);
  router.post("/v1/events", ...before, async (request, response) => {
    const answer = await take.events(request);
    await taken(request);
    response.status(202).json(answer);
  });
  router.post(["/v1/event", "/api/v1/event"], ...before, async (request, response) => {
    const { context } = await take.keptnEvent(request);
    await taken(request);
    response.status(200).json({ keptnContext: context });
  });
  return { router, routes: ingesterDocs };
}

/** Keptn's senders carry their token in `x-token`; elsewhere it is a bearer token. */
const keptnToken: RequestHandler = async (request, _response, next) => {
  await failpoint("ingester.received");
  const { authorization, "x-token": token } = request.headers;
  if (authorization === undefined && typeof token === "string") {
    request.rawHeaders.push("authorization", `Bearer ${token}`);
  }
  next();
};

/** What stands before each source's route: who sends is asked before the body is read, or, where that is signed, before it is parsed. */
function doors({
  settings,
  journal,
  authenticate = authenticator(settings.server.tokens, journal.tokens),
  limits,
}: IngesterOptions) {
  return (name: string) => {
    const { trustedProxies } = settings.server;
    const { deliveries } = journal;
    const own = sourceSettings(settings, name);
    const gate = sourceGate({ name, settings: own, authenticate, trustedProxies, limits, deliveries });
    const verify = async (request: Request, raw: Buffer) => {
      await gate.verify(request, raw);
      await failpoint("ingester.authenticated");
    };
    const body = guardedBody({ maxBytes: settings.intake.maxBodyBytes, verify });
    return { before: [gate.address, keptnToken, gate.sender, body], taken: gate.taken };
  };
}

/** A binary event may come without a body. */
function guardedBody(limits: BodyOptions): RequestHandler {
  const parsed = jsonBody(limits);
  const unparsed = rawBody(limits);
  return (request: Request, response: Response, next) => {
    const { "content-length": length, "transfer-encoding": chunked } = request.headers;
    const isEmpty = chunked === undefined && Number(length ?? 0) === 0;
    return (isEmpty && isBinary(request.headers) ? unparsed : parsed)(request, response, next);
  };
}

export interface Refused {
  id?: string;
  outcome: "refused";
  status: number;
  code: string;
  reason: string;
  errors?: readonly FieldProblem[];
}

function takers({ journal, settings, log, metrics, newId = randomUUID }: IngesterOptions) {
  const count = (source: string, outcome: string) => metrics?.eventsReceived.inc({ source, outcome });
  const tell = (source: string, decision: Decision): Decision => {
    count(source, decision.outcome);
    log.info({ source, ...decision }, "notification taken in");
    return decision;
  };
  const tellRefused = (source: string, error: unknown): Refused => {
    const refused = refusedOf(undefined, error);
    const { status, code, reason } = refused;
    if (status < 500) {
      count(source, "refused");
      log.warn({ source, code, reason }, "notification refused");
    }
    return refused;
  };
  const refuse = (source: string, error: unknown): never => {
    tellRefused(source, error);
    throw error;
  };
  const { mapping } = sourceSettings(settings, EVENTS);

  async function one(value: unknown, likeKeptn: boolean, request: Request): Promise<Decision> {
    try {
      const parts = { journal, mapping, sender: { subject: subjectOf(request), source: EVENTS } };
      return tell(EVENTS, await takeInEvent(parseCloudEvent(value, { newId, likeKeptn }), parts));
    } catch (error) {
      return refuse(EVENTS, error);
    }
  }

  async function batch(events: readonly unknown[], request: Request): Promise<{ results: (Decision | Refused)[] }> {
    const results: (Decision | Refused)[] = [];
    for (const event of events) {
      try {
        results.push(await one(event, false, request));
      } catch (error) {
        const refused = refusedOf(event, error);
        if (refused.status >= 500) throw error;
        results.push(refused);
      }
    }
    if (events.length > 0 && results.every(({ outcome }) => outcome === "refused")) throw noneUsable(results);
    return { results };
  }

  return {
    async webhook(
      source: AlertSource,
      request: Request,
    ): Promise<{ results: (Decision | Refused)[]; warnings?: readonly string[] }> {
      const { name } = source;
      const sender = { subject: subjectOf(request), source: name };
      const notice = readNotice();
      await failpoint("ingester.parsed");
      for (const warning of notice.warnings ?? []) log.warn({ source: name, warning }, "notification is not complete");
      const results: (Decision | Refused)[] = [];
      let failure: unknown;
      for (const alert of notice.alerts) {
        try {
          results.push(tell(name, await takeInAlert(journal, alert, name, sender)));
        } catch (error) {
          // The database away is away for all of them; anything else is this alert's alone.
          if (error instanceof Unavailable) throw error;
          if (error instanceof HttpProblem && error.status === 403) results.push(tellRefused(name, error));
          else failure ??= error;
        }
      }
      if (failure) throw failure;
      const first = results.find((result) => result.outcome === "refused");
      if (first && results.every(({ outcome }) => outcome === "refused")) throw problem(403, first.code, first.reason);
      return { results, ...(notice.warnings?.length && { warnings: notice.warnings }) };

      function readNotice() {
        try {
          return source.read(request.body, sourceSettings(settings, name).mapping);
        } catch (error) {
          return refuse(name, error);
        }
      }
    },

    async events(request: Request): Promise<{ results: (Decision | Refused)[] }> {
      const delivery = deliveryOf(request.headers, request.body);
      if (delivery.mode === "batch") return batch(delivery.events, request);
      return { results: [await one(delivery.event, false, request)] };
    },

    async keptnEvent(request: Request): Promise<Decision> {
      const delivery = deliveryOf(request.headers, request.body);
      if (delivery.mode === "single") return one(delivery.event, true, request);
      throw problem(415, "unsupported-type", "this path takes one event; /v1/events takes batches");
    },
  };
}

function refusedOf(event: unknown, error: unknown): Refused {
  const { status, code, message, errors } = toHttpProblem(error);
  const id = typeof event === "object" && event !== null && "id" in event ? event.id : undefined;
  return {
    ...(typeof id === "string" && { id: id.slice(0, 256) }),
    ...{ outcome: "refused", status, code, reason: message },
    ...(errors && { errors }),
  };
}

function noneUsable(results: readonly (Decision | Refused)[]): HttpProblem {
  const errors = results.flatMap((result, index) => {
    if (result.outcome !== "refused") return [];
    const own = result.errors ?? [{ pointer: "", detail: result.reason }];
    return own.map(({ pointer, detail }) => ({ pointer: `/${index}${pointer}`, detail }));
  });
  return problem(400, "none-usable", "no event of the batch can be used", { errors: errors.slice(0, 100) });
}
