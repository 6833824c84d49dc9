export * from "./errors.ts";
export type * from "./outbound.ts";
export * from "./config.ts";
export { ConfigError, originText, problemLine } from "./config-problem.ts";
export type { ConfigProblem, Origin } from "./config-problem.ts";
export { duration, formatDuration, parseDuration } from "./duration.ts";
export { maskCredentials } from "./credentials.ts";
export { createLog, silentLog } from "./log.ts";
export type { Log, LogLevel, LogOptions } from "./log.ts";
export { failpoint } from "./failpoint.ts";
export { jsonPointer, toHttpProblem, toProblemJson } from "./problem-json.ts";
export type { ProblemJson } from "./problem-json.ts";
export { backoffMs } from "./retry.ts";
export type { Backoff } from "./retry.ts";
export { secretOf, Settings, sliSettings, sourceSettings } from "./settings.ts";
export type { ApiToken, DynatraceSettings, PrometheusSettings, SourceAuth, SourceSettings } from "./settings.ts";
export { settingsJsonSchema, settingsReference } from "./settings-reference.ts";
export type { SettingRow } from "./settings-reference.ts";
export { createShutdown } from "./shutdown.ts";
export type { Shutdown, ShutdownOptions } from "./shutdown.ts";
export { suggest } from "./suggest.ts";
export { createOutbound } from "./outbound-fetch.ts";
export type { ClosableOutbound, OutboundOptions } from "./outbound-fetch.ts";
export { isLoopback, isLoopbackHost } from "./addresses.ts";
export { authenticator, mayListen, TOKEN_PREFIX, verifySource } from "./auth.ts";
export type { Authenticate, AuthOutcome, AuthParts, Caller, SourceOutcome, StoredTokens } from "./auth.ts";
export { ALL_PROJECTS, authorize, isVerb, projectsOf, VERBS } from "./authorize.ts";
export type { AccessObject, Decision, Grant, Subject, Verb } from "./authorize.ts";
export { requireVerb, sourceGate, subjectOf } from "./http-auth.ts";
export type { Deliveries, SourceGate } from "./http-auth.ts";
export { jsonBody, JSON_TYPES, rawBody } from "./http-body.ts";
export type { BodyOptions } from "./http-body.ts";
export { createRateLimits } from "./rate-limit.ts";
export type { RateLimitOptions, RateLimits } from "./rate-limit.ts";
export { createApp, createRouter } from "./http.ts";
export type {
  App,
  AppOptions,
  Express,
  NextFunction,
  ReadyCheck,
  Request,
  RequestHandler,
  Response,
  Router,
} from "./http.ts";
export { closeServer, listen } from "./http-server.ts";
export type { Listening, ListenOptions } from "./http-server.ts";
export { parseJsonBytes } from "./json-bytes.ts";
export type { JsonLimits } from "./json-bytes.ts";
export { createMetrics } from "./metrics.ts";
export type { Counter, Gauge, Histogram, Metrics, MetricsOptions } from "./metrics.ts";
