import assert from "node:assert/strict";
import { createBridge, openapi } from "../bridge.ts";
import { Settings, silentLog } from "@evenkeel/runtime";
import * as z from "zod";
import type { RouteDoc } from "../route.ts";
import { routes } from "../table.ts";
import { documentPath } from "./document.ts";

type Json = Record<string, unknown>;

const extra: RouteDoc = {
  method: "post",
  path: "/v1/webhooks/:source",
  operationId: "postWebhook",
  summary: "A notification",
  tag: "intake",
  scope: "source",
  on: "the alerts' projects",
  params: z.object({ source: z.string() }),
  body: { schema: z.looseObject({ status: z.string() }), example: { status: "firing" } },
  responses: { 202: { description: "stored" } },
};

describe("the OpenAPI document", () => {
  const whole = openapi({ version: "1.2.3", extraRoutes: [extra] }) as Json & { paths: Record<string, Json> };
  const operations = Object.entries(whole.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation: operation as Json })),
  );

  it("is 3.1 with version, servers and security schemes, and is plain JSON", () => {
    assert.equal(whole["openapi"], "3.1.0");
    assert.deepEqual(JSON.parse(JSON.stringify(whole)), whole);
    assert.ok((whole as { components?: { securitySchemes?: { token?: object } } }).components?.securitySchemes?.token);
  });

  it("every reference leads somewhere", () => {
    const refs = new Set<string>();
    JSON.stringify(whole, (key, value) => {
      if (key === "$ref") refs.add(value);
      return value;
    });
    assert.ok(refs.size > 20);
    for (const ref of refs) {
      const found = ref
        .replace("#/", "")
        .split("/")
        .reduce<unknown>((at, key) => (at as Json | undefined)?.[key], whole);
      assert.ok(found, ref);
    }
  });

  it("has every route of the router, and no other but the extra ones", () => {
    const bridge = createBridge({
      ...{ settings: Settings.parse({}), log: silentLog, version: "1" },
      journal: undefined as never,
      follower: undefined as never,
      checkActions: () => ({ findings: [], warnings: [] }),
      authenticate: async () => ({ ok: false, status: 401, why: "nobody asks" }),
    });
    const mounted = bridge.stack.flatMap(({ route }) => {
      const methods = (route as unknown as { methods: Record<string, boolean> }).methods;
      return Object.keys(methods).map((method) => `${method} ${documentPath(route!.path)}`);
    });
    const documented = operations.map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(documented.sort(), [...mounted, "post /v1/webhooks/{source}"].sort());
  });

  it("every operation has its own id, a summary, a success and its security", () => {
    const ids = operations.map(({ operation }) => operation["operationId"]);
    assert.equal(new Set(ids).size, ids.length);
    for (const { operation } of operations) {
      assert.ok(operation["summary"]);
      assert.ok(Array.isArray(operation["security"]));
      assert.ok(Object.keys(operation["responses"] as Json).some((status) => status.startsWith("2")));
      for (const status of ["400", "401", "403", "503"]) assert.ok((operation["responses"] as Json)[status]);
    }
  });

  it("every part of a path is a parameter, and required", () => {
    for (const { path, operation } of operations) {
      const named = (operation["parameters"] as Json[]).filter((parameter) => parameter["in"] === "path");
      assert.deepEqual(
        named.map((parameter) => `{${String(parameter["name"])}}`),
        path.match(/\{\w+\}/g) ?? [],
      );
      assert.ok(named.every((parameter) => parameter["required"] === true));
    }
  });

  it("every example fits its schema, and every body and JSON answer has one", () => {
    for (const line of routes) {
      if (line.body) assert.ok(line.body.schema.safeParse(line.body.example).success, line.operationId);
      for (const answer of Object.values(line.responses)) {
        if (!answer.schema) continue;
        assert.deepEqual(answer.schema.parse(answer.example), answer.example, line.operationId);
      }
    }
  });

  it("names its components as OpenAPI allows", () => {
    const { schemas } = (whole as { components?: { schemas?: Json } }).components!;
    for (const name of Object.keys(schemas!)) assert.match(name, /^[a-zA-Z0-9._-]+$/);
    assert.ok(schemas!["Event"] && schemas!["Remediation"] && schemas!["Problem"] && schemas!["data.action.started"]);
  });
});
