import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { installScripts, productionPackages } from "../scripts/docs-supply-chain.ts";
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

  it("installs what the lockfile says, and nothing else", () => {
    assert.match(readText("scripts/setup.mjs"), /--frozen-lockfile/);
    assert.match(readText("deploy/Dockerfile"), /--frozen-lockfile|scripts\/setup\.mjs/);
  });

  it("needs few packages to run", () => {
    const packages = productionPackages(root);
    for (const name of ["express", "pg", "pino", "zod", "bullmq"])
      assert.ok(
        packages.some((one) => one.startsWith(`${name}@`)),
        `${name} is among them`,
      );
    assert.ok(!packages.some((one) => /^(mocha|typescript|prettier)@/.test(one)));
  });
});
