import assert from "node:assert/strict";
import { createServer } from "node:https";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { createOutbound, ProviderError } from "./index.ts";
import type { OutboundRequest } from "./index.ts";

// For peer.test and 127.0.0.1, valid until 2126, trusted by nobody.
const CERT = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUEuaDSrIi7ad1wXiqRMbS8CLVRggwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJcGVlci50ZXN0MCAXDTI2MTEyMzEzMzQwNloYDzIxMjYxMDMw
MTMzNDA2WjAUMRIwEAYDVQQDDAlwZWVyLnRlc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARxjTed/7vovzen1D6pt/raoSsPxQBReveSnN67AUa5SUmr0tIeduGT
FjmYJgjZkcYDHlwQrOlFHQsxYpSfRmKFo28wbTAdBgNVHQ4EFgQUzIFw1WkJzewW
lBY4S9f50P/k0hwwHwYDVR0jBBgwFoAUzIFw1WkJzewWlBY4S9f50P/k0hwwGgYD
VR0RBBMwEYIJcGVlci50ZXN0hwR/AAABMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZI
zj0EAwIDSAAwRQIgPcqHuRjN88X6CX7Ts0HeK3Wisj7vmUBo1QyXpNORypUCIQCQ
MDzM4xadqemQVlXF4Ek/s1oMUJdvBt+lcSpFozwdXw==
-----END CERTIFICATE-----`;
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpYkefJO4YcmHabBz
V4AUrJtkz4LCLfx/9dw8uctGVc6hRANCAARxjTed/7vovzen1D6pt/raoSsPxQBR
eveSnN67AUa5SUmr0tIeduGTFjmYJgjZkcYDHlwQrOlFHQsxYpSfRmKF
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
