export { createIngester, type Ingester, type IngesterOptions } from "./routes.ts";
export { alertSources } from "./sources/index.ts";
export type { IngesterDoc } from "./docs.ts";
