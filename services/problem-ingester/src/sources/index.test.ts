import assert from "node:assert/strict";
import { Settings, sourceSettings } from "@evenkeel/runtime";
import { z } from "zod";
import { ingesterDocs } from "../docs.ts";
import { alertSources } from "./index.ts";

describe("alert sources", () => {
  for (const source of alertSources) {
    it(`${source.name}: its example opens a problem of a service`, () => {
      const { alerts } = source.read(source.example, sourceSettings(Settings.parse({}), source.name).mapping);
      assert.deepEqual(
        alerts.map(({ state, route, problem }) => [state, route.routed, problem.source]),
        [["open", true, source.name]],
      );
    });
  }

  it("are in alphabetical order", () => {
    const names = alertSources.map(({ name }) => name);
    assert.deepEqual(names, names.toSorted());
  });

  it("have a JSON Schema for the API's document, as all routes", () => {
    for (const { body, responses } of ingesterDocs) {
      for (const schema of [body.schema, ...Object.values(responses).map((response) => response.schema)]) {
        assert.ok(z.toJSONSchema(schema, { io: "input" }));
      }
    }
  });
});
