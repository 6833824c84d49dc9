export { createIngester, type Ingester, type IngesterOptions } from "./routes.ts";
export { alertSources } from "./sources/index.ts";
export { ingesterDocs as ingesterRoutes, isIntake } from "./docs.ts";
export type { IngesterDoc } from "./docs.ts";
