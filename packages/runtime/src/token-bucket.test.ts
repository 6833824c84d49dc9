import assert from "node:assert/strict";
import { addressKey, tokenBuckets } from "./token-bucket.ts";

describe("token buckets", () => {
  it("give a burst at once, and then as many as the rate has", () => {
    const buckets = tokenBuckets({ perSecond: 2, burst: 3 });
    const taken = (now: number) => buckets.take("a", now) === 0;
    assert.deepEqual([0, 0, 0, 0].map(taken), [true, true, true, false]);
    assert.deepEqual([499, 500, 501, 1000].map(taken), [false, true, false, true]);
  });

  it("say how long to wait", () => {
    const buckets = tokenBuckets({ perSecond: 4, burst: 1 });
    buckets.take("a", 0);
    assert.equal(buckets.take("a", 0), 250);
    assert.equal(buckets.take("a", 100), 150);
    assert.equal(buckets.take("a", 250), 0);
  });

  it("are never fuller than the burst, however long nobody came", () => {
    const buckets = tokenBuckets({ perSecond: 1000, burst: 2 });
    buckets.take("a", 0);
    const taken = [1, 2, 3].map(() => buckets.take("a", 1e9) === 0);
    assert.deepEqual(taken, [true, true, false]);
  });

  it("do not let one key use up another's", () => {
    const buckets = tokenBuckets({ perSecond: 1, burst: 1 });
    buckets.take("a", 0);
    assert.equal(buckets.take("b", 0), 0);
    assert.ok(buckets.take("a", 0) > 0);
  });

  it("forget the key that was not used for the longest time, and never keep more than their bound", () => {
    const buckets = tokenBuckets({ perSecond: 1, burst: 1 }, 100);
    buckets.take("flooder", 0);
    for (let n = 0; n < 100_000; n++) {
      buckets.take(`spoofed ${n}`, 0);
      if (n % 50 === 0) assert.ok(buckets.take("flooder", 0) > 0, "who keeps coming is not forgotten");
    }
    assert.equal(buckets.size(), 100);
  });

  it("count an IPv6 network as one sender, and an IPv4 address in IPv6 clothes as what it is", () => {
    assert.equal(addressKey("2001:db8:1:2:aaaa::1"), addressKey("2001:db8:1:2:bbbb:1:2:3"));
    assert.equal(addressKey("2001:db8::1"), addressKey("2001:db8:0:0:ffff::2"));
    assert.notEqual(addressKey("2001:db8:1:2::1"), addressKey("2001:db8:1:3::1"));
    assert.equal(addressKey("::ffff:10.1.2.3"), "10.1.2.3");
    assert.equal(addressKey("fe80::1%eth0"), "fe80:0:0:0::/64");
    assert.ok(addressKey("x".repeat(16_000)).length <= 64);
  });
});
