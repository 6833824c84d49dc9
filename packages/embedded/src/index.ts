export { dataLocation } from "./place.ts";
export { startEmbedded } from "./start.ts";
export type { Embedded, EmbeddedOptions } from "./start.ts";
