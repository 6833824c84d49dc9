import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { sliProviders } from "@evenkeel/evaluation-worker";
import { Reason, registry } from "@evenkeel/events";
import { alertSources } from "@evenkeel/problem-ingester";
import { actionKinds } from "@evenkeel/remediation-engine";
import { settingsReference } from "@evenkeel/runtime";
import { createProgram } from "../cli/src/program.ts";
import { generate } from "../scripts/docs.ts";
import { filesBelow, readText, root } from "./support/workspace.ts";

const pages = [
  ...["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"],
  ...filesBelow("docs", (path) => path.endsWith(".md")),
];

describe("the generated reference", () => {
  it("is what the code says now", async function () {
    this.timeout(60_000);
    for (const [path, text] of await generate()) {
      assert.ok(existsSync(join(root, path)) && readText(path) === text, `${path} is out of date: run npm run docs`);
    }
  });

  it("has nothing that is not generated", async function () {
    this.timeout(60_000);
    const generated = await generate();
    const strangers = filesBelow("docs/reference").filter((path) => !generated.has(path));
    assert.deepEqual(strangers, [], "Write into another folder of docs/, or generate it in scripts/docs.ts");
  });

  const mentions = (path: string, words: readonly string[]) => {
    const text = readText(path);
    const missing = words.filter((word) => !text.includes(`\`${word}\``));
    assert.deepEqual(missing, [], `${path} does not mention these`);
  };

  it("names every setting with its environment variable", () => {
    const rows = settingsReference();
    mentions("docs/reference/settings.md", [...rows.map(({ path }) => path), ...rows.map(({ env }) => env)]);
  });

  it("names every event with its type", () => {
    const types = Object.values(registry).map(([type]) => type);
    mentions("docs/reference/events.md", [...Object.keys(registry), ...types.filter((type) => type !== "")]);
  });

  it("names every command", () => {
    const text = readText("docs/reference/cli.md");
    for (const command of createProgram()
      .commands.map((one) => one.name())
      .filter((name) => !name.startsWith("_"))) {
      assert.match(text, new RegExp(`^#+ evenkeel ${command}$`, "m"));
    }
  });
});

describe("the guides", () => {
  it("explain every action", () => {
    for (const { name } of actionKinds)
      assert.match(readText("docs/remediation-yaml.md"), new RegExp(`^#+ \`${name}\``, "m"));
  });

  it("explain every SLI provider", () => {
    for (const { name } of sliProviders)
      assert.match(readText("docs/slo-and-sli.md"), new RegExp(`^#+ \`${name}\``, "m"));
  });

  it("have a page for every alert source", () => {
    for (const { name } of alertSources)
      assert.ok(existsSync(join(root, `docs/${name}.md`)), `docs/${name}.md is missing`);
  });

  it("explain every reason for which a run ends", () => {
    const text = readText("docs/how-it-decides.md");
    for (const reason of Reason.options) assert.ok(text.includes(`| \`${reason}\``), `how-it-decides.md: ${reason}`);
  });

  it("are all listed in docs/README.md", () => {
    const text = readText("docs/README.md");
    const guides = filesBelow("docs", (path) => path.endsWith(".md") && path !== "docs/README.md");
    const missing = guides.map((path) => path.slice("docs/".length)).filter((path) => !text.includes(`(${path})`));
    assert.deepEqual(missing, [], "Link these from docs/README.md");
  });
});

describe("links", () => {
  for (const page of pages) {
    it(`of ${page} lead somewhere`, () => {
      for (const target of linksOf(readText(page))) {
        if (/^(https?:|mailto:)/.test(target)) continue;
        const [file = "", anchor] = target.split("#");
        const path = file === "" ? page : posix.normalize(posix.join(posix.dirname(page), file));
        assert.ok(existsSync(join(root, path)), `${page}: ${target} does not exist`);
        if (anchor && path.endsWith(".md"))
          assert.ok(anchorsOf(readText(path)).has(anchor), `${page}: no heading for ${target}`);
      }
    });
  }
});

describe("the tree in README.md", () => {
  it("has a line for every folder", () => {
    const text = readText("README.md");
    const folders = ["packages", "services"].flatMap((group) => [
      group,
      ...new Set(filesBelow(group, (path) => path.endsWith("/package.json")).map((path) => path.split("/")[1]!)),
    ]);
    for (const folder of [...folders, "cli", "shipyards", "deploy", "docs", "test", "scripts"]) {
      assert.match(text, new RegExp(`^ *${folder}/ +\\S`, "m"), `README.md has no line for ${folder}/`);
    }
  });
});

/** Targets of the links in a page; code is left out. */
function linksOf(text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, "").replaceAll(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
}

/** Anchors of the headings, as GitHub makes them. */
function anchorsOf(text: string): Set<string> {
  const headings = text.replaceAll(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}
