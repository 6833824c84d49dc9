import assert from "node:assert/strict";
import { connect } from "node:net";
import { serveBridge, type Served } from "./serve-for-test.ts";
import { REMEDIATION, SHIPYARD } from "./seed-for-test.ts";

describe("projects and their files over HTTP", function () {
  this.timeout(60_000);
  let served: Served;
  before(async () => (served = await serveBridge()));
  after(() => served?.close());

  const apply = (project: string, json: object) => served.call("PUT", `/v1/projects/${project}/resources`, { json });
  const FILES = {
    "shipyard.yaml": SHIPYARD,
    "prometheus/sli.yaml": "spec_version: '1.0'\nindicators:\n  response_time_p90: histogram_quantile(0.9, x)\n",
    "production/carts/remediation.yaml": REMEDIATION,
  };

  describe("applying a set", () => {
    it("creates the project, says what changed, and changes nothing the second time", async () => {
      const first = await apply("created", { files: FILES });
      assert.equal(first.status, 200, JSON.stringify(first.body));
      assert.equal(first.body.changed.length, 3);
      assert.deepEqual(first.body.warnings, []);
      const again = await apply("created", { files: FILES });
      assert.deepEqual(again.body.changed, []);
      assert.equal(again.body.revision, first.body.revision);
      const [event] = await served.journal.list({ project: "created", limit: 1 });
      assert.equal((event!.data as { by: string }).by, "anonymous");
    });

    it("removes what is not named only with replace", async () => {
      await apply("replaced", { files: FILES });
      const kept = await apply("replaced", { files: { "notes.txt": "hello" } });
      assert.deepEqual(kept.body.changed, [{ path: "notes.txt", change: "added" }]);
      const { body } = await apply("replaced", { files: { "shipyard.yaml": SHIPYARD }, replace: true });
      assert.deepEqual(
        body.changed.map(({ change }: { change: string }) => change),
        ["removed", "removed", "removed"],
      );
    });

    it("a dry run says what would change, and leaves everything", async () => {
      await apply("dry", { files: FILES });
      const files = { "shipyard.yaml": `${SHIPYARD}# more\n`, "production/carts/x.txt": "x" };
      const { body } = await apply("dry", { files, replace: true, dryRun: true });
      assert.deepEqual(body.changed, [
        { path: "production/carts/remediation.yaml", change: "removed" },
        { path: "production/carts/x.txt", change: "added" },
        { path: "prometheus/sli.yaml", change: "removed" },
        { path: "shipyard.yaml", change: "changed" },
      ]);
      assert.equal(body.revision, undefined);
      assert.equal((await served.get("/v1/projects/dry/revisions")).body.items.length, 1);
    });

    it("one bad file and nothing is changed; every finding has file, line and column", async () => {
      await apply("broken", { files: FILES });
      const files = {
        "notes.txt": "fine",
        "production/carts/remediation.yaml": "remediations:\n- name: x\n  actions:\n  - acton: scaling\n",
        "production/carts/slo.yaml": "spec_version: '1.0'\nobjectives:\n  - sli: [\n",
      };
      const { status, body } = await apply("broken", { files });
      assert.equal(status, 422);
      const [first] = body.errors;
      assert.equal(first.pointer, "/files/production~1carts~1remediation.yaml");
      assert.match(first.detail, /^production\/carts\/remediation\.yaml:4:5: .*acton/);
      assert.ok(
        body.errors.some(({ detail }: { detail: string }) => /^production\/carts\/slo\.yaml:\d+:\d+: /.test(detail)),
        JSON.stringify(body.errors),
      );
      const shown = await served.get("/v1/projects/broken/resources");
      assert.equal(shown.body.items.length, 3);
      assert.equal((await served.get("/v1/projects/broken/revisions")).body.items.length, 1);
    });

    it("warns of a misspelt name and of a stage that shipyard.yaml does not know", async () => {
      const files = { ...FILES, "production/carts/remedation.yaml": "x", "prod/carts/remediation.yaml": REMEDIATION };
      const { body } = await apply("warned", { files });
      assert.equal(body.warnings.length, 2, JSON.stringify(body.warnings));
      assert.match(body.warnings[0], /did you mean remediation\.yaml/);
      assert.match(body.warnings[1], /no stage prod; it has dev, production/);
    });

    for (const path of ["../x", "a/../b", "/etc/passwd", "a//b", ".git/config", "a\\b", "a/", "a\0b", ""]) {
      it(`a file called ${JSON.stringify(path)} is refused`, async () => {
        const { status, body } = await apply("paths", { files: { [path]: "x" } });
        assert.equal(status, 422);
        assert.match(body.errors[0].detail, /not a path of a file/);
      });
    }

    for (const project of ["Upper", "-x", "a_b", "a.b", "x".repeat(64)]) {
      it(`a project called ${project.slice(0, 12)} is refused`, async () => {
        assert.equal((await apply(project, { files: {} })).status, 400);
      });
    }
  });

  describe("a project", () => {
    before(() => apply("shown", { files: FILES, replace: true }));

    it("has its stages in order, and their services", async () => {
      const { body } = await served.get("/v1/projects/shown");
      assert.deepEqual(
        body.stages.map(({ name, remediation }: { name: string; remediation: boolean }) => [name, remediation]),
        [
          ["dev", false],
          ["production", true],
        ],
      );
      assert.deepEqual(body.stages[1].services, [{ name: "carts", files: ["production/carts/remediation.yaml"] }]);
      assert.deepEqual(body.files, ["prometheus/sli.yaml", "shipyard.yaml"]);
    });

    it("is in the list; an unknown one is a 404 that says which there are", async () => {
      const { body } = await served.get("/v1/projects");
      assert.ok(body.items.some(({ project }: { project: string }) => project === "shown"));
      const unknown = await served.get("/v1/projects/shwn");
      assert.equal(unknown.status, 404);
      assert.match(unknown.body.detail, /did you mean shown\?/);
      assert.equal((await served.get("/v1/projects/shwn/revisions")).status, 404);
      assert.equal((await served.get("/v1/projects/shwn/resources")).status, 404);
    });

    it("without a shipyard.yaml says so", async () => {
      await apply("bare", { files: { "notes.txt": "x" } });
      assert.match((await served.get("/v1/projects/bare")).body.trouble, /missing/);
    });

    it("lists its files, at each revision", async () => {
      const [first] = (await served.get("/v1/projects/shown/revisions")).body.items;
      await apply("shown", { files: { "more.txt": "x" } });
      const items = async (query: string) =>
        (await served.get(`/v1/projects/shown/resources${query}`)).body.items.map(
          (item: { path: string }) => item.path,
        );
      assert.deepEqual(await items(""), [
        "more.txt",
        "production/carts/remediation.yaml",
        "prometheus/sli.yaml",
        "shipyard.yaml",
      ]);
      assert.equal((await items(`?revision=${first.revision}`)).length, 3);
      assert.equal((await served.get("/v1/projects/shown/resources?revision=nope")).status, 404);
      assert.equal((await served.get("/v1/projects/shown/revisions?limit=1")).body.items.length, 1);
    });
  });

  describe("one file", () => {
    before(() => apply("single", { files: FILES, replace: true }));
    const carts = "/v1/projects/single/stages/production/services/carts/resources";

    it("is read at its three levels", async () => {
      const { body, headers } = await served.get(`${carts}/remediation.yaml`);
      assert.equal(body, REMEDIATION);
      assert.match(headers.get("etag") ?? "", /^"[0-9a-f]{64}"$/);
      assert.equal(headers.get("content-type"), "application/yaml");
      const project = await served.get("/v1/projects/single/resources/prometheus/sli.yaml");
      assert.equal(project.body, FILES["prometheus/sli.yaml"]);
      await served.call("PUT", "/v1/projects/single/stages/production/resources/remediation.yaml", {
        text: REMEDIATION,
      });
      assert.equal((await served.get("/v1/projects/single/resources/production/remediation.yaml")).status, 200);
    });

    it("may have slashes in its name, also encoded", async () => {
      const created = await served.call("PUT", `${carts}/prometheus%2Fsli.yaml`, {
        text: FILES["prometheus/sli.yaml"],
      });
      assert.equal(created.status, 201, JSON.stringify(created.body));
      assert.equal((await served.get(`${carts}/prometheus/sli.yaml`)).body, FILES["prometheus/sli.yaml"]);
      assert.equal((await served.get(`${carts}/prometheus%2fsli.yaml`)).status, 200);
    });

    it("keeps every byte of its text", async () => {
      const text = "\ufeffü\r\n\t€\u{1f600}\n";
      await served.call("PUT", `${carts}/odd.txt`, { text });
      assert.equal((await served.journal.files("single"))?.files.get("production/carts/odd.txt"), text);
      const raw = await fetch(`${served.url}${carts}/odd.txt`);
      assert.deepEqual(Buffer.from(await raw.arrayBuffer()), Buffer.from(text));
    });

    it("of an older revision can be read", async () => {
      const { headers } = await served.get(`${carts}/remediation.yaml`);
      const text = REMEDIATION.replace("+1", "+2");
      await served.call("PUT", `${carts}/remediation.yaml`, { text });
      assert.equal((await served.get(`${carts}/remediation.yaml`)).body, text);
      const old = await served.get(`${carts}/remediation.yaml?revision=${headers.get("x-revision")}`);
      assert.equal(old.body, REMEDIATION);
    });

    it("is not overwritten when it has changed meanwhile", async () => {
      const path = `${carts}/guarded.txt`;
      const put = (text: string, headers: Record<string, string>) => served.call("PUT", path, { text, headers });
      const created = await put("1", { "if-none-match": "*" });
      assert.equal(created.status, 201);
      assert.equal((await put("2", { "if-none-match": "*" })).status, 412);
      const etag = created.headers.get("etag")!;
      const both = await Promise.all([put("a", { "if-match": etag }), put("b", { "if-match": etag })]);
      assert.deepEqual(both.map(({ status }) => status).sort(), [200, 412]);
      assert.equal((await served.call("DELETE", path, { headers: { "if-match": etag } })).status, 412);
      assert.equal((await put("c", { "if-match": "*" })).status, 200);
      const unchanged = await served.call("GET", path, {
        headers: { "if-none-match": (await served.get(path)).headers.get("etag")! },
      });
      assert.equal(unchanged.status, 304);
    });

    it("can be deleted once", async () => {
      await served.call("PUT", `${carts}/gone.txt`, { text: "x" });
      const { status, body } = await served.call("DELETE", `${carts}/gone.txt`);
      assert.equal(status, 200);
      assert.deepEqual(body.changed, [{ path: "production/carts/gone.txt", change: "removed" }]);
      assert.equal((await served.call("DELETE", `${carts}/gone.txt`)).status, 404);
      assert.equal((await served.get(`${carts}/gone.txt`)).status, 404);
    });

    it("with findings stays out, and the old one in force", async () => {
      const { status, body } = await served.call("PUT", `${carts}/slo.yaml`, { text: "objectives:\n  - slii: x\n" });
      assert.equal(status, 422);
      assert.match(body.errors[0].detail, /^production\/carts\/slo\.yaml:\d+:\d+: /);
      assert.equal((await served.get(`${carts}/slo.yaml`)).status, 404);
    });

    it("that is no UTF-8, too large, or of a strange type is refused", async () => {
      const send = (body: string | Buffer, type: string) =>
        fetch(`${served.url}${carts}/x.yaml`, { method: "PUT", body, headers: { "content-type": type } });
      assert.equal((await send(Buffer.from([0xff, 0xfe]), "text/plain")).status, 400);
      assert.equal((await send("x".repeat(1_048_577), "text/plain")).status, 413);
      assert.equal((await send("x", "image/png")).status, 415);
    });

    for (const path of [
      "/v1/projects/single/resources/../../../etc/passwd",
      "/v1/projects/single/resources/..%2f..%2fetc%2fpasswd",
      "/v1/projects/single/resources/a/%2e%2e/b",
      "/v1/projects/single/resources/.hidden",
      "/v1/projects/single/resources/a%5cb",
      "/v1/projects/single/resources/a%00b",
      "/v1/projects/%2e%2e/resources/x",
      "/v1/projects/single/stages/%2e%2e/resources/x",
      "/v1/projects/single/stages/a%2fb/resources/x",
      "/v1/projects/single/stages/a/services/..%2f..%2fb/resources/x",
      "/v1/projects/single/resources/%zz",
    ]) {
      it(`${path} leads nowhere`, async () => {
        const status = await rawStatus(served.url, `GET ${path} HTTP/1.1`);
        assert.ok(status === 400 || status === 404, String(status));
      });
    }
  });
});

/** fetch would tidy the path before it is sent. */
function rawStatus(url: string, requestLine: string): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () =>
      socket.write(`${requestLine}\r\nhost: localhost\r\nconnection: close\r\n\r\n`),
    );
    socket.on("error", reject);
    socket.once("data", (data) => resolve(Number(data.toString("latin1").split(" ")[1])));
  });
}
