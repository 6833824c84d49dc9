import assert from "node:assert/strict";
import { accepted, refused } from "./parsed-for-test.ts";
import { parseService } from "./service.ts";

describe("service.yaml", () => {
  it("may set target, wait, bounds and SLI provider", () => {
    const text =
      "target: {kind: Deployment, name: carts, namespace: shop}\nwait: 2m\nmin: 0\nmax: 4\nsliProvider: prometheus\n";
    assert.deepEqual(accepted(parseService(text)), {
      target: { kind: "Deployment", name: "carts", namespace: "shop" },
      wait: 120_000,
      min: 0,
      max: 4,
      sliProvider: "prometheus",
    });
  });

  it("needs none of its keys", () => assert.deepEqual(accepted(parseService("{}")), {}));

  const refusals: [string, string, string[]][] = [
    [
      "a misspelt key",
      "sli_provider: prometheus",
      [
        '1:1: found the unknown key "sli_provider", expected target, wait, min, max or sliProvider; did you mean sliProvider?',
      ],
    ],
    ["a max below min", "min: 3\nmax: 2", ["2:6: max: found the number 2, expected at least min, which is 3"]],
    ["a max of nothing", "max: 0", ["1:6: max: found the number 0, expected a whole number from 1"]],
    ["a target in words", "target: carts", ['1:9: target: found "carts", expected a mapping']],
    [
      "a namespace that is none",
      "target: {name: a, namespace: a.b}",
      ['1:30: target.namespace: found "a.b", expected a Kubernetes namespace such as sockshop-production'],
    ],
  ];
  for (const [name, text, complaints] of refusals) {
    it(`refuses ${name}`, () => assert.deepEqual(refused(parseService(text)), complaints));
  }
});
