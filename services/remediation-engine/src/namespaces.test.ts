import assert from "node:assert/strict";
import { namespaceRefusal, namespaceRival } from "./namespaces.ts";

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

describe("a namespace that could be two projects'", () => {
  const rival = (project: string, own: string, projects: readonly string[], pattern = "{project}-{stage}") =>
    namespaceRival(own, pattern, project, projects);

  it("is that of the project with the longest name, whatever the other calls its stages", () => {
    const projects = ["shop", "shop-eu", "shop-eu-west", "bank"];
    assert.equal(rival("shop", "shop-eu-production", projects), "shop-eu");
    assert.equal(rival("shop-eu", "shop-eu-production", projects), undefined);
    assert.equal(rival("shop", "shop-eu-west-production", ["shop", "shop-eu-west"]), "shop-eu-west");
    assert.equal(rival("shop-eu", "shop-eu-west-production", projects), "shop-eu-west");
  });

  it("is nobody else's where no other project could have it", () => {
    const projects = ["shop", "shop-eu", "shops", "bank"];
    for (const own of ["shop-production", "shop-eu", "shop-eu-", "shop-europe", "shop-us-production"])
      assert.equal(rival("shop", own, projects), undefined, own);
    assert.equal(rival("shop", "shop-eu-production", ["shop"]), undefined);
  });

  it("is found by other patterns as well", () => {
    const projects = ["shop", "shop-eu"];
    assert.equal(rival("shop", "team-shop-eu-b-carts", projects, "team-{project}-{stage}-{service}"), "shop-eu");
    assert.equal(rival("shop", "team-shop-b-eu-carts", projects, "team-{project}-{stage}-{service}"), undefined);
    assert.equal(rival("shop", "production--shop-eu", projects, "{stage}--{project}"), "shop-eu");
    assert.equal(rival("shop", "production--shop", projects, "{stage}--{project}"), undefined);
    assert.equal(rival("shop", "all", projects, "all"), undefined, "one for all is what the operator wants");
    assert.equal(rival("shop", "production", projects, "{stage}"), undefined);
  });
});
