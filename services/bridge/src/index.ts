export { createBridge, openapi } from "./bridge.ts";
export type { BridgeOptions } from "./bridge.ts";
export type { AnswerDoc, BodyDoc, RouteDoc } from "./route.ts";
export type { StreamLimits } from "./stream/streams.ts";
