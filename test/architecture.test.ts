import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { sliProviders } from "@evenkeel/evaluation-worker";
import { alertSources } from "@evenkeel/problem-ingester";
import { actionKinds } from "@evenkeel/remediation-engine";
import {
  importsOf,
  isTestCode,
  packageOf,
  readJson,
  readText,
  resolveImport,
  root,
  sourceFiles,
  workspacePackages,
  type Import,
} from "./support/workspace.ts";

const packages = workspacePackages();
const names = new Set(packages.map(({ name }) => name));
const atRoot = Object.keys((readJson("package.json") as { devDependencies: object }).devDependencies);

/** Fails with one line for each finding, and what to do about them. */
function none(findings: readonly string[], advice: string): void {
  assert.deepEqual(findings, [], `${advice}\n  ${findings.join("\n  ")}`);
}

describe("the tree", () => {
  // .gitignore names what else may lie around in a checkout.
  const ALLOWED = new Set([
    ...[".ci", ".github", "bench", "cli", "deploy", "docs", "packages", "scripts", "services", "shipyards", "test"],
    ...["README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docker-compose.yml"],
    ...["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", "tsconfig.json"],
    ...[".dockerignore", ".editorconfig", ".gitattributes", ".gitignore", ".mocharc.json", ".node-version", ".npmrc"],
    ...[".oxlintrc.json", ".prettierignore", ".prettierrc.json"],
  ]);

  it("has nothing at the top but what README.md explains", function () {
    const listed = spawnSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" });
    const tops = listed.status === 0 ? listed.stdout.split("\0").filter(Boolean).map(topOf) : readdirSync(root);
    const ignored = new Set(["node_modules", "dist", ".evenkeel", ".git"]);
    const strangers = [...new Set(tops)].filter((top) => !ALLOWED.has(top) && !ignored.has(top));
    none(strangers, "Move these into a folder, or add them to ALLOWED in this test and to the tree in README.md:");
  });

  it("has packages that are called as their folders, with one public face", () => {
    const findings = packages
      .filter(({ folder }) => folder !== "test")
      .flatMap(({ folder, name, exports }) => [
        ...(name === `@evenkeel/${basename(folder)}` ? [] : [`${folder} is called ${name}`]),
        ...(exports["."] === `${folder}/src/index.ts` ? [] : [`${folder} exports ${exports["."]} as its face`]),
      ]);
    none(findings, "Name a package @evenkeel/<folder> and export ./src/index.ts in its package.json:");
  });

  const topOf = (path: string) => path.split("/")[0]!;
});

describe("imports", () => {
  const all = packages.flatMap((owner) =>
    sourceFiles(owner)
      .flatMap(importsOf)
      .map((found) => ({ owner, ...found, library: packageOf(found.specifier) })),
  );
  const show = ({ file, specifier }: Import) => `${file} imports ${specifier}`;

  it("are what package.json says: nothing is imported that is not listed there", () => {
    const findings = all.filter(({ owner, library, file }) => {
      if (library === undefined || owner.dependencies.includes(library)) return false;
      return !(isTestCode(file) && [...owner.devDependencies, ...atRoot].includes(library));
    });
    none(findings.map(show), 'List these in the package.json of their package ("catalog:" or "workspace:*"):');
  });

  it("are what package.json says: nothing is listed that nobody uses", () => {
    // The tests' own package may hold what the next test needs.
    const findings = packages
      .filter(({ folder }) => folder !== "test")
      .flatMap((owner) => {
        const files = sourceFiles(owner);
        const imported = (test: boolean) =>
          new Set(all.filter((i) => i.owner === owner && (test || !isTestCode(i.file))).map((i) => i.library));
        // Resolved by name, as the embedded PostgreSQL and --import=tsx, is used as well.
        const named = (library: string) => files.some((file) => new RegExp(`["'=]${library}["']`).test(readText(file)));
        const idle = (library: string, test: boolean) => !imported(test).has(library) && !named(library);
        return [
          ...owner.dependencies.filter((library) => idle(library, false)),
          ...owner.devDependencies.filter((library) => idle(library, true)),
        ].map((library) => `${owner.folder}/package.json lists ${library}`);
      });
    none(findings, "Remove these, or move what only tests use to devDependencies:");
  });

  it("leave the pure packages pure", () => {
    const mayBorrowTypes: Readonly<Record<string, readonly string[]>> = {
      "packages/evaluation": [],
      "packages/remediation": ["@evenkeel/events"],
    };
    const findings = all.filter(({ owner, file, specifier, typeOnly }) => {
      const types = mayBorrowTypes[owner.folder];
      if (!types || isTestCode(file) || specifier.startsWith(".")) return false;
      return !(typeOnly && types.includes(specifier));
    });
    none(findings.map(show), "Decide here, act in a service: pass in what this package would import:");
  });

  it("never lead from one service to another, nor from a package to a service", () => {
    const rank = (folder: string) => ["packages", "services", "cli", "test"].indexOf(folder.split("/")[0]!);
    const findings = all.filter(({ owner, library }) => {
      const other = packages.find(({ name }) => name === library);
      if (!other || other === owner) return false;
      const isSibling = rank(other.folder) === rank(owner.folder) && owner.folder.startsWith("services/");
      return isSibling || rank(other.folder) > rank(owner.folder);
    });
    none(findings.map(show), "Services talk through the log. Move what two of them share to packages/:");
  });

  it("never reach into another package past its public face", () => {
    const findings = all.filter(({ owner, file, specifier, library }) => {
      if (library && names.has(library)) return resolveImport({ file, specifier } as Import, packages) === undefined;
      const target = specifier.startsWith(".") ? resolveImport({ file, specifier } as Import, packages) : undefined;
      return target !== undefined && !target.startsWith(`${owner.folder}/`) && owner.folder !== "test";
    });
    none(findings.map(show), "Import the package by its name; export what is missing from its src/index.ts:");
  });

  it("make no cycles between files", () => {
    const edges = new Map<string, string[]>();
    for (const found of all) {
      const target = found.typeOnly || found.dynamic ? undefined : resolveImport(found, packages);
      if (target) edges.set(found.file, [...(edges.get(found.file) ?? []), target]);
    }
    none(cycles(edges), "Move what both need to a third file, or use import type where only types are meant:");
  });

  it("make no cycles between packages", () => {
    const edges = new Map(
      packages.map(({ name, dependencies }) => [name, dependencies.filter((library) => names.has(library))]),
    );
    none(cycles(edges), "Move what both packages need to a third, or into the one that is lower:");
  });
});

describe("doors", () => {
  /** What runs in the product; the simulator is a world of its own. */
  const product = packages
    .filter(({ folder }) => folder !== "test" && folder !== "packages/simulator")
    .flatMap(sourceFiles)
    .filter((file) => !isTestCode(file) && !file.endsWith("/local-source.ts"));
  const having = (...signs: readonly RegExp[]) =>
    product.filter((file) => signs.some((sign) => sign.test(readText(file))));

  it("lead out in one place, but for the API server and the command line's own server", () => {
    const found = having(
      /from "(undici|node:https|node:http2|node:tls|node:dgram)"/,
      /import \{[^}]*\b(request|get|Agent)\b[^}]*\} from "node:http"/,
      /import \{[^}]*\b(connect|createConnection|Socket)\b[^}]*\} from "node:net"/,
      /(\bawait|\breturn|[=>(,:?]) *fetch\(|new (WebSocket|EventSource|XMLHttpRequest)\(/,
    );
    const advice =
      "Call out by the Outbound that is handed in (packages/runtime/src/outbound-fetch.ts): it knows where we may.";
    assert.deepEqual(
      found,
      ["cli/src/client/http.ts", "packages/kubernetes/src/connection.ts", "packages/runtime/src/outbound-fetch.ts"],
      advice,
    );
  });

  it("are made for programs of ours alone: nothing of a request becomes a command", () => {
    assert.deepEqual(
      having(/from "node:(child_process|vm|worker_threads|cluster)"/, /\beval\(|new Function\(/),
      ["processes", "server", "watchdog"].map((name) => `packages/embedded/src/${name}.ts`),
      "Only the embedded PostgreSQL is started by us:",
    );
  });

  it("lead in by the tables of routes, each of which says who may", () => {
    const mounting = having(/\b(router|routes|handler|app)\.(get|post|put|delete|patch|all|use|route)\(|\brouter\[/);
    const advice =
      "Add a line to a table: services/bridge/src/table.ts, or a source's. A test calls each with every scope.";
    assert.deepEqual(
      mounting,
      [
        "cli/src/platform.ts",
        "packages/runtime/src/http-health.ts",
        "packages/runtime/src/http.ts",
        "services/bridge/src/register.ts",
        "services/bridge/src/web.ts",
        "services/problem-ingester/src/routes.ts",
      ],
      advice,
    );
  });
});

/** Each cycle once, as a → b → a. */
function cycles(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (node: string): void => {
    const at = path.indexOf(node);
    if (at >= 0) return void found.push([...path.slice(at), node].join(" → "));
    if (done.has(node)) return;
    path.push(node);
    for (const next of edges.get(node) ?? []) visit(next);
    path.pop();
    done.add(node);
  };
  for (const node of edges.keys()) visit(node);
  return found;
}

describe("plugins", () => {
  const families = [
    {
      folder: "services/problem-ingester/src/sources",
      registry: "alertSources",
      listed: alertSources.map(({ name }) => name),
    },
    {
      folder: "services/remediation-engine/src/actions",
      registry: "actionKinds",
      listed: actionKinds.map(({ name }) => name),
    },
    {
      folder: "services/evaluation-worker/src/sli-providers",
      registry: "sliProviders",
      listed: sliProviders.map(({ name }) => name),
    },
  ];

  for (const { folder, registry, listed } of families) {
    const files = readdirSync(join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts"))
      .map((entry) => entry.name)
      .filter((name) => name !== "types.ts" && name !== "index.ts");
    const plugins = files.map((name) => name.replace(/\.ts$/, ""));

    it(`${folder}: the folder's listing is the list of features, in alphabetical order`, () => {
      const advice = `One file named as its plugin, and one line in ${registry} of ${folder}/index.ts, alphabetical:`;
      assert.deepEqual(listed, plugins.toSorted(), advice);
    });

    it(`${folder}: no plugin imports its neighbour`, () => {
      const findings = files.flatMap((name) =>
        importsOf(`${folder}/${name}`)
          .filter(({ specifier }) => plugins.some((other) => specifier === `./${other}.ts`))
          .map(({ specifier }) => `${folder}/${name} imports ${specifier}`),
      );
      none(findings, `Move what two plugins share to ${folder}/support/:`);
    });

    it(`${folder}: every plugin has a test beside it`, () => {
      const found = readdirSync(join(root, folder));
      const untested = plugins.filter((name) => !found.some((f) => f.startsWith(`${name}.`) && f.endsWith(".test.ts")));
      none(untested, "Add <name>.test.ts with the sender's documented payloads, and with bad ones:");
    });
  }
});
