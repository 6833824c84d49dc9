import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { createShutdown, silentLog } from "./index.ts";

function setUp(deadlineMs = 1000) {
  const source = new EventEmitter();
  const exits: number[] = [];
  const exited = new Promise<number>((resolve) => source.on("exited", resolve));
  const shutdown = createShutdown({
    log: silentLog,
    deadlineMs,
    process: source,
    exit: (code) => (exits.push(code), source.emit("exited", code)),
  });
  return { shutdown, source, exits, exited };
}

describe("shutdown", () => {
  it("closes what was opened last first, each after the one before, and exits with 0", async () => {
    const { shutdown, source, exited } = setUp();
    const closed: string[] = [];
    shutdown.add("database", () => void closed.push("database"));
    shutdown.add("server", async () => {
      await new Promise((resolve) => setImmediate(resolve));
      closed.push("server");
    });
    shutdown.install();
    source.emit("SIGTERM", "SIGTERM");
    assert.equal(shutdown.signal.aborted, true);
    assert.equal(await exited, 0);
    assert.deepEqual(closed, ["server", "database"]);
  });

  it("goes on when a closer fails, and exits with 1", async () => {
    const { shutdown, source, exited } = setUp();
    let closed = false;
    shutdown.add("first", () => (closed = true));
    shutdown.add("second", () => Promise.reject(new Error("stuck")));
    shutdown.install();
    source.emit("SIGINT", "SIGINT");
    assert.equal(await exited, 1);
    assert.equal(closed, true);
  });

  it("does not wait longer than its deadline", async () => {
    const { shutdown } = setUp(10);
    shutdown.add("never reached", () => assert.fail("closed after the deadline"));
    shutdown.add("endless", () => new Promise(() => {}));
    assert.equal(await shutdown.run("test"), false);
  });

  it("exits at once on the second signal", () => {
    const { shutdown, source, exits } = setUp();
    shutdown.add("endless", () => new Promise(() => {}));
    const undo = shutdown.install();
    source.emit("SIGINT", "SIGINT");
    assert.deepEqual(exits, []);
    source.emit("SIGINT", "SIGINT");
    assert.deepEqual(exits, [130]);
    undo();
    assert.equal(source.listenerCount("SIGINT"), 0);
  });

  it("closes once, however often it is asked", async () => {
    const { shutdown } = setUp();
    let times = 0;
    shutdown.add("counted", () => times++);
    assert.deepEqual(await Promise.all([shutdown.run("a"), shutdown.run("b")]), [true, true]);
    assert.equal(times, 1);
  });
});
