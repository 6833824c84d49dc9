import assert from "node:assert/strict";
import { filesOf } from "./files-of.ts";

const CARTS = { project: "sockshop", stage: "production", service: "carts" };

describe("the files that can count for a service", () => {
  it("are its own, its stage's and its project's, and no one else's", () => {
    const paths = [
      "shipyard.yaml",
      "prometheus/sli.yaml",
      "production/slo.yaml",
      "production/orders/slo.yaml",
      "production/carts/slo.yaml",
      "production/carts/prometheus/sli.yaml",
      "dev/carts/slo.yaml",
    ];
    assert.deepEqual(
      filesOf(paths, CARTS).map(({ path, level, hiddenBy }) => [level, path, hiddenBy]),
      [
        ["service", "production/carts/prometheus/sli.yaml", undefined],
        ["service", "production/carts/slo.yaml", undefined],
        ["stage", "production/slo.yaml", "production/carts/slo.yaml"],
        ["project", "prometheus/sli.yaml", undefined],
        ["project", "shipyard.yaml", undefined],
      ],
    );
  });
});
