import assert from "node:assert/strict";
import { sseParser } from "./sse.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("server-sent events", () => {
  const TEXT =
    'retry: 2000\nid: 1.1\n: hello\n\nid: 1.2\r\nevent: problem\r\ndata: {"a":\r\ndata:  "ü"}\r\n\r\n: ping\n\ndata\n\n';
  const EXPECTED = [
    { id: "1.1", event: "message", data: "" },
    { id: "1.2", event: "problem", data: '{"a":\n "ü"}' },
    { event: "message", data: "" },
  ];

  it("reads ids, names and data of several lines, and skips comments", () => {
    assert.deepEqual(sseParser()(bytes(TEXT)), EXPECTED);
  });

  it("reads the same however it is cut into pieces", () => {
    const all = bytes(TEXT);
    for (let size = 1; size < 12; size++) {
      const parse = sseParser();
      const found = [];
      for (let at = 0; at < all.length; at += size) found.push(...parse(all.subarray(at, at + size)));
      assert.deepEqual(found, EXPECTED, `pieces of ${size} bytes`);
    }
  });

  it("an event that is not complete is none", () => {
    assert.deepEqual(sseParser()(bytes("id: 1\ndata: x\n")), []);
  });
});
