import { randomUUID } from "node:crypto";
import type { Journal } from "@evenkeel/journal";
import {
  bearerTokens,
  createRouter,
  failpoint,
  HttpProblem,
  jsonBody,
  problem,
  rawBody,
  sourceSettings,
  sourceVerifier,
  toHttpProblem,
  Unavailable,
  type FieldProblem,
  type Log,
  type Metrics,
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
  const { settings } = options;
  const router = createRouter();
  const take = takers(options);
  for (const source of alertSources) {
    const body = guardedBody(source.name, settings);
    router.post(`/v1/webhooks/${source.name}`, keptnToken, body, async (request, response) => {
      response.status(202).json(await take.webhook(source, request.body));
    });
  }
  router.post("/v1/webhooks/:source", (request) => {
    const known = alertSources.map(({ name }) => name).join(", ");
    const name = JSON.stringify(String(request.params["source"]).slice(0, 80));
    throw problem(404, "no-such-source", `there is no alert source ${name}; there are: ${known}`);
  });

  const body = guardedBody(EVENTS, settings);
  router.post("/v1/events", keptnToken, body, async (request, response) => {
    response.status(202).json(await take.events(request));
  });
  router.post(["/v1/event", "/api/v1/event"], keptnToken, body, async (request, response) => {
    const { context } = await take.keptnEvent(request);
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

/** Reads and authenticates the raw body before it is parsed. A binary event may come without a body. */
function guardedBody(source: string, settings: Settings): RequestHandler {
  const check = sourceVerifier(sourceSettings(settings, source).auth, bearerTokens(settings.server.tokens));
  const verify = (request: Request, raw: Buffer) => {
    check(request, raw);
    return failpoint("ingester.authenticated");
  };
  const limits = { maxBytes: settings.intake.maxBodyBytes, verify };
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
  const refuse = (source: string, error: unknown): never => {
    const { status, code, message } = toHttpProblem(error);
    if (status < 500) {
      count(source, "refused");
      log.warn({ source, code, reason: message }, "notification refused");
    }
    throw error;
  };
  const parts = { journal, mapping: sourceSettings(settings, EVENTS).mapping };

  async function one(value: unknown, likeKeptn: boolean): Promise<Decision> {
    try {
      return tell(EVENTS, await takeInEvent(parseCloudEvent(value, { newId, likeKeptn }), parts));
    } catch (error) {
      return refuse(EVENTS, error);
    }
  }

  async function batch(events: readonly unknown[]): Promise<{ results: (Decision | Refused)[] }> {
    const results: (Decision | Refused)[] = [];
    for (const event of events) {
      try {
        results.push(await one(event, false));
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
    async webhook(source: AlertSource, body: unknown): Promise<{ results: Decision[]; warnings?: readonly string[] }> {
      const { name } = source;
      const notice = readNotice();
      await failpoint("ingester.parsed");
      for (const warning of notice.warnings ?? []) log.warn({ source: name, warning }, "notification is not complete");
      const results: Decision[] = [];
      let failure: unknown;
      for (const alert of notice.alerts) {
        try {
          results.push(tell(name, await takeInAlert(journal, alert, name)));
        } catch (error) {
          // The database away is away for all of them; anything else is this alert's alone.
          if (error instanceof Unavailable) throw error;
          failure ??= error;
        }
      }
      if (failure) throw failure;
      return { results, ...(notice.warnings?.length && { warnings: notice.warnings }) };

      function readNotice() {
        try {
          return source.read(body, sourceSettings(settings, name).mapping);
        } catch (error) {
          return refuse(name, error);
        }
      }
    },

    async events(request: Request): Promise<{ results: (Decision | Refused)[] }> {
      const delivery = deliveryOf(request.headers, request.body);
      if (delivery.mode === "batch") return batch(delivery.events);
      return { results: [await one(delivery.event, false)] };
    },

    async keptnEvent(request: Request): Promise<Decision> {
      const delivery = deliveryOf(request.headers, request.body);
      if (delivery.mode === "single") return one(delivery.event, true);
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
