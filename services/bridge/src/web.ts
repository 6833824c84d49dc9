import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { createRouter, type Request, type RequestHandler, type Response, type Router } from "@evenkeel/runtime";

export interface WebOptions {
  /** Folder of the built page: index.html and assets/. */
  dist: string;
}

/** Every address that the page itself answers; the rest is the API's, or 404. */
const PAGES = [
  "/",
  "/remediations",
  "/remediations/:context",
  "/events",
  "/events/:id",
  "/services",
  "/services/:project/:stage/:service",
  "/engine-room",
];

const API = /^\/(v1|assets|metrics|livez|readyz|openapi\.json)(\/|$)/;

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** The web page, to be mounted beside the API. Built files never change under their name; index.html is always asked for. */
export function createWeb({ dist }: WebOptions): Router {
  const router = createRouter();
  router.get("/assets/:file", asset(dist));
  for (const path of PAGES) router.get(path, page(dist));
  // Who mistypes an address in a browser gets a page with a way on; programs get the API's 404.
  router.get("/*path", (request, response, next) => {
    if (API.test(request.path) || request.accepts(["json", "html"]) !== "html") return next();
    response.status(404);
    return page(dist)(request, response, next);
  });
  return router;
}

function page(dist: string): RequestHandler {
  return async (request, response) => {
    const html = await readFile(join(dist, "index.html"), "utf8").catch(ifAbsent);
    response.set("cache-control", "no-cache");
    if (html === undefined) return void response.type("text/plain").send(NOT_BUILT);
    response.type("html").send(html.replaceAll('="./', `="${upFrom(request)}`));
  };
}

/** Addresses in the page are relative, so that it works below any path that a proxy cuts off. */
function upFrom(request: Request): string {
  const depth = request.originalUrl.split("?", 1)[0]!.split("/").length - 2;
  return depth === 0 ? "./" : "../".repeat(depth);
}

function asset(dist: string): RequestHandler {
  return async (request: Request, response: Response, next) => {
    const name = String(request.params["file"]);
    const type = TYPES[extname(name)];
    if (!type || !/^[\w.-]+$/.test(name)) return next();
    const content = await readFile(join(dist, "assets", name)).catch(ifAbsent);
    if (content === undefined) return next();
    response.set({ "content-type": type, "cache-control": "public, max-age=31536000, immutable" }).send(content);
  };
}

function ifAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
  return undefined;
}

const NOT_BUILT = `Evenkeel is running, but its web page has not been built. In the checkout:

    node scripts/web.mjs

The API is at /v1, its description at /openapi.json.
`;
