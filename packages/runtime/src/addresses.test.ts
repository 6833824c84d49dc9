import assert from "node:assert/strict";
import { isBlockedAddress, plainAddress } from "./addresses.ts";
import { isLoopback, isLoopbackHost } from "./index.ts";

describe("addresses", () => {
  it("have one spelling each, IPv4 inside IPv6 being IPv4", () => {
    const cases: [string, string][] = [
      ["::FFFF:127.0.0.1", "127.0.0.1"],
      ["::ffff:7f00:1", "127.0.0.1"],
      ["[::1]", "::1"],
      ["0:0::1", "::1"],
      ["fe80::1%eth0", "fe80::1"],
      ["10.0.0.1", "10.0.0.1"],
      ["2606:2800:0:0::1", "2606:2800::1"],
    ];
    for (const [given, plain] of cases) assert.equal(plainAddress(given), plain);
  });
  it("are public or not", () => {
    for (const address of [
      "8.8.8.8",
      "93.184.216.34",
      "172.15.255.255",
      "172.32.0.0",
      "100.63.255.255",
      "100.128.0.0",
      "192.0.1.1",
      "198.17.0.1",
      "198.20.0.1",
      "223.255.255.255",
      "2606:2800::1",
      "2a00::1",
      "::ffff:8.8.8.8",
    ])
      assert.equal(isBlockedAddress(address), false, address);
    for (const address of ["", "example.org", "999.1.1.1", "127.0.0.1", "::", "::ffff:10.0.0.1", "64:ff9b::a00:1"])
      assert.equal(isBlockedAddress(address), true, address);
  });
  it("name this machine or not", () => {
    for (const host of ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])
      assert.equal(isLoopbackHost(host), true, host);
    for (const host of ["localhost.example.org", "0.0.0.0", "::", "127.example.org", ""])
      assert.equal(isLoopbackHost(host), false, host);
    assert.equal(isLoopback("localhost"), false);
  });
});
