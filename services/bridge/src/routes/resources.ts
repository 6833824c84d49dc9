import { problem } from "@evenkeel/runtime";
import * as z from "zod";
import { Applied, applyChecked, appliedExample, etagOf, etagOfHash, filesOf } from "../apply-files.ts";
import { text } from "../fields.ts";
import { LEVELS, pathOf } from "../resource-path.ts";
import { route } from "../route.ts";

const MAX_FILE_BYTES = 1_048_576;
/** YAML's registered type and the ones it went by before; and whatever else people keep beside it. */
const CONTENT_TYPES = [
  "application/yaml",
  "application/x-yaml",
  "text/yaml",
  "text/x-yaml",
  "text/plain",
  "text/markdown",
  "application/octet-stream",
  "application/json",
];

const ifMatch = text(500).optional().describe("the ETag that the file must have, else 412");
const example = "stages:\n  - name: production\n    remediation_strategy: automated\n";

export const resourceRoutes = LEVELS.flatMap(({ name, path, params }) => {
  const level = name.toLowerCase();
  const get = route({
    method: "get",
    path: `${path}/*uri`,
    operationId: `get${name}Resource`,
    summary: `The text of a file at ${level} level`,
    tag: "resources",
    scope: "read",
    on: "the path's project",
    params,
    query: z.object({ revision: text(100).optional().describe("unset: the latest") }),
    headers: z.object({ "if-none-match": text(500).optional().describe("304 when the file still has this ETag") }),
    responses: {
      200: {
        description: "the file",
        schema: z.string(),
        contentType: "application/yaml",
        example,
        headers: { etag: "hash of the content", "x-revision": "revision that it was read at" },
      },
      304: { description: "the file still has the ETag of If-None-Match" },
    },
    problems: { 404: "there is no such project, revision or file" },
    async handle({ params: place, query, headers }, { journal }) {
      const found = await filesOf(journal, place.project, query.revision);
      const file = pathOf(place);
      const content = found.files.get(file);
      if (content === undefined) throw noSuchFile(place.project, file, found.revision);
      const etag = etagOf(content);
      const answer = { etag, "x-revision": found.revision };
      if (names(headers["if-none-match"], etag)) return { status: 304, headers: answer };
      return { headers: { ...answer, "content-type": contentType(file) }, text: content };
    },
  });

  const put = route({
    method: "put",
    path: `${path}/*uri`,
    operationId: `put${name}Resource`,
    summary: `Put one file at ${level} level in force; the others stay`,
    tag: "resources",
    scope: "resources:write",
    on: "the path's project",
    params,
    headers: z.object({
      "if-match": ifMatch,
      "if-none-match": z.literal("*").optional().describe("only create: 412 when the file exists"),
    }),
    body: {
      schema: z.string(),
      example,
      contentTypes: CONTENT_TYPES,
      maxBytes: MAX_FILE_BYTES,
      description: "the file's text, UTF-8",
    },
    responses: {
      200: { description: "the file is in force", schema: Applied, example: appliedExample, headers: { etag: "new" } },
      201: { description: "the file is new", schema: Applied, example: appliedExample, headers: { etag: "new" } },
    },
    problems: {
      412: "the file is not what If-Match says",
      422: "the file has findings: each error's detail is `file:line:column: what is wrong`",
    },
    async handle({ params: place, headers, body, by }, { journal, checkActions }) {
      const file = pathOf(place);
      let isNew = false;
      const applied = await applyChecked(journal, place.project, new Map([[file, body]]), {
        ...{ replace: false, by, checkActions, pointer: () => "" },
        insist(hashes) {
          isNew = !hashes.has(file);
          insistOnMatch(headers["if-match"], hashes.get(file));
          if (headers["if-none-match"] && !isNew)
            throw problem(412, "exists", `${file} exists already; If-None-Match: * asks only to create it`);
        },
      });
      return { status: isNew ? 201 : 200, headers: { etag: etagOf(body) }, body: applied };
    },
  });

  const remove = route({
    method: "delete",
    path: `${path}/*uri`,
    operationId: `delete${name}Resource`,
    summary: `Take a file at ${level} level out of force; older revisions keep it`,
    tag: "resources",
    scope: "resources:write",
    on: "the path's project",
    params,
    headers: z.object({ "if-match": ifMatch }),
    responses: { 200: { description: "the file is gone", schema: Applied, example: appliedExample } },
    problems: { 404: "there is no such project or file", 412: "the file is not what If-Match says" },
    async handle({ params: place, headers, by }, { journal, checkActions }) {
      const file = pathOf(place);
      const { revision } = await filesOf(journal, place.project);
      const applied = await applyChecked(journal, place.project, new Map(), {
        ...{ replace: false, remove: [file], by, checkActions },
        insist(hashes) {
          insistOnMatch(headers["if-match"], hashes.get(file));
          if (!hashes.has(file)) throw noSuchFile(place.project, file, revision);
        },
      });
      return { body: applied };
    },
  });
  return [get, put, remove];
});

function insistOnMatch(wanted: string | undefined, hash: string | undefined): void {
  if (wanted === undefined) return;
  const etag = hash === undefined ? undefined : etagOfHash(hash);
  if (etag !== undefined && names(wanted, etag)) return;
  throw problem(412, "changed-meanwhile", `the file's ETag is ${etag ?? "none: there is no such file"}; read it again`);
}

/** Does an If-Match or If-None-Match header name this tag? */
function names(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(",").some((tag) => ["*", etag, `W/${etag}`].includes(tag.trim()));
}

function contentType(file: string): string {
  return /\.ya?ml$/.test(file) ? "application/yaml" : "text/plain; charset=utf-8";
}

function noSuchFile(project: string, file: string, revision: string) {
  return problem(404, "no-such-file", `project ${project} has no file ${file} at revision ${revision}`);
}
