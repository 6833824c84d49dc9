import assert from "node:assert/strict";
import { authorize, isVerb, projectsOf, VERBS, type AccessObject, type Grant, type Verb } from "./authorize.ts";

const may = (grants: readonly Grant[], verb: Verb, object: AccessObject) =>
  authorize({ name: "ci", grants }, verb, object).ok;
const on = (project: string) => ({ project });

describe("authorize", () => {
  it("denies whatever no grant allows", () => {
    const asked: readonly Verb[] = [...VERBS, "events:write:alertmanager"];
    for (const verb of asked)
      for (const object of [on("a"), "everything", "anything"] as const) {
        assert.equal(may([], verb, object), false, verb);
        assert.equal(may([{ verb, projects: [] }], verb, object), false, verb);
      }
  });

  it("lets each verb do what it says, and what belongs to it", () => {
    const table: Readonly<Record<string, readonly Verb[]>> = {
      read: ["read"],
      "events:write:grafana": ["events:write:grafana"],
      "events:write": ["events:write", "events:write:alertmanager", "events:write:grafana"],
      "evaluations:write": ["read", "evaluations:write"],
      "remediations:command": ["read", "remediations:command"],
      "resources:write": ["read", "resources:write"],
    };
    const all: readonly Verb[] = [...VERBS, "events:write:alertmanager", "events:write:grafana"];
    const write: readonly Verb[] = all.filter((verb) => verb !== "admin");
    for (const [verb, allowed] of Object.entries<readonly Verb[]>({ ...table, write, admin: all }))
      for (const asked of all)
        assert.equal(may([{ verb: verb as Verb, projects: ["*"] }], asked, on("a")), allowed.includes(asked), asked);
  });

  it("keeps a grant within its projects", () => {
    const grants: Grant[] = [{ verb: "admin", projects: ["a", "b"] }];
    assert.equal(may(grants, "read", on("a")), true);
    assert.equal(may(grants, "write", on("b")), true);
    assert.equal(may(grants, "read", on("c")), false);
    assert.equal(may(grants, "read", on("*")), false);
    assert.equal(may(grants, "read", "everything"), false);
    assert.equal(may(grants, "read", "anything"), true);
    assert.equal(may([{ verb: "read", projects: ["*"] }], "read", "everything"), true);
  });

  it("does not add up a verb of one grant and the project of another", () => {
    const grants: Grant[] = [
      { verb: "read", projects: ["*"] },
      { verb: "resources:write", projects: ["a"] },
    ];
    assert.equal(may(grants, "resources:write", on("a")), true);
    assert.equal(may(grants, "resources:write", on("b")), false);
    assert.equal(may(grants, "read", on("b")), true);
  });

  it("says what is missing", () => {
    const subject = { name: "ci", grants: [{ verb: "read", projects: ["a"] }] } as const;
    assert.deepEqual(authorize(subject, "admin", "everything"), { ok: false, why: "token ci lacks the scope admin" });
    assert.deepEqual(authorize(subject, "read", on("b")), {
      ok: false,
      why: "token ci has the scope read, but not for project b",
    });
    assert.match(JSON.stringify(authorize(subject, "read", "everything")), /not for every project/);
  });

  it("names the projects that may be read", () => {
    const grants: Grant[] = [
      { verb: "write", projects: ["b", "a"] },
      { verb: "read", projects: ["a", "c"] },
      { verb: "events:write", projects: ["d"] },
    ];
    assert.deepEqual(projectsOf({ name: "ci", grants }, "read"), ["a", "b", "c"]);
    assert.deepEqual(projectsOf({ name: "ci", grants: [] }, "read"), []);
    assert.equal(projectsOf({ name: "ci", grants: [...grants, { verb: "read", projects: ["*"] }] }, "read"), undefined);
  });

  it("knows a verb when it sees one", () => {
    for (const good of [...VERBS, "events:write:alertmanager"]) assert.equal(isVerb(good), true, good);
    for (const bad of ["", "Read", "reads", "events:write:", "events:write:A", "events:read", "*", "__proto__"])
      assert.equal(isVerb(bad), false, bad);
  });
});
