import assert from "node:assert/strict";
import { createServer } from "node:https";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { createOutbound, ProviderError } from "./index.ts";
import type { OutboundRequest } from "./index.ts";

// For peer.test and 127.0.0.1, valid from 2000 to 2199, trusted by nobody.
const CERT = `-----BEGIN CERTIFICATE-----
MIIBuzCCAWKgAwIBAgIUfjFfKj8gz0h/qyOHptygkfsLAU8wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJcGVlci50ZXN0MCAXDTAwMDEwMTAwMDAwMFoYDzIxOTkxMTEz
MDAwMDAwWjAUMRIwEAYDVQQDDAlwZWVyLnRlc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATlswfysAyIdIX560vI3WVc0zP71CLfxQs+TL8EpRCiAZmKJXj1s2O6
l4d8UoXF5nKVudfbPYPaXksmVIg8mSljo4GPMIGMMB0GA1UdDgQWBBSrGOfAFEBv
FjkkOvr8G75qmLJr/TAfBgNVHSMEGDAWgBSrGOfAFEBvFjkkOvr8G75qmLJr/TAP
BgNVHRMBAf8EBTADAQH/MBoGA1UdEQQTMBGCCXBlZXIudGVzdIcEfwAAATAdBgNV
HSUEFjAUBggrBgEFBQcDAQYIKwYBBQUHAwIwCgYIKoZIzj0EAwIDRwAwRAIgYhPv
JC+B7HvloARiojc+0dldF0FITj9Wt1njbcH9RX4CIAZgzymII8n2zw0xtZVT2Gfm
qN96r0vpw1WWjLyFoXZz
-----END CERTIFICATE-----`;
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgl4W2g//QoropeSMN
DG+6QMhIvYPnu25VYLUAWxjdMPuhRANCAATlswfysAyIdIX560vI3WVc0zP71CLf
xQs+TL8EpRCiAZmKJXj1s2O6l4d8UoXF5nKVudfbPYPaXksmVIg8mSlj
-----END PRIVATE KEY-----`;

describe("outbound calls over TLS", () => {
  let server: Server;
  let port: number;
  const lookup = () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]);
  const out = createOutbound({ allow: ["127.0.0.1"], lookup });

  before(async () => {
    server = createServer(
      { cert: CERT, key: KEY, ca: CERT, requestCert: true, rejectUnauthorized: false },
      (request, response) => response.end(`${(request.socket as TLSSocket).authorized ? "known" : "unknown"} client`),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  });
  after(async () => {
    await out.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const call = (host: string, tls?: OutboundRequest["tls"]) =>
    out({ url: `https://${host}:${port}/`, ...(tls ? { tls } : {}) });
  const failure = async (host: string, tls?: OutboundRequest["tls"]) => {
    const error: unknown = await call(host, tls).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof ProviderError);
    return `${error.reason}: ${error.message}`;
  };

  it("trust the authority they are given, for the name they asked for", async () => {
    assert.equal((await call("peer.test", { ca: CERT })).body, "unknown client");
    assert.match(await failure("other.test", { ca: CERT }), /^unreachable: .*ERR_TLS_CERT_ALTNAME_INVALID/);
  });

  it("refuse a certificate that nobody vouches for, unless told not to look", async () => {
    assert.match(await failure("peer.test"), /^unreachable: .*SELF_SIGNED/);
    assert.equal((await call("peer.test", { insecureSkipVerify: true })).body, "unknown client");
    assert.match(await failure("peer.test"), /SELF_SIGNED/);
  });

  it("show the client certificate they are given", async () => {
    assert.equal((await call("peer.test", { ca: CERT, cert: CERT, key: KEY })).body, "known client");
  });

  it("say what is wrong with a certificate that cannot be read", async () => {
    assert.match(
      await failure("peer.test", { ca: CERT, cert: "nonsense", key: KEY }),
      /^refused: .*cannot be read \(ERR_OSSL_PEM/,
    );
  });

  it("are a ProviderError when plain HTTP is spoken to a TLS port", async () => {
    await assert.rejects(out({ url: `http://peer.test:${port}/` }), { name: "ProviderError", retryable: true });
  });
});
