export { createBridge, openapi } from "./bridge.ts";
export type { BridgeOptions } from "./bridge.ts";
export type { AnswerDoc, BodyDoc, RouteDoc, SliRange } from "./route.ts";
export type { CurveQuery } from "./sli/curve-query.ts";
export { routes as bridgeRoutes } from "./table.ts";
export type { StreamLimits } from "./stream/streams.ts";
export { createWeb } from "./web.ts";
export type { WebOptions } from "./web.ts";
