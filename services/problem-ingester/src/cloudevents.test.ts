import assert from "node:assert/strict";
import { HttpProblem } from "@evenkeel/runtime";
import { ZodError } from "zod";
import { deliveryOf, parseCloudEvent } from "./cloudevents.ts";
import { OPEN, PID, wrapped } from "./sources/fixtures/dynatrace.ts";

const EVENT = { specversion: "1.0", id: "1", source: "/tests", type: "org.example.happened", data: { a: 1 } };
const newId = () => "made-up";
const parse = (event: unknown) => parseCloudEvent(event, { newId });

describe("posted CloudEvents", () => {
  it("reads a structured one", () => {
    const headers = { "content-type": "application/cloudevents+json; charset=utf-8" };
    assert.deepEqual(deliveryOf(headers, EVENT), { mode: "single", event: EVENT });
    assert.deepEqual(parse({ ...EVENT, time: "2026-01-31T13:00:00+01:00", datacontenttype: "application/json" }), {
      id: "1",
      source: "/tests",
      type: "org.example.happened",
      time: "2026-01-31T12:00:00.000Z",
      data: { a: 1 },
    });
  });

  it("reads a plain application/json body that is a CloudEvent, as Keptn's clients send it", () => {
    assert.deepEqual(deliveryOf({ "content-type": "application/json" }, EVENT), { mode: "single", event: EVENT });
  });

  it("reads a binary one: percent-encoding and quotes in headers are undone once", () => {
    const headers = {
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-id": "a%20b%2520",
      "ce-source": '"/te\\"sts"',
      "ce-type": "org.example.%E2%82%AC",
      "ce-triggeredid": "100%",
      "ce-data_base64": "eyJmb3JnZWQiOnRydWV9",
    };
    const delivery = deliveryOf(headers, { a: 1 });
    assert.ok(delivery.mode === "single");
    const { id, source, type, triggeredid, data } = parse(delivery.event);
    assert.deepEqual([id, source, type, triggeredid], ["a b%20", '/te"sts', "org.example.€", "100%"]);
    assert.deepEqual(data, { a: 1 });
  });

  it("reads a batch, and refuses one that is no array", () => {
    const headers = { "content-type": "application/cloudevents-batch+json" };
    assert.deepEqual(deliveryOf(headers, [EVENT, 7]), { mode: "batch", events: [EVENT, 7] });
    assert.throws(() => deliveryOf(headers, EVENT), HttpProblem);
  });

  it("refuses JSON that is no CloudEvent", () => {
    for (const body of [{}, [], null, 7, { data: {} }]) {
      assert.throws(() => deliveryOf({ "content-type": "application/json" }, body), /no CloudEvent/);
    }
  });

  it("decodes data_base64", () => {
    const data_base64 = Buffer.from('{"a":1}').toString("base64");
    assert.deepEqual(parse({ ...EVENT, data: undefined, data_base64 }).data, { a: 1 });
    assert.deepEqual(parse({ ...EVENT, data: undefined, data_base64, datacontenttype: "image/png" }).data, {
      data_base64,
    });
  });

  for (const [name, change, path] of [
    ["no type", { type: undefined }, "type"],
    ["an empty source", { source: "" }, "source"],
    ["no id", { id: undefined }, "id"],
    ["specversion 0.2", { specversion: "0.2" }, "specversion"],
    ["an empty time", { time: "" }, "time"],
    ["an id that no index can hold", { id: "x".repeat(257) }, "id"],
  ] as const) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => parse({ ...EVENT, ...change }),
        (error) => error instanceof ZodError && error.issues[0]?.path.join("/") === path,
      );
    });
  }

  it("refuses a moment that the log cannot hold", () => {
    assert.throws(() => parse({ ...EVENT, time: "0000-01-01T00:00:00Z" }), /no such moment|expected a time/);
  });

  it("is as lenient as Keptn with events of Keptn's types", () => {
    for (const specversion of ["0.2", "1.0", "", undefined]) {
      const { id, source, time, shkeptncontext, data } = parse({ ...wrapped(OPEN), specversion });
      assert.deepEqual([id, source, time, shkeptncontext], [PID, "dynatrace", undefined, PID]);
      assert.deepEqual(data, OPEN);
    }
    const bare = parse({ type: "sh.keptn.event.problem.open", data: {} });
    assert.deepEqual([bare.id, bare.source], ["made-up", "keptn"]);
  });
});
