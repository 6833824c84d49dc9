import assert from "node:assert/strict";
import { heldBytes } from "./http-held.ts";

describe("bytes of bodies that are held at once", () => {
  it("are each body's own up to a first part, however many there are", () => {
    const held = heldBytes({ own: 10, shared: 0 });
    for (let n = 0; n < 100; n++) {
      const body = held.open();
      assert.ok(body.grow(4) && body.grow(6));
      assert.equal(body.grow(1), false);
    }
  });

  it("are beyond that taken from what all share, and given back", () => {
    const held = heldBytes({ own: 10, shared: 20 });
    const [one, two, three] = [held.open(), held.open(), held.open()];
    assert.ok(one.grow(25));
    assert.ok(two.grow(15));
    assert.equal(two.grow(1), false, "15 and 5 of 20 are taken");
    assert.ok(three.grow(10));
    one.release();
    assert.ok(two.grow(15));
    assert.equal(three.grow(1), false);
    two.release();
    assert.ok(three.grow(20));
  });

  it("are not counted when they were refused, and given back only once", () => {
    const held = heldBytes({ own: 0, shared: 10 });
    const [one, two] = [held.open(), held.open()];
    assert.equal(one.grow(11), false);
    assert.ok(one.grow(10));
    one.release();
    one.release();
    assert.equal(one.grow(1), false, "what is over holds nothing any more");
    assert.ok(two.grow(10));
    assert.equal(two.grow(1), false);
  });
});
