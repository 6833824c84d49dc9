export type * from "./slo.ts";
