import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { installScripts, WHY } from "../scripts/docs-supply-chain.ts";
import { production, readYaml } from "../scripts/lockfile.ts";
import { billOfMaterials } from "../scripts/sbom.ts";
import { readJson, readText, root } from "./support/workspace.ts";

const HOOKS = ["preinstall", "install", "postinstall"];

/** Folders of everything that is installed: node_modules/.pnpm/<id>/node_modules/<name>. */
function installed(): string[] {
  const store = join("node_modules", ".pnpm");
  return readdirSync(join(root, store)).flatMap((id) => {
    const folder = join(store, id, "node_modules");
    if (!existsSync(join(root, folder))) return [];
    const names = readdirSync(join(root, folder)).flatMap((name) =>
      name.startsWith("@") ? readdirSync(join(root, folder, name)).map((inner) => `${name}/${inner}`) : [name],
    );
    return names.map((name) => join(folder, name, "package.json")).filter((path) => existsSync(join(root, path)));
  });
}

describe("the supply chain", () => {
  it("has no script that runs when it is installed, and lists every package that would like to", () => {
    const listed = installScripts(root);
    assert.ok(
      Object.values(listed).every((may) => !may),
      "allowBuilds in pnpm-workspace.yaml must all be false",
    );
    const wanting = installed().flatMap((path) => {
      const { name, scripts = {} } = readJson(path) as { name: string; scripts?: Record<string, string> };
      return HOOKS.some((hook) => hook in scripts) ? [name] : [];
    });
    const strangers = [...new Set(wanting)].filter((name) => !(name in listed));
    assert.deepEqual(strangers, [], "Look at these before they are listed with false in allowBuilds:");
  });

  it("has exact versions with a hash for each package, and none from elsewhere than the registry", () => {
    const lockfile = readText("pnpm-lock.yaml");
    assert.doesNotMatch(lockfile, /^ {4}resolution: \{(?!integrity: sha512-)/m);
    assert.doesNotMatch(lockfile, /git\+|codeload\.github|tarball: /);
  });

  it("asks for exact versions, none of them younger than a week", () => {
    const { catalog, overrides, minimumReleaseAge } = readYaml(root, "pnpm-workspace.yaml") as Record<string, object>;
    const versions = [...Object.entries(catalog!), ...Object.entries(overrides!)].filter(([, of]) => of !== "-");
    const loose = versions.filter(([, of]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(String(of)));
    assert.deepEqual(loose, []);
    assert.equal(minimumReleaseAge, 7 * 24 * 60);
  });

  it("installs what the lockfile says, and nothing else", () => {
    assert.match(readText("scripts/setup.mjs"), /--frozen-lockfile/);
    assert.match(readText("deploy/Dockerfile"), /--frozen-lockfile|scripts\/setup\.mjs/);
  });

  it("needs no more packages to run than it did, and says why each that it imports is there", () => {
    const { packages, direct } = production(root);
    assert.ok(packages.size <= 180, `${packages.size} packages; what has come in, and is it worth it?`);
    const names = [...direct.keys()].map((id) => packages.get(id)!.name);
    assert.deepEqual(names, Object.keys(WHY).sort(), "WHY in scripts/docs-supply-chain.ts:");
    for (const name of ["mocha", "typescript", "prettier", "util", "process", "msgpackr-extract"])
      assert.ok(![...packages.values()].some((one) => one.name === name), `${name} is not needed to run`);
  });

  describe("its bill of materials", () => {
    interface Bom {
      bomFormat: string;
      components: { "bom-ref": string; purl: string; hashes: { alg: string; content: string }[] }[];
      dependencies: { ref: string; dependsOn: string[] }[];
    }
    const bom = billOfMaterials(root) as Bom;
    const lockfile = readText("pnpm-lock.yaml");

    it("has every package with the hash that the lockfile has", () => {
      assert.equal(bom.bomFormat, "CycloneDX");
      assert.equal(bom.components.length, production(root).packages.size);
      for (const { purl, hashes } of bom.components) {
        const id = purl.replace("pkg:npm/", "").replace("%40", "@");
        const key = id.startsWith("@") ? `'${id}'` : id;
        const hash = Buffer.from(hashes[0]!.content, "hex").toString("base64");
        assert.ok(lockfile.includes(`\n  ${key}:\n    resolution: {integrity: sha512-${hash}}`), id);
      }
    });

    it("has what needs what, from the product down to the last of them", () => {
      const needs = new Map(bom.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
      const seen = new Set<string>();
      const visit = (ref: string): void => {
        if (seen.has(ref)) return;
        seen.add(ref);
        assert.ok(needs.has(ref), ref);
        needs.get(ref)!.forEach(visit);
      };
      visit(bom.dependencies[0]!.ref);
      assert.equal(seen.size, bom.components.length + 1);
      assert.ok(needs.get("pkg:npm/express@5.3.0")?.some((ref) => ref.startsWith("pkg:npm/router@")));
    });

    it("has every package that is installed for the command line to run", () => {
      const listed = new Set(bom.components.map(({ purl }) => purl));
      for (const name of ["express", "pg", "pino", "zod", "bullmq", "cloudevents", "undici"]) {
        const found = installed().find((path) => path.endsWith(`/node_modules/${name}/package.json`));
        const { version } = readJson(found!) as { version: string };
        assert.ok(listed.has(`pkg:npm/${name}@${version}`), name);
      }
    });
  });

  describe("the audit", function () {
    this.timeout(60_000);
    const weakness = {
      ...{ id: 1, url: "https://github.com/advisories/GHSA-aaaa-bbbb-cccc", title: "Prototype pollution" },
      ...{ severity: "high", vulnerable_versions: "<99.0.0", cwe: [], cvss: { score: 7, vectorString: null } },
    };
    for (const [what, status, body, code, said] of [
      ["no weakness is known", 200, {}, 0, /\d{2,} packages asked about, 0 known weaknesses/],
      ["one is", 200, { express: [weakness] }, 1, /high: express [\d.]+: Prototype pollution \(https:.*GHSA-aaaa/],
      ["the registry does not answer audits", 405, {}, 2, /^NOT AUDITED: .*[^]*405/],
      ["the registry answers something else", 200, "<html>", 2, /^NOT AUDITED: /],
    ] as const) {
      it(`ends with ${code} when ${what}`, async () => {
        const registry = createServer((request, response) => {
          request.resume().on("end", () => response.writeHead(status).end(JSON.stringify(body)));
        });
        registry.listen(0, "127.0.0.1");
        await once(registry, "listening");
        const { port } = registry.address() as AddressInfo;
        const audit = spawn(process.execPath, ["scripts/audit.mjs", `http://127.0.0.1:${port}`], { cwd: root });
        let output = "";
        for (const stream of [audit.stdout, audit.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
        const [found] = (await once(audit, "close")) as [number];
        registry.close();
        registry.closeAllConnections();
        assert.equal(found, code, output);
        assert.match(output, said);
      });
    }

    it("is a part of the continuous build, which a known weakness ends", () => {
      assert.match(readText(".ci/run"), /^node scripts\/audit\.mjs \|\| \[\[ \$\? == 2 \]\]$/m);
    });
  });
});
