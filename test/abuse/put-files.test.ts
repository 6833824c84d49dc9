import assert from "node:assert/strict";
import { exchange, faultOf, type Answer } from "./support/answers.ts";
import { startApp, type Running } from "./support/app.ts";
import { HOSTILE_TEXTS } from "./support/hostile-texts.ts";
import { HOSTILE_YAML } from "./support/hostile-yaml.ts";

const SHIPYARD = "stages:\n  - name: production\n    remediation_strategy: automated\n";
const KINDS = ["shipyard.yaml", "production/carts/remediation.yaml", "production/carts/slo.yaml"];
const MORE_KINDS = ["production/carts/service.yaml", "production/carts/prometheus/sli.yaml", "notes.txt"];
const PLACES = [
  ...["..", ".", "../shipyard.yaml", "a/../shipyard.yaml", "%2e%2e/shipyard.yaml", "..%2fshipyard.yaml", "a%2fb.yaml"],
  ...[
    "..%5c..%5cboot.ini",
    "%00",
    "a%00.yaml",
    "a%0a.yaml",
    ".hidden",
    "a/.hidden",
    "a//b.yaml",
    "%2fetc%2fpasswd",
    "a%5cb",
  ],
  ...[
    "con",
    "a".repeat(300),
    "a/".repeat(40) + "b.yaml",
    "%ff.yaml",
    "%ed%a0%80.yaml",
    "__proto__",
    "constructor/prototype",
  ],
  ...[
    "%E2%80%AEtxt.yaml",
    "a%1b%5b2J.yaml",
    "shipyard.yaml/",
    "shipyard.yaml%20",
    "SHIPYARD.YAML",
    "-rf",
    "$(id)",
    "~",
    "%25",
  ],
];

describe("files from strangers", () => {
  let app: Running;
  before(async function () {
    this.timeout(60_000);
    app = await startApp();
    assert.equal((await put("shop", "shipyard.yaml", SHIPYARD)).status, 201);
  });
  after(() => app.close());

  function put(project: string, path: string, body: string | Buffer, type = "application/yaml"): Promise<Answer> {
    const headers = { "content-type": type };
    return exchange(app, {
      method: "PUT",
      path: `/v1/projects/${project}/resources/${path}`,
      headers,
      body: Buffer.from(body),
    });
  }
  function putAll(project: string, files: Record<string, unknown>): Promise<Answer> {
    const headers = { "content-type": "application/json" };
    const body = Buffer.from(JSON.stringify({ files }));
    return exchange(app, { method: "PUT", path: `/v1/projects/${project}/resources`, headers, body });
  }
  const describeFault = (name: string) => (answer: Answer) => {
    const fault = faultOf(answer);
    return fault && `${name}: ${fault}`;
  };

  for (const [turn, [name, text]] of Object.entries(HOSTILE_YAML).entries()) {
    it(`${name}: refused with its line, or in force`, async function () {
      this.timeout(30_000);
      // Every kind of file in turn: they share one reader, and the fuzzing goes through all of them.
      for (const kind of [...KINDS, ...MORE_KINDS].filter((_, n) => (n + turn) % 3 === 0)) {
        const answer = await put("hostile", kind, text);
        assert.equal(describeFault(kind)(answer), undefined);
        assert.ok([200, 201, 400, 413, 422].includes(answer.status), `${kind}: ${answer.status}`);
      }
    });
  }

  it("hostile texts as whole files", async function () {
    this.timeout(60_000);
    for (const [name, text] of Object.entries(HOSTILE_TEXTS)) {
      for (const kind of KINDS)
        assert.equal(describeFault(`${name} as ${kind}`)(await put("hostile", kind, text)), undefined);
      const value = JSON.stringify(text);
      const answer = await put("hostile", "shipyard.yaml", `stages:\n  - name: ${value}\n    ${value}: ${value}\n`);
      assert.equal(describeFault(`${name} inside`)(answer), undefined);
      assert.ok(answer.status >= 400, `${name} is no name of a stage`);
    }
  });

  it("at any path: never outside of the project, never a 5xx", async () => {
    for (const path of PLACES) {
      const answer = await put("shop", path, "text", "text/plain");
      assert.equal(describeFault(path)(answer), undefined);
      const project = await put(path, "a.yaml", "a: 1\n");
      assert.equal(describeFault(`project ${path}`)(project), undefined);
      if (!/^[a-z]+$/.test(path)) assert.ok(project.status >= 400, `${path} is no name of a project`);
    }
    const many = Object.fromEntries(PLACES.map((path) => [decodeURIComponentLoosely(path), "x"]));
    const all = await putAll("shop", many);
    assert.equal(describeFault("all at once")(all), undefined);
    assert.ok([400, 422].includes(all.status), `${all.status}`);
  });

  it("that ask for what no action can do: refused with its line, by either way in", async () => {
    const remediation = (action: string, value: string) =>
      `remediations:\n  - name: Slow\n    actions:\n      - action: ${action}\n        value: ${value}\n`;
    const cases: [text: string, expected: RegExp][] = [
      [remediation("scaling", "banana"), /remediation\.yaml:5:16: .*banana|remediation\.yaml:5:16: /],
      [remediation("scalling", "+1"), /remediation\.yaml:4:17: .*did you mean scaling\?/],
      [remediation("webhook", "{ url: 'ftp://x' }"), /remediation\.yaml:5:\d+: /],
      [remediation("constructor", "+1"), /remediation\.yaml:4:17: /],
    ];
    const path = "production/carts/remediation.yaml";
    for (const [text, expected] of cases) {
      for (const answer of [await put("shop", path, text), await putAll("shop", { [path]: text })]) {
        assert.equal(answer.status, 422, text);
        const { code, detail } = JSON.parse(answer.text) as { code: string; detail: string };
        assert.equal(code, "invalid-files");
        assert.match(detail, expected);
      }
    }
    assert.equal(
      (await put("shop", path, remediation("escalate", "{ to: 5 }"))).status,
      201,
      "people must be told all the same",
    );
    assert.equal((await put("shop", path, remediation("Scaling", '"+1"'))).status, 200);
  });

  it("of any content-type, size and encoding", async () => {
    const cases: [string | Buffer, string][] = [
      [Buffer.from("ff00fe", "hex"), "application/yaml"],
      [Buffer.from(`\ufeff${SHIPYARD}`, "utf16le"), "application/yaml"],
      [`\ufeff${SHIPYARD}`, "application/yaml"],
      ["a: \0", "application/yaml"],
      ["", "application/yaml"],
      [SHIPYARD, "multipart/form-data; boundary=x"],
      [SHIPYARD, "application/x-www-form-urlencoded"],
      [SHIPYARD, "text/html"],
      [" ".repeat(1_048_577), "application/yaml"],
      [" ".repeat(1_048_576), "text/plain"],
      ["\0".repeat(1000), "application/octet-stream"],
    ];
    for (const [body, type] of cases) {
      for (const path of ["shipyard.yaml", "notes.bin"]) {
        const answer = await put("hostile", path, body, type);
        assert.equal(describeFault(`${type} ${body.length}`)(answer), undefined);
      }
    }
  });

  it("leave what was in force as it was", async () => {
    const path = "/v1/projects/shop/resources/shipyard.yaml";
    const answer = await exchange(app, { method: "GET", path, headers: {}, body: Buffer.alloc(0) });
    assert.equal(answer.text, SHIPYARD);
    assert.deepEqual(app.errors(), []);
  });
});

function decodeURIComponentLoosely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
