import assert from "node:assert/strict";
import { namespaceRefusal } from "./namespaces.ts";

describe("a namespace that files name", () => {
  it("may be the pattern's, or one that the operator has listed", () => {
    assert.equal(namespaceRefusal(undefined, "shop-production", []), undefined);
    assert.equal(namespaceRefusal("shop-production", "shop-production", []), undefined);
    assert.equal(namespaceRefusal("legacy", "shop-production", ["other", "legacy"]), undefined);
  });

  it("is refused otherwise, and the reason says what would allow it", () => {
    for (const named of ["kube-system", "shop-production-2", "shop", "SHOP-production", "*"])
      assert.match(
        namespaceRefusal(named, "shop-production", ["legacy", "*x"])!,
        /gives shop-production.*allowedNamespaces/,
      );
  });
});
