import assert from "node:assert/strict";
import { createLog, ProviderError, silentLog } from "./index.ts";
import type { LogOptions } from "./index.ts";

function capture(options: LogOptions = {}) {
  let text = "";
  const log = createLog({
    format: "json",
    env: {},
    ...options,
    stream: { isTTY: options.stream?.isTTY ?? false, write: (chunk) => (text += chunk) },
  });
  return {
    log,
    text: () => text,
    last: () => JSON.parse(text.trimEnd().split("\n").at(-1)!) as Record<string, unknown>,
  };
}

describe("the log", () => {
  it("writes one JSON object per line with time, level, component, fields and message", () => {
    const { log, last, text } = capture({ name: "engine" });
    log.child({ context: "c1" }).info({ attempt: 2 }, "action triggered");
    const { time, ...rest } = last();
    assert.match(String(time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.deepEqual(rest, { level: 30, name: "engine", context: "c1", attempt: 2, msg: "action triggered" });
    log.debug("not at this level");
    assert.equal(text().split("\n").length, 2);
  });

  it("masks by name wherever a secret may stand: fields, nested, children, errors", () => {
    const { log, text } = capture();
    const secretly = {
      authorization: "sesame-1",
      Password: "sesame-2",
      deep: [{ apiToken: "sesame-3", "x-api-key": "sesame-4", client_secret: "sesame-5" }],
      cookie: "sesame-6",
    };
    log.info(secretly, "a");
    log
      .child({ token: "sesame-7", inner: secretly })
      .warn({ err: Object.assign(new Error("x"), { secret: "sesame-8", config: secretly }) }, "b");
    assert.doesNotMatch(text(), /sesame/);
    log.info({ tokensUsed: 3, author: "ada" }, "c");
    assert.match(text(), /"tokensUsed":3,"author":"ada"/);
  });

  it("masks what looks like a credential, in fields, messages, errors and their causes", () => {
    const { log, text } = capture();
    const shapes = [
      "Bearer abcdef-sesame",
      "Basic c2VzYW1lOnNlc2FtZQ==",
      "eyJhbGciOiJIUzI1NiJ9.eyJzZXNhbWUiOjF9.sesame",
      "dt0c01.SESAME0123.SESAME456",
      "AKIASESAME0123456789",
      "postgres://ada:sesame@db/x",
      "https://x/?a=1&access_token=sesame",
    ];
    for (const shape of shapes) {
      log.info({ shape }, `saw ${shape}`);
      log.error({ err: new Error(shape, { cause: new ProviderError("auth", shape) }) }, "failed");
      log.error(new Error(shape));
    }
    assert.doesNotMatch(text(), /sesame|c2VzYW1l|eyJ/i);
    assert.match(text(), /postgres:\/\/\*\*\*@db\/x/);
  });

  it("masks the secrets of the settings wherever they turn up, also inside longer texts and keys", () => {
    const { log, text } = capture({ secrets: ["open-sesame", "open-sesame-longer"] });
    log.info({ url: "http://x/open-sesame/y", "open-sesame": 1, list: ["open-sesame-longer"] }, "went to open-sesame");
    assert.doesNotMatch(text(), /sesame|longer/);
  });

  it("shows control characters instead of sending them to a terminal", () => {
    for (const format of ["json", "pretty"] as const) {
      const { log, text } = capture({ format });
      log
        .child({ pod: "\u001b]0;pwned\u0007" })
        .info(
          { title: "\u001b[2J\r\u202eabc\u2028x\u0085", "key\u001b": 1, lines: "a\nb" },
          "title \u001b[31m\u009b1m\nforged line",
        );
      assert.doesNotMatch(text(), /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u202e]/, format);
      assert.equal(text().trimEnd().split("\n").length, 1, `${format} is one line`);
    }
  });

  it("keeps reason, code and stack of an error, and the chain of causes", () => {
    const { log, last } = capture();
    log.error(
      {
        err: new ProviderError("timeout", "prometheus: 10 s", {
          cause: Object.assign(new Error("slow"), { code: "ETIMEDOUT" }),
        }),
      },
      "query failed",
    );
    const err = last()["err"] as Record<string, unknown>;
    assert.deepEqual(
      [err["type"], err["reason"], err["message"], (err["cause"] as Record<string, unknown>)["code"]],
      ["ProviderError", "timeout", "prometheus: 10 s", "ETIMEDOUT"],
    );
    assert.match(String(err["stack"]), /log\.test\.ts/);
  });

  it("survives circles, depth, size, and values JSON does not know", () => {
    const { log, last, text } = capture();
    const circle: Record<string, unknown> = {
      big: 10n,
      bytes: Buffer.from("x"),
      when: new Date(0),
      bad: new Date(NaN),
      map: new Map([["password", "sesame"]]),
      set: new Set([1]),
    };
    circle["self"] = circle;
    let deep: unknown = 1;
    for (let i = 0; i < 10_000; i++) deep = [deep];
    log.info({ circle, deep, long: "x".repeat(100_000), many: Array.from({ length: 1000 }, (_, i) => i) }, "odd");
    assert.ok(text().length < 12_000, String(text().length));
    assert.deepEqual(last()["circle"], {
      big: "10",
      bytes: "[1 bytes]",
      when: "1970-01-01T00:00:00.000Z",
      bad: null,
      map: { password: "***" },
      set: [1],
      self: "[circular]",
    });
  });

  it("is one readable line on a terminal, in colour unless told otherwise", () => {
    const terminal = { isTTY: true, write: () => true };
    const colourful = capture({ format: "auto", stream: terminal, name: "engine" });
    colourful.log.info({ attempt: 2, title: "slow carts" }, "action triggered");
    assert.match(colourful.text(), /\u001b\[36mINFO /);
    const plain = capture({ format: "auto", stream: terminal, name: "engine", env: { NO_COLOR: "1" } });
    plain.log.info({ attempt: 2, title: "slow carts" }, "action triggered");
    assert.match(plain.text(), /^\d\d:\d\d:\d\d\.\d{3} INFO  engine action triggered attempt=2 title="slow carts"\n$/);
    plain.log.error({ err: new Error("boom") }, "failed");
    assert.match(plain.text(), /ERROR engine failed\n    Error: boom\n    at /);
    const piped = capture({ format: "auto" });
    piped.log.info("x");
    assert.equal(piped.last()["msg"], "x");
  });

  it("can be silent", () => {
    assert.doesNotThrow(() => silentLog.child({ a: 1 }).error({ err: new Error("x") }, "nothing"));
  });
});
