import * as z from "zod";
import { document, documentPath } from "../openapi/document.ts";
import { route, type Route } from "../route.ts";

/** The routes that tell of the others. */
export function selfRoutes(table: () => readonly Route[]): Route[] {
  const index = route({
    method: "get",
    path: "/v1",
    operationId: "getIndex",
    summary: "What there is",
    tag: "self",
    scope: "read",
    on: "nothing",
    responses: {
      200: {
        description: "links",
        schema: z.object({ version: z.string(), links: z.record(z.string(), z.string()) }),
        example: { version: "0.1.0", links: { getEvents: "/v1/events", openapi: "/openapi.json" } },
      },
    },
    handle: (_call, { version }) => ({ body: { version, links: linksOf(table()) } }),
  });

  const openapi = route({
    method: "get",
    path: "/openapi.json",
    operationId: "getOpenapi",
    summary: "This document",
    tag: "self",
    scope: "read",
    on: "nothing",
    responses: {
      200: {
        description: "OpenAPI 3.1",
        schema: z.record(z.string(), z.unknown()),
        example: { openapi: "3.1.0" },
      },
    },
    handle: (_call, { version, settings, extraRoutes }) => ({
      body: document([...table(), ...extraRoutes], { version, url: settings.server.publicUrl }),
    }),
  });
  return [index, openapi];
}

/** Lists by name; what needs a name itself is a template (RFC 6570). */
function linksOf(table: readonly Route[]): Record<string, string> {
  const gets = table.filter((line) => line.method === "get");
  return Object.fromEntries(gets.map((line) => [line.operationId, documentPath(line.path)]));
}
