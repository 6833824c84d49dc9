import { STATUS_CODES } from "node:http";
import { registry } from "@evenkeel/events";
import * as z from "zod";
import type { AnswerDoc, BodyDoc, RouteDoc } from "../route.ts";
import { createComponents, type Components } from "./schemas.ts";

type Json = Record<string, unknown>;

const Problem = z
  .object({
    type: z.string().describe("stable URI of the kind of problem"),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string().optional(),
    code: z.string().describe("stable word for programs"),
    requestId: z.string().optional(),
    errors: z.array(z.object({ pointer: z.string().describe("RFC 6901"), detail: z.string() })).optional(),
  })
  .meta({ id: "Problem", description: "RFC 9457" });

export interface DocumentOptions {
  version: string;
  /** Where the API is reached, such as https://evenkeel.example.org. */
  url?: string;
}

/** The OpenAPI 3.1 document of a route table. */
export function document(routes: readonly RouteDoc[], { version, url = "/" }: DocumentOptions): Json {
  const components = createComponents();
  components.add(Problem);
  const paths: Record<string, Json> = {};
  for (const line of routes) {
    const path = documentPath(line.path);
    paths[path] = { ...paths[path], [line.method]: operation(line, components) };
  }
  const tags = [...new Set(routes.map((line) => line.tag))].map((name) => ({ name }));
  return {
    openapi: "3.1.0",
    info: {
      title: "Evenkeel",
      version,
      summary: "Heals services: problems in, actions out, every step in one log.",
      description:
        "Lists are newest first and paged by an opaque cursor. Unknown query parameters are refused. " +
        "Errors are application/problem+json (RFC 9457).",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url }],
    tags,
    paths,
    components: {
      schemas: { ...components.all(), ...dataSchemas() },
      responses: problemResponses(routes),
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          description: "An API token with scopes: read, write (reads as well), admin (all). None configured: open.",
        },
      },
    },
  };
}

/** `/v1/projects/:project/resources/*uri` → `/v1/projects/{project}/resources/{uri}` */
export function documentPath(path: string): string {
  return path.replace(/[:*](\w+)/g, "{$1}");
}

function operation(line: RouteDoc, components: Components): Json {
  return {
    operationId: line.operationId,
    summary: line.summary,
    ...(line.description && { description: line.description }),
    tags: [line.tag],
    security: line.scope === "source" ? [{}, { token: ["write"] }] : [{ token: [line.scope] }],
    "x-scope": line.scope,
    parameters: [
      ...parameters("path", line.params, components),
      ...parameters("query", line.query, components),
      ...parameters("header", line.headers, components),
    ],
    ...(line.body && { requestBody: requestBody(line.body, components) }),
    responses: { ...answers(line, components), ...problems(line) },
  };
}

function parameters(where: "path" | "query" | "header", schema: z.ZodObject | undefined, components: Components) {
  return Object.entries(schema?.shape ?? {}).map(([name, field]) => {
    const { description, ...shape } = components.add(field as z.ZodType);
    const required = where === "path" || !(field as z.ZodType).safeParse(undefined).success;
    return {
      name,
      in: where,
      required,
      ...(description !== undefined && { description }),
      ...(shape["type"] === "array" && { style: "form", explode: true }),
      schema: shape,
    };
  });
}

function requestBody(body: BodyDoc, components: Components): Json {
  const schema = components.add(body.schema);
  const types = body.contentTypes ?? ["application/json"];
  return {
    required: !body.optional,
    ...(body.description && { description: body.description }),
    content: Object.fromEntries(types.map((type) => [type, { schema, example: body.example }])),
  };
}

function answers(line: RouteDoc, components: Components): Json {
  return Object.fromEntries(
    Object.entries(line.responses).map(([status, answer]) => [status, answerDoc(answer, components)]),
  );
}

function answerDoc(answer: AnswerDoc, components: Components): Json {
  const headers = Object.entries(answer.headers ?? {}).map(([name, description]) => [
    name,
    { description, schema: { type: "string" } },
  ]);
  return {
    description: answer.description,
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    ...(answer.schema && {
      content: {
        [answer.contentType ?? "application/json"]: {
          schema: components.add(answer.schema),
          ...(answer.example !== undefined && { example: answer.example }),
        },
      },
    }),
  };
}

const USUAL: Readonly<Record<number, string>> = {
  400: "a parameter is unknown or not well formed, or the body is not JSON",
  401: "a token is missing or not known",
  403: "the token lacks the scope",
  413: "the body is too large",
  415: "the body has a media type that is not accepted",
  422: "the body does not fit its schema",
  429: "the token, or the address that it comes from, calls too often; again after Retry-After",
  503: "the database is away, or a sender of alerts sends too often; send it again after Retry-After",
};

/** Every problem that a route can answer: what it names, and what follows from its shape. */
function problemsOf(line: RouteDoc): Record<number, string | undefined> {
  // Senders of alerts are told 503, which they try again after.
  const tooOften = line.scope === "source" ? [] : [429];
  const follows = [400, 401, 403, ...tooOften, 503, ...(line.body ? [413, 415, 422] : [])];
  return { ...Object.fromEntries(follows.map((status) => [status, undefined])), ...line.problems };
}

function problems(line: RouteDoc): Json {
  return Object.fromEntries(
    Object.entries(problemsOf(line)).map(([status, text]) => [
      status,
      text === undefined ? { $ref: `#/components/responses/Problem${status}` } : problemResponse(Number(status), text),
    ]),
  );
}

function problemResponses(routes: readonly RouteDoc[]): Json {
  const used = new Set(
    routes.flatMap((line) =>
      Object.entries(problemsOf(line)).flatMap(([status, text]) => (text === undefined ? [Number(status)] : [])),
    ),
  );
  return Object.fromEntries(
    [...used].sort().map((status) => [`Problem${status}`, problemResponse(status, USUAL[status] ?? "")]),
  );
}

function problemResponse(status: number, description: string): Json {
  const title = STATUS_CODES[status] ?? "Error";
  return {
    description,
    ...([429, 503].includes(status) && {
      headers: { "retry-after": { description: "seconds", schema: { type: "integer" } } },
    }),
    content: {
      "application/problem+json": {
        schema: { $ref: "#/components/schemas/Problem" },
        example: { type: `urn:evenkeel:problem:${status}`, title, status, detail: description, code: String(status) },
      },
    },
  };
}

/** The data of each kind of event, as `data.<kind>`. */
function dataSchemas(): Json {
  const components = createComponents();
  return Object.fromEntries(
    Object.entries(registry).map(([kind, [type, schema]]) => [
      `data.${kind}`,
      { title: kind, ...(type && { description: `data of ${type}` }), ...components.add(schema) },
    ]),
  );
}
