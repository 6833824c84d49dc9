export * from "./allowed.ts";
export * from "./decide.ts";
export * from "./evolve.ts";
export * from "./match.ts";
export type * from "./plan.ts";
export type * from "./problem.ts";
export * from "./replicas.ts";
export * from "./state.ts";
export * from "./tasks.ts";
