import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync, brotliCompressSync } from "node:zlib";
import { createOutbound, ProviderError } from "./index.ts";
import type { ClosableOutbound, OutboundOptions, OutboundRequest, Reason } from "./index.ts";

const never = () => Promise.reject(new Error("the resolver must not be asked"));
const resolvesTo =
  (...addresses: string[]) =>
  () =>
    Promise.resolve(addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })));

describe("outbound calls", () => {
  const servers: Server[] = [];
  const outs: ClosableOutbound[] = [];
  let hits = 0;

  async function serve(listener: RequestListener): Promise<number> {
    const server = createServer((request, response) => (hits++, listener(request, response)));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  }
  function open(options: OutboundOptions = {}): ClosableOutbound {
    const out = createOutbound(options);
    outs.push(out);
    return out;
  }
  const local = () => open({ allow: ["127.0.0.0/8"], lookup: never });
  async function fails(
    out: ClosableOutbound,
    request: OutboundRequest | string,
    reason: Reason,
    text: RegExp,
  ): Promise<ProviderError> {
    const wanted = typeof request === "string" ? { url: request } : request;
    const error: unknown = await out(wanted).then(
      () => assert.fail(`${wanted.url} was answered`),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof ProviderError, String(error));
    assert.equal(error.reason, reason, `${wanted.url}: ${error.message}`);
    assert.match(error.message, text);
    return error;
  }

  beforeEach(() => void (hits = 0));
  afterEach(async () => {
    await Promise.all(outs.splice(0).map((out) => out.close()));
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  it("returns status, headers in lower case and body, and sends method, headers and body", async () => {
    let seen = "";
    const port = await serve((request, response) => {
      request.setEncoding("utf8").on("data", (chunk) => (seen += chunk));
      request.on("end", () => {
        seen = `${request.method} ${request.url} ${request.headers["user-agent"]} ${request.headers["x-a"]} ${seen}`;
        response.writeHead(404, { "X-Thing": ["1", "2"], "set-cookie": "a=b" }).end("näh");
      });
    });
    const out = open({ allow: ["127.0.0.1"], userAgent: "evenkeel/1" });
    const answer = await out({
      url: `http://127.0.0.1:${port}/p?q=1`,
      method: "POST",
      headers: { "X-A": "b" },
      body: "hi",
    });
    assert.equal(seen, "POST /p?q=1 evenkeel/1 b hi");
    assert.deepEqual(
      [answer.status, answer.headers["x-thing"], answer.headers["set-cookie"], answer.body],
      [404, "1, 2", undefined, "näh"],
    );
  });

  const BLOCKED_URLS = [
    ..."0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 169.254.169.254 169.254.0.1 172.16.0.1".split(
      " ",
    ),
    ..."172.31.255.255 192.0.0.1 192.168.1.1 198.18.0.1 198.19.255.255 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255".split(
      " ",
    ),
    ..."2130706433 0x7f000001 017700000001 0x7f.1 127.1 0177.0.0.1 127.0.0.1. 0xa9fea9fe 2852039166 169.254.43518 ①②⑦.0.0.1 127。0。0。1".split(
      " ",
    ),
    ..."[::] [::1] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:169.254.169.254] [::ffff:a9fe:a9fe] [::127.0.0.1]".split(
      " ",
    ),
    ..."[64:ff9b::7f00:1] [64:ff9b::169.254.169.254] [fc00::1] [fd00:ec2::254] [fe80::1] [febf::1] [fec0::1] [ff02::1] [2002:7f00:1::] [::ffff:0:127.0.0.1]".split(
      " ",
    ),
    "localhost@127.0.0.1",
    "example.org#@127.0.0.1",
  ];
  it(`refuses ${BLOCKED_URLS.length} spellings of hosts that are not public, without asking a resolver or connecting`, async () => {
    const out = open({ lookup: () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]) });
    for (const host of BLOCKED_URLS) await fails(out, `http://${host}/`, "refused", /not public|credentials/);
  });

  it("refuses other schemes, credentials and what is no URL", async () => {
    const out = open({ lookup: never });
    for (const url of [
      "file:///etc/passwd",
      "ftp://example.org/",
      "gopher://example.org/",
      "data:text/plain,x",
      "javascript:1",
      "unix:/run/x.sock",
    ]) {
      await fails(out, url, "refused", /scheme/);
    }
    for (const url of ["http://user@example.org/", "http://user:pass@example.org/", "http://:pass@example.org"])
      await fails(out, url, "refused", /credentials/);
    for (const url of [
      "",
      "example.org",
      "http://",
      "http://[::1",
      "http://256.1.1.1/",
      "http://a b/",
      "http://1.2.3.4.5/",
    ])
      await fails(out, url, "refused", /cannot be read/);
  });

  it("refuses a name as soon as one of its addresses is not public", async () => {
    for (const addresses of [
      ["127.0.0.1"],
      ["93.184.216.34", "10.0.0.1"],
      ["2606:2800::1", "::1"],
      ["::ffff:10.0.0.1"],
      ["fe80::1%eth0"],
    ]) {
      await fails(open({ lookup: resolvesTo(...addresses) }), "http://rebind.example.org/", "refused", /resolves to/);
    }
    await fails(open({ lookup: resolvesTo() }), "http://nothing.example.org/", "refused", /no address/);
    await fails(open({ lookup: resolvesTo("not an address") }), "http://odd.example.org/", "refused", /no address/);
    await fails(open(), "http://localhost:1/", "refused", /resolves to/);
    await fails(open(), "http://localhost.:1/", "refused", /resolves to/);
  });

  it("connects to the address that was checked, though the name would now resolve elsewhere", async () => {
    const port = await serve((_request, response) => response.end("first"));
    let asked = 0;
    const lookup = () => Promise.resolve([{ address: asked++ === 0 ? "127.0.0.2" : "127.0.0.1", family: 4 }]);
    const out = open({ allow: ["127.0.0.1"], lookup });
    await fails(out, `http://rebind.example.org:${port}/`, "refused", /127\.0\.0\.2/);
    assert.equal(hits, 0);
    assert.equal((await out({ url: `http://rebind.example.org:${port}/` })).body, "first");
    assert.equal(asked, 2);
  });

  it("checks again at every dial", async () => {
    const port = await serve((_request, response) => response.setHeader("connection", "close").end("ok"));
    let asked = 0;
    const out = open({
      allow: ["127.0.0.1"],
      lookup: () => Promise.resolve([{ address: asked++ === 0 ? "127.0.0.1" : "10.0.0.1", family: 4 }]),
    });
    assert.equal((await out({ url: `http://flip.example.org:${port}/` })).status, 200);
    await fails(out, `http://flip.example.org:${port}/`, "refused", /10\.0\.0\.1/);
  });

  it("lets the operator allow a network, an address, a host, or one port of a host", async () => {
    const port = await serve((_request, response) => response.end("in"));
    const lookup = resolvesTo("127.0.0.1");
    for (const allow of [
      "127.0.0.0/8",
      "127.0.0.1",
      "::ffff:127.0.0.1",
      "prometheus.ops.svc",
      "Prometheus.ops.svc.",
      `prometheus.ops.svc:${port}`,
    ]) {
      assert.equal(
        (await open({ allow: [allow], lookup })({ url: `http://prometheus.ops.svc:${port}/` })).body,
        "in",
        allow,
      );
    }
    for (const allow of ["10.0.0.0/8", "ops.svc", "prometheus.ops.svc:1", "other.ops.svc"]) {
      await fails(open({ allow: [allow], lookup }), `http://prometheus.ops.svc:${port}/`, "refused", /not public/);
    }
    assert.equal(
      (await open({ allow: [`127.0.0.1:${port}`], lookup: never })({ url: `http://127.0.0.1:${port}/` })).body,
      "in",
    );
    await fails(open({ allow: ["127.0.0.1:1"], lookup: never }), `http://127.0.0.1:${port}/`, "refused", /not public/);
    for (const allow of ["10.0.0.0/33", "10.0.0.0/x", "300.0.0.0/8", "http://x/y", "a b", "host/path"])
      assert.throws(() => createOutbound({ allow: [allow] }), RangeError, allow);
  });

  it("does not follow a redirect, and does not tell its path", async () => {
    const port = await serve((_request, response) =>
      response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data?token=sesame" }).end(),
    );
    const error = await fails(
      local(),
      `http://127.0.0.1:${port}/`,
      "refused",
      /redirect 302 to http:\/\/169\.254\.169\.254 not followed/,
    );
    assert.doesNotMatch(error.message, /sesame|latest/);
    assert.equal(hits, 1);
  });

  it("stops at the size limit, announced, chunked or compressed", async () => {
    const port = await serve((request, response) => {
      if (request.url === "/chunked") for (let i = 0; i < 40; i++) response.write("x".repeat(50_000));
      if (request.url === "/gzip")
        return response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(50_000_000)));
      if (request.url === "/br")
        return response.writeHead(200, { "content-encoding": "br" }).end(brotliCompressSync(Buffer.alloc(20_000_000)));
      response.end("x".repeat(1_048_577));
    });
    for (const path of ["", "chunked", "gzip", "br"])
      await fails(local(), `http://127.0.0.1:${port}/${path}`, "bad-response", /larger than 1048576 bytes/);
    await fails(local(), { url: `http://127.0.0.1:${port}/`, maxBytes: 10 }, "bad-response", /larger than 10 bytes/);
  });

  it("reads compressed answers and names those it cannot read", async () => {
    const port = await serve((request, response) => {
      if (request.url === "/broken")
        return response.writeHead(200, { "content-encoding": "gzip" }).end("this is not gzip");
      if (request.url === "/odd") return response.writeHead(200, { "content-encoding": "snappy" }).end("?");
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("hello"));
    });
    assert.equal((await local()({ url: `http://127.0.0.1:${port}/` })).body, "hello");
    await fails(local(), `http://127.0.0.1:${port}/broken`, "bad-response", /does not decompress/);
    await fails(local(), `http://127.0.0.1:${port}/odd`, "bad-response", /"snappy" is not known/);
  });

  it("keeps one deadline over everything: name, headers, and a body that trickles", async () => {
    const port = await serve((request, response) => {
      if (request.url === "/silent") return;
      response.writeHead(200).flushHeaders();
      const drip = setInterval(() => response.write("x"), 5);
      response.on("close", () => clearInterval(drip));
    });
    const deadlineMs = 80;
    await fails(local(), { url: `http://127.0.0.1:${port}/silent`, deadlineMs }, "timeout", /within 80 ms/);
    await fails(local(), { url: `http://127.0.0.1:${port}/trickle`, deadlineMs }, "timeout", /within 80 ms/);
    await fails(
      open({ lookup: () => new Promise(() => {}) }),
      { url: "http://slow-dns.example.org/", deadlineMs },
      "timeout",
      /within 80 ms/,
    );
  });

  it("ends when the caller gives up", async () => {
    const controller = new AbortController();
    const port = await serve(() => controller.abort());
    await fails(local(), { url: `http://127.0.0.1:${port}/`, signal: controller.signal }, "timeout", /given up/);
    await fails(local(), { url: `http://127.0.0.1:${port}/`, signal: AbortSignal.abort() }, "timeout", /given up/);
  });

  it("says unreachable for a closed port, an unknown name, a cut connection and a wrong protocol", async () => {
    const port = await serve((_request, response) => response.socket!.destroy());
    await fails(local(), `http://127.0.0.1:${port}/`, "unreachable", /UND_ERR_SOCKET|ECONNRESET/);
    servers[0]!.close();
    await fails(local(), `http://127.0.0.1:1/`, "unreachable", /ECONNREFUSED/);
    const unknown = Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
    await fails(open({ lookup: () => Promise.reject(unknown) }), "http://no.example.org/", "unreachable", /ENOTFOUND/);
  });

  it("says so when a body ends early", async () => {
    const port = await serve((_request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half");
      setImmediate(() => response.socket!.destroy());
    });
    await fails(local(), `http://127.0.0.1:${port}/`, "unreachable", /UND_ERR_SOCKET|ECONNRESET|terminated/);
  });

  it("does not let a caller smuggle headers", async () => {
    const smuggled: Record<string, string>[] = [
      { host: "internal" },
      { "Transfer-Encoding": "chunked" },
      { "content-length": "1" },
      { "x-a": "b\r\nx-c: d" },
      { "x a": "b" },
      { "": "b" },
    ];
    for (const headers of smuggled) {
      await fails(local(), { url: "http://127.0.0.1:1/", headers }, "refused", /cannot be set|not well formed/);
    }
  });

  it("ignores proxies of the environment", async () => {
    const port = await serve((_request, response) => response.end("direct"));
    const before = { ...process.env };
    process.env["HTTP_PROXY"] = process.env["http_proxy"] = "http://127.0.0.1:1";
    try {
      assert.equal((await local()({ url: `http://127.0.0.1:${port}/` })).body, "direct");
    } finally {
      process.env = before;
    }
  });
});
