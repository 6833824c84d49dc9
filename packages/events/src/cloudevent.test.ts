import assert from "node:assert/strict";
import { CloudEvent } from "cloudevents";
import { toCloudEvent, typeOf, type Event } from "./index.ts";

describe("the log's events on the wire", () => {
  const event: Event = {
    id: "6d1f0c2e-6f0a-4a57-9a1e-0f3c1f0a9b01",
    source: "evenkeel",
    kind: "remediation.paused",
    type: typeOf("remediation.paused", "production"),
    time: "2026-01-01T00:00:00.000Z",
    context: "2d313735-3139-4635-b739-313539313631",
    triggeredid: "b1d5",
    gitcommitid: "0123abcd",
    data: { project: "sockshop", stage: "production", service: "carts", by: "me" },
  };

  it("are CloudEvents 1.0, as the specification's SDK reads them", () => {
    const read = new CloudEvent({ ...toCloudEvent(event) }, true);
    assert.equal(read["shkeptncontext"], event.context);
    assert.equal(read["triggeredid"], "b1d5");
    assert.deepEqual(read.data, event.data);
  });

  it("leave out extensions that they do not have", () => {
    const { triggeredid: _, gitcommitid: __, ...bare } = event;
    assert.deepEqual(
      Object.keys(toCloudEvent(bare)).filter((name) => name.endsWith("id")),
      ["id"],
    );
  });
});
