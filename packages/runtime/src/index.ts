export * from "./errors.ts";
export type * from "./outbound.ts";
