import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createPlainServer, type AddressInfo, type Server } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { createOutbound, ProviderError, type ClosableOutbound, type Reason } from "@evenkeel/runtime";

/** What the fake resolver knows. A list of lists is a name whose answer changes from one question to the next. */
const NAMES: Readonly<Record<string, readonly string[] | readonly (readonly string[])[]>> = {
  "public.invalid": ["93.184.215.14"],
  "loopback.invalid": ["127.0.0.1"],
  "metadata.invalid": ["169.254.169.254"],
  "metadata6.invalid": ["fd00:ec2::254"],
  "mixed.invalid": ["93.184.215.14", "10.0.0.1"],
  "mixed-late.invalid": [...new Array<string>(20).fill("93.184.215.14"), "169.254.169.254"],
  "mixed6.invalid": ["93.184.215.14", "::1"],
  "mapped.invalid": ["::ffff:127.0.0.1"],
  "zoned.invalid": ["fe80::1%eth0"],
  "zoned-public.invalid": ["::1%lo"],
  "nat64.invalid": ["64:ff9b::a9fe:a9fe"],
  "sixtofour.invalid": ["2002:7f00:1::"],
  "teredo.invalid": ["2001:0:7f00:1::"],
  "empty.invalid": [],
  "words.invalid": ["not an address"],
  "octal.invalid": ["0177.0.0.1"],
  "decimal.invalid": ["2130706433"],
  "10.0.0.1.nip.invalid": ["10.0.0.1"],
  "169-254-169-254.sslip.invalid": ["169.254.169.254"],
  "kubernetes.default.svc": ["10.96.0.1"],
  localhost: ["127.0.0.1", "::1"],
  "app.localhost": ["127.0.0.1"],
  "xn--lcalhost-nbh.invalid": ["127.0.0.1"],
  "fragment.invalid": ["10.9.9.9"],
};

/** URL as a tenant may write it → what the refusal says. */
const REFUSED: readonly [name: string, url: string, says: RegExp][] = [
  // the host as a number
  ["metadata in dots", "http://169.254.169.254/latest/meta-data/", /not public/],
  ["metadata of Alibaba", "http://100.100.100.200/", /not public/],
  ["metadata of Oracle", "http://192.0.0.192/", /not public/],
  ["decimal", "http://2852039166/", /not public/],
  ["hexadecimal", "http://0xa9fea9fe/", /not public/],
  ["hexadecimal by parts", "http://0xa9.0xfe.0xa9.0xfe/", /not public/],
  ["octal", "http://0251.0376.0251.0376/", /not public/],
  ["octal with more zeros", "http://0000251.00000376.000251.0000376/", /not public/],
  ["mixed bases", "http://0xa9.254.0251.254/", /not public/],
  ["two parts", "http://127.1/", /not public/],
  ["three parts", "http://169.254.43518/", /not public/],
  ["zero", "http://0/", /not public/],
  ["a trailing dot", "http://127.0.0.1./", /not public/],
  ["percent-encoded", "http://%31%32%37.0.0.1/", /not public/],
  ["full-width digits", "http://１２７.０.０.１/", /not public/],
  ["circled digits", "http://①⑥⑨.②⑤④.①⑥⑨.②⑤④/", /not public/],
  ["ideographic full stops", "http://127。0。0。1/", /not public/],
  ["a tab inside", "http://127.0\t.0.1/", /not public/],
  ["a line break inside", "http://127.0.0\n.1/", /not public/],
  ["a backslash for a slash", "http:\\\\127.0.0.1\\", /not public/],
  ["one slash", "http:/127.0.0.1/", /not public/],
  ["no slash", "http:127.0.0.1/", /not public/],
  ["capital scheme", "HTTP://127.0.0.1/", /not public/],
  ["broadcast", "http://255.255.255.255/", /not public/],
  ["multicast", "http://239.1.1.1/", /not public/],
  ["shared addresses", "http://100.64.0.1/", /not public/],
  ["benchmarking", "http://198.19.0.1/", /not public/],
  // IPv6
  ["IPv6 loopback", "http://[::1]/", /not public/],
  ["IPv6 unspecified", "http://[::]/", /not public/],
  ["IPv6 written out", "http://[0000:0000:0000:0000:0000:0000:0000:0001]/", /not public/],
  ["IPv4 mapped", "http://[::ffff:169.254.169.254]/", /not public/],
  ["IPv4 mapped in hexadecimal", "http://[::ffff:a9fe:a9fe]/", /not public/],
  ["IPv4 compatible", "http://[::127.0.0.1]/", /not public/],
  ["IPv4 translated", "http://[::ffff:0:127.0.0.1]/", /not public/],
  ["NAT64", "http://[64:ff9b::169.254.169.254]/", /not public/],
  ["6to4", "http://[2002:a9fe:a9fe::]/", /not public/],
  ["Teredo", "http://[2001::1]/", /not public/],
  ["unique local", "http://[fd00:ec2::254]/", /not public/],
  ["link local", "http://[fe80::1]/", /not public/],
  ["a zone", "http://[fe80::1%25eth0]/", /cannot be read/],
  ["a zone, unescaped", "http://[fe80::1%eth0]/", /cannot be read/],
  ["brackets around IPv4", "http://[127.0.0.1]/", /cannot be read/],
  // the rest of the URL
  ["credentials", "http://user:pass@public.invalid/", /credentials/],
  ["a host as credentials", "http://public.invalid@127.0.0.1/", /not public|credentials/],
  ["a host behind a fragment", "http://fragment.invalid#@127.0.0.1/", /fragment\.invalid resolves to 10/],
  ["a host behind a backslash", "http://127.0.0.1\\@public.invalid/", /not public/],
  ["a file", "file:///etc/passwd", /scheme/],
  ["a socket of UNIX", "unix:/var/run/docker.sock", /scheme/],
  ["gopher", "gopher://127.0.0.1:6379/_FLUSHALL", /scheme/],
  ["data", "data:text/plain,hello", /scheme/],
  ["no scheme", "//127.0.0.1/", /cannot be read/],
  ["no URL", "not a url", /cannot be read/],
  // names
  ["localhost", "http://localhost/", /resolves to/],
  ["localhost with a dot", "http://localhost./", /resolves to/],
  ["LOCALHOST", "http://LOCALHOST/", /resolves to/],
  ["below localhost", "http://app.localhost/", /resolves to/],
  ["a name for loopback", "http://loopback.invalid/", /resolves to 127\.0\.0\.1/],
  ["a name for the metadata", "http://metadata.invalid/", /resolves to 169/],
  ["a name for the metadata in IPv6", "http://metadata6.invalid/", /resolves to fd00/],
  ["one private address among public ones", "http://mixed.invalid/", /resolves to 10\.0\.0\.1/],
  ["one private address behind twenty public ones", "http://mixed-late.invalid/", /resolves to 169/],
  ["one loopback address in IPv6", "http://mixed6.invalid/", /resolves to ::1/],
  ["a mapped answer", "http://mapped.invalid/", /resolves to 127/],
  ["an answer with a zone", "http://zoned.invalid/", /resolves to fe80/],
  ["loopback with a zone", "http://zoned-public.invalid/", /resolves to ::1/],
  ["an answer in NAT64", "http://nat64.invalid/", /resolves to 64:/],
  ["an answer in 6to4", "http://sixtofour.invalid/", /resolves to 2002/],
  ["an answer in Teredo", "http://teredo.invalid/", /resolves to 2001/],
  ["a name without addresses", "http://empty.invalid/", /no address/],
  ["an answer that is no address", "http://words.invalid/", /no address/],
  ["an answer in octal", "http://octal.invalid/", /no address/],
  ["an answer in decimal", "http://decimal.invalid/", /no address/],
  ["an address in a name", "http://10.0.0.1.nip.invalid/", /resolves to 10/],
  ["an address with dashes in a name", "http://169-254-169-254.sslip.invalid/", /resolves to 169/],
  ["the cluster's own API", "https://kubernetes.default.svc/api", /resolves to 10/],
  ["a name in another script", "http://lоcalhost.invalid/", /resolves to 127/],
  ["a name that nobody knows", "http://unknown.invalid/", /ENOTFOUND/],
];

describe("calls to the outside", () => {
  const servers: Server[] = [];
  let hits = 0;
  const asked = new Map<string, number>();
  const closers: ClosableOutbound[] = [];

  /** Nothing is connected to but what a test serves on loopback. */
  function open(allow: readonly string[] = [], names: typeof NAMES = NAMES): ClosableOutbound {
    const out = createOutbound({
      allow,
      async lookup(host) {
        const answer = Object.hasOwn(names, host) ? names[host] : undefined;
        if (!answer) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: "ENOTFOUND" });
        const turn = asked.get(host) ?? 0;
        asked.set(host, turn + 1);
        const list = Array.isArray(answer[0]) ? answer[Math.min(turn, answer.length - 1)]! : answer;
        return (list as readonly string[]).map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
      },
    });
    closers.push(out);
    return out;
  }
  async function serve(listener: RequestListener): Promise<number> {
    const server = createServer((request, response) => (hits++, listener(request, response)));
    return bound(server);
  }
  async function bound(server: Server): Promise<number> {
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }
  beforeEach(() => {
    hits = 0;
    asked.clear();
  });
  afterEach(async () => {
    await Promise.all(closers.splice(0).map((out) => out.close()));
    for (const server of servers.splice(0)) {
      if ("closeAllConnections" in server) (server as ReturnType<typeof createServer>).closeAllConnections();
      server.close();
    }
  });
  async function failure(call: Promise<unknown>): Promise<ProviderError> {
    const error: unknown = await call.then(
      () => assert.fail("it was answered"),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof ProviderError, String(error));
    return error;
  }

  it("are tried in at least 60 ways", () => {
    assert.ok(REFUSED.length >= 60, `${REFUSED.length}`);
  });

  for (const [name, url, says] of REFUSED) {
    it(`are refused: ${name}`, async () => {
      const error = await failure(open()({ url }));
      assert.match(`${error.reason} ${error.message}`, says);
      assert.equal(hits, 0);
    });
  }

  it("are refused though they were allowed under another port, name or network", async () => {
    const port = await serve((_request, response) => response.end("secret"));
    for (const allow of [
      "127.0.0.1:1",
      "loopback.invalid:1",
      "other.invalid",
      "127.0.0.2",
      "127.0.0.0/32",
      "10.0.0.0/8",
    ]) {
      for (const host of ["127.0.0.1", "loopback.invalid"]) {
        const error = await failure(open([allow])({ url: `http://${host}:${port}/` }));
        assert.equal(error.reason, "refused", `${allow} ${host}`);
      }
    }
    assert.equal(hits, 0);
  });

  it("go to the address that was checked, whatever the name says a moment later", async () => {
    const port = await serve((_request, response) => response.end("secret"));
    const names = { "rebinding.invalid": [["127.0.0.9"], ["127.0.0.1"]] };
    const out = open(["127.0.0.9/32"], names);
    const first = await failure(out({ url: `http://rebinding.invalid:${port}/` }));
    assert.match(first.message, /ECONNREFUSED/);
    const second = await failure(out({ url: `http://rebinding.invalid:${port}/` }));
    assert.match(second.message, /resolves to 127/);
    assert.equal(hits, 0);
  });

  it("are checked again for each new connection to a host that was fine before", async () => {
    const port = await serve((_request, response) => response.writeHead(200, { connection: "close" }).end("fine"));
    const out = open(["127.0.0.2/32", "127.0.0.1/32"], { "moving.invalid": [["127.0.0.1"], ["127.0.0.3"]] });
    assert.equal((await out({ url: `http://moving.invalid:${port}/` })).body, "fine");
    assert.match((await failure(out({ url: `http://moving.invalid:${port}/` }))).message, /resolves to 127\.0\.0\.3/);
    assert.equal(hits, 1);
  });

  it("follow no redirect of any kind, and show no secret of where it went", async () => {
    const targets = [
      "http://169.254.169.254/x?token=hidden",
      "/elsewhere?token=hidden",
      "//127.0.0.1/",
      "file:///etc/passwd",
      "",
      "http://[",
    ];
    for (const status of [301, 302, 303, 307, 308]) {
      for (const location of targets) {
        const port = await serve((_request, response) => response.writeHead(status, { location }).end());
        const error = await failure(
          open(["127.0.0.0/8"])({ url: `http://127.0.0.1:${port}/`, headers: { authorization: "Bearer hidden" } }),
        );
        assert.equal(error.reason, "refused");
        assert.match(error.message, /redirect/);
        assert.doesNotMatch(error.message, /hidden/);
      }
    }
    assert.equal(hits, 30);
  });

  /** What a server may do to whoever asks it → how it ends. */
  const SERVERS: readonly [name: string, listener: RequestListener, reasons: readonly Reason[], says: RegExp][] = [
    ["says nothing", () => {}, ["timeout"], /within 400 ms/],
    [
      "trickles its headers",
      (request) => void drip(request.socket, "HTTP/1.1 200 OK\r\n", "x-a: b\r\n"),
      ["timeout"],
      /within 400 ms/,
    ],
    ["trickles its body", (_request, response) => void drip(response, "", "x"), ["timeout"], /within 400 ms/],
    ["answers without an end", (_request, response) => void flood(response), ["bad-response"], /larger than/],
    [
      "announces a terabyte",
      (_request, response) => void response.writeHead(200, { "content-length": "1099511627776" }).flushHeaders(),
      ["timeout", "bad-response"],
      /./,
    ],
    ["sends a gzip bomb", encoded("gzip", gzipSync(Buffer.alloc(50_000_000))), ["bad-response"], /larger than/],
    [
      "sends a brotli bomb",
      encoded("br", brotliCompressSync(Buffer.alloc(20_000_000))),
      ["bad-response"],
      /larger than/,
    ],
    [
      "sends a deflate bomb",
      encoded("deflate", deflateSync(Buffer.alloc(50_000_000))),
      ["bad-response"],
      /larger than/,
    ],
    [
      "sends half a gzip",
      encoded("gzip", gzipSync(Buffer.alloc(5000)).subarray(0, 15)),
      ["bad-response", "unreachable"],
      /./,
    ],
    ["sends no gzip", encoded("gzip", Buffer.from("plain")), ["bad-response"], /decompress/],
    ["encodes twice", encoded("gzip, gzip", gzipSync(gzipSync("x"))), ["bad-response"], /not known/],
    [
      "sends 100 kB of headers",
      (_request, response) => void response.writeHead(200, { "x-a": "a".repeat(100_000) }).end(),
      ["bad-response", "unreachable"],
      /./,
    ],
    ["goes away", (request) => void request.socket.destroy(), ["unreachable"], /./],
    [
      "goes away in the middle",
      (request, response) => {
        response.writeHead(200, { "content-length": "100" }).write("x");
        setTimeout(() => request.socket.destroy(), 20);
      },
      ["unreachable", "bad-response"],
      /./,
    ],
    [
      "switches protocols",
      (request) =>
        void request.socket.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
      ["unreachable", "bad-response", "timeout"],
      /./,
    ],
    [
      "continues for ever",
      (request) => void drip(request.socket, "", "HTTP/1.1 100 Continue\r\n\r\n"),
      ["timeout", "bad-response", "unreachable"],
      /./,
    ],
  ];
  for (const [name, listener, reasons, says] of SERVERS) {
    it(`end within bounds when the other side ${name}`, async () => {
      const port = await serve(listener);
      const before = process.memoryUsage().rss;
      // What must end by itself gets more time than it needs, or a slow machine would end it.
      const deadlineMs = reasons.includes("timeout") ? 400 : 15_000;
      const error = await failure(open(["127.0.0.0/8"])({ url: `http://127.0.0.1:${port}/`, deadlineMs }));
      assert.ok(reasons.includes(error.reason), `${error.reason}: ${error.message}`);
      assert.match(error.message, says);
      assert.ok(process.memoryUsage().rss - before < 200e6);
    });
  }

  it("end within bounds when the other side speaks no HTTP", async () => {
    for (const greeting of [
      "SSH-2.0-OpenSSH_9.9\r\n",
      "\0\0\0\0",
      "HTTP/1.1 abc\r\n\r\n",
      "-ERR unknown command\r\n",
    ]) {
      const port = await bound(createPlainServer((socket) => void socket.on("error", () => {}).end(greeting)));
      const error = await failure(open(["127.0.0.0/8"])({ url: `http://127.0.0.1:${port}/`, deadlineMs: 4_000 }));
      assert.ok(["bad-response", "unreachable"].includes(error.reason), `${error.reason}: ${error.message}`);
    }
  });

  it("end within bounds when the name never resolves", async () => {
    const out = createOutbound({ lookup: () => new Promise(() => {}) });
    closers.push(out);
    assert.equal((await failure(out({ url: "http://public.invalid/", deadlineMs: 100 }))).reason, "timeout");
  });

  it("cannot be given a header that splits the request or speaks for us", async () => {
    const port = await serve((_request, response) => response.end("x"));
    const bad: Record<string, string>[] = [
      ...[
        { "x-a": "a\r\nx-b: c" },
        { "x-a": "a\nb" },
        { "x-a": "a\0" },
        { "x a": "b" },
        { "": "b" },
        { "x\r\ny": "b" },
      ],
      ...[{ host: "evil.invalid" }, { "Content-Length": "0" }, { "transfer-encoding": "chunked" }, { Upgrade: "h2c" }],
    ];
    for (const headers of bad) {
      const error = await failure(open(["127.0.0.0/8"])({ url: `http://127.0.0.1:${port}/`, headers }));
      assert.equal(error.reason, "refused", JSON.stringify(headers));
    }
    assert.equal(hits, 0);
  });

  it("use no proxy of the environment", async () => {
    const port = await serve((_request, response) => response.end("from the proxy"));
    const before = process.env["http_proxy"];
    process.env["http_proxy"] = `http://127.0.0.1:${port}`;
    try {
      const out = open(["127.0.0.9/32"], { "nobody.invalid": ["127.0.0.9"] });
      assert.match((await failure(out({ url: `http://nobody.invalid:${port}/` }))).message, /ECONNREFUSED/);
      assert.equal(hits, 0);
    } finally {
      if (before === undefined) delete process.env["http_proxy"];
      else process.env["http_proxy"] = before;
    }
  });
});

interface Sink {
  write(text: string): unknown;
  once(event: "close", listener: () => void): unknown;
}

function drip(sink: Sink, first: string, again: string): void {
  if (first) sink.write(first);
  const timer = setInterval(() => sink.write(again), 20);
  sink.once("close", () => clearInterval(timer));
}

function flood(response: {
  write(text: string): boolean;
  once(event: "drain" | "close", listener: () => void): unknown;
}): void {
  let open = true;
  response.once("close", () => (open = false));
  const more = () => {
    while (open && response.write("x".repeat(65_536)));
    if (open) response.once("drain", more);
  };
  more();
}

function encoded(encoding: string, body: Buffer): RequestListener {
  return (_request, response) => void response.writeHead(200, { "content-encoding": encoding }).end(body);
}
