import assert from "node:assert/strict";
import { labelsOf } from "./labels-of.ts";

describe("the labels of a notification", () => {
  for (const [what, body, expected] of [
    ["of Alertmanager", '{"labels":{"alertname":"slow","n":1,"deep":{}}}', { alertname: "slow", n: "1" }],
    [
      "of Dynatrace",
      '{"Tags":"service:carts, lonely, url:http://x:1"}',
      { service: "carts", lonely: "", url: "http://x:1" },
    ],
    ["that was cut", '{"labels":{"alertname":"sl', {}],
    ["without any", '"text"', {}],
    ["without a body", undefined, {}],
  ] as const) {
    it(what, () => assert.deepEqual(Object.fromEntries(labelsOf(body)), expected));
  }
});
