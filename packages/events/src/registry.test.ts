import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { z } from "zod";
import { checkData, toCloudEvent } from "./cloudevent.ts";
import type { Event } from "./envelope.ts";
import { kindOf, registry, typeOf, type Kind } from "./registry.ts";

const KINDS = Object.keys(registry) as Kind[];

describe("the event types", () => {
  for (const kind of KINDS) {
    if (kind === "other") continue;
    it(`${kind}: its CloudEvents type leads back to it`, () => {
      const type = typeOf(kind, "production");
      assert.match(type, /^(sh\.keptn\.events?|dev\.evenkeel)\.[a-z.-]+$/);
      assert.equal(kindOf(type), kind);
    });
  }

  it("no two kinds share a type", () => {
    const types = KINDS.map((kind) => typeOf(kind, "production"));
    assert.equal(new Set(types).size, types.length);
  });

  it("what Keptn has no word for is a noun and a past participle of ours", () => {
    const ours = KINDS.map((kind) => typeOf(kind, undefined)).filter((type) => type.startsWith("dev."));
    for (const type of ours) assert.match(type, /^dev\.evenkeel\.[a-z-]+\.([a-z]+ed|sent)$/);
  });

  for (const [type, kind] of [
    ["sh.keptn.event.production.remediation.triggered", "remediation.triggered"],
    ["sh.keptn.event.pre-prod-2.remediation.finished", "remediation.finished"],
    ["sh.keptn.events.problem", "problem"],
    ["sh.keptn.event.get-sli.finished", "get-sli.finished"],
    ["sh.keptn.event.remediation.triggered", "other"],
    ["sh.keptn.event..remediation.triggered", "other"],
    ["sh.keptn.event.a.b.remediation.triggered", "other"],
    ["sh.keptn.event.Production.remediation.triggered", "other"],
    ["sh.keptn.event.production.delivery.triggered", "other"],
    ["com.example.thing", "other"],
    ["constructor", "other"],
    ["", "other"],
  ] as const) {
    it(`${type || "(empty)"} is ${kind}`, () => assert.equal(kindOf(type), kind));
  }

  it("every kind has a schema that can be shown as JSON Schema", () => {
    for (const kind of KINDS)
      assert.ok(z.toJSONSchema(registry[kind][1], { io: "input", unrepresentable: "any" }), kind);
  });

  it("every file of kinds is in the registry", () => {
    const files = readdirSync(new URL("./kinds/", import.meta.url)).map((name) => name.replace(/\.ts$/, ""));
    const nouns = new Set(KINDS.map((kind) => kind.split(".")[0]!));
    for (const file of files) assert.ok(file === "evenkeel" || nouns.has(file), file);
  });
});

describe("an event on the wire", () => {
  const event = {
    ...{ id: "1", source: "worker", kind: "wait.skipped", type: typeOf("wait.skipped", undefined) },
    ...{ time: "2026-01-01T00:00:00.000Z", context: "c" },
    data: { project: "p", stage: "s", service: "v", by: "ann" },
  } as Event;

  it("is a CloudEvent 1.0 with Keptn's extensions, absent ones left out", () => {
    assert.deepEqual(toCloudEvent(event), {
      ...{ specversion: "1.0", id: "1", source: "worker", type: "dev.evenkeel.wait.skipped" },
      ...{ time: "2026-01-01T00:00:00.000Z", datacontenttype: "application/json", shkeptncontext: "c" },
      data: event.data,
    });
    const full = toCloudEvent({ ...event, triggeredid: "t", gitcommitid: "r" });
    assert.deepEqual([full.triggeredid, full.gitcommitid], ["t", "r"]);
  });

  it("is checked by the schema of its kind before it is stored", () => {
    checkData(event);
    assert.throws(() => checkData({ kind: "wait.skipped", data: { project: "p" } } as unknown as Event), /stage|by/);
    assert.throws(() => checkData({ kind: "problem", data: null } as unknown as Event), z.ZodError);
  });

  for (const [what, kind, data] of [
    ["an empty project", "wait.skipped", { project: "", stage: "s", service: "v", by: "ann" }],
    ["a name of 201 characters", "wait.skipped", { project: "p".repeat(201), stage: "s", service: "v", by: "ann" }],
    ["a verdict that is none", "action.finished", { result: "passed" }],
    ["a reason that is none", "remediation.finished", { reason: "bored" }],
    ["a number that is none", "wait.triggered", { attempt: 0, retry: 0, durationMs: Number.NaN }],
    ["half an attempt", "wait.triggered", { attempt: 0.5, retry: 0, durationMs: 1 }],
  ] as const) {
    it(`${what} is refused`, () => {
      const whole = {
        ...{ project: "p", stage: "s", service: "v", status: "succeeded", result: "pass", message: "", steps: [] },
        ...{ attempt: 0, details: {}, reason: "healed" },
        ...data,
      };
      assert.throws(() => checkData({ kind, data: whole } as unknown as Event), z.ZodError);
    });
  }
});
