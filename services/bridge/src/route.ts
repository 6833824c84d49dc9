import type { Follower, Journal } from "@evenkeel/journal";
import type { Log, Metrics, Request, Response, Settings, Subject, Verb } from "@evenkeel/runtime";
import type { CheckActions } from "@evenkeel/specs";
import type * as z from "zod";
import type { CurveQuery } from "./sli/curve-query.ts";
import type { Streams } from "./stream/streams.ts";
import type { VisibleJournal } from "./visible.ts";

/** A curve as its source has it. */
export interface ReadCurve {
  /** `[unix seconds, value]`, oldest first. */
  points: [number, number][];
  /** What each point looks back over. */
  lookBackSeconds: number;
  /** Why there are no points. */
  message?: string;
}

/**
 * Reads a curve; undefined when the provider has none. The data sources are another
 * service's, so whoever puts the process together hands it in. Rejects with ProviderError.
 */
export type SliRange = (provider: string, query: CurveQuery, stepSeconds: number) => Promise<ReadCurve | undefined>;

/** What the handlers work with. */
export interface Bridge {
  /** As far as the caller may read it. */
  journal: VisibleJournal;
  /** All of it, for what is kept for all callers; a handler looks into `journal` first. */
  wholeJournal: Journal;
  follower: Follower;
  settings: Settings;
  log: Log;
  metrics?: Metrics;
  version: string;
  /** Names of what is plugged in, by family: `{ actions: ["scaling", …] }`; shown by /v1/status. */
  providers?: Readonly<Record<string, readonly string[]>>;
  /** Of other services in this process; they are in the document, too. */
  extraRoutes: readonly RouteDoc[];
  streams: Streams;
  /** Unset: runs have no curves. */
  sliRange?: SliRange;
  /** The actions are another service's; whoever puts the process together hands it in. */
  checkActions: CheckActions;
}

export interface AnswerDoc {
  description: string;
  schema?: z.ZodType;
  /** application/json unless told. */
  contentType?: string;
  example?: unknown;
  headers?: Readonly<Record<string, string>>;
}

export interface BodyDoc {
  schema: z.ZodType;
  example: unknown;
  description?: string;
  /** The request may come without a body; the schema then sees `{}`. */
  optional?: boolean;
  /** Media types; application/json unless told. The schema of another type sees the body's text. */
  contentTypes?: readonly string[];
  maxBytes?: number;
  maxStringBytes?: number;
}

/**
 * What a call is about, which decides whether a token may make it. `readable projects` is for lists: they hold what the
 * caller may read; `everything` is for what concerns the whole installation; `nothing` for what tells of no project.
 */
export type Concern =
  | "nothing"
  | "the path's project"
  | "the body's project"
  | "the context's project"
  | "the event's project"
  | "the task's project"
  | "the alerts' projects"
  | "readable projects"
  | "everything";

/** A route as the document tells of it. Services that share a process hand each other these. */
export interface RouteDoc {
  method: "get" | "put" | "post" | "delete";
  /** In express' words: `/v1/events/:id`, and `*uri` for the rest of the path, slashes included. */
  path: string;
  operationId: string;
  summary: string;
  description?: string;
  tag: string;
  /** `source`: authenticated as its alert source is configured. */
  scope: Verb | "source";
  on: Concern;
  params?: z.ZodObject;
  /** Of texts, numbers, booleans, and lists of them; a list is repeated or separated by commas. */
  query?: z.ZodObject;
  /** Names in lower case. */
  headers?: z.ZodObject;
  body?: BodyDoc;
  responses: Readonly<Record<number, AnswerDoc>>;
  /** Statuses of problem+json answers beside those that follow from the rest of the route. */
  problems?: Readonly<Record<number, string>>;
}

/** What a handler answers: a value to be sent as JSON, or a text. */
export interface Answer {
  status?: number;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
  text?: string;
}

export interface Call<Params, Query, Headers, Body> {
  params: Params;
  query: Query;
  headers: Headers;
  body: Body;
  /** Name of the token, `anonymous` where none is configured. */
  by: string;
  subject: Subject;
  /** For answers that last: whether the caller's token is still good. */
  isStillIn(): Promise<boolean>;
  request: Request;
  response: Response;
}

// The registration validates by the very schemas that a handler's types come from.
type AnyCall = Call<never, never, never, never>;

export interface Route extends RouteDoc {
  /** `undefined`: it has answered by itself. */
  handle(call: AnyCall, bridge: Bridge): Promise<Answer | undefined> | Answer | undefined;
}

type None = Record<string, never>;

type Typed<P, Q, H, B> = Omit<RouteDoc, "params" | "query" | "headers" | "body"> & {
  params?: P;
  query?: Q;
  headers?: H;
  body?: BodyDoc & { schema: B };
  handle(
    call: Call<Out<P>, Out<Q>, Out<H>, B extends z.ZodType ? z.output<B> : undefined>,
    bridge: Bridge,
  ): Promise<Answer | undefined> | Answer | undefined;
};
type Out<Schema> = Schema extends z.ZodObject ? z.output<Schema> : None;

/** One line of the route table; the handler is typed by the schemas beside it. */
export function route<
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  H extends z.ZodObject | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(line: Typed<P, Q, H, B>): Route {
  return line as Route;
}
