import { readFileSync } from "node:fs";
import { join } from "node:path";
import { production } from "./lockfile.ts";

/**
 * The bill of materials of what the product needs to run, as CycloneDX 1.6. It says nothing but what the lockfile says, so
 * that the same lockfile always gives the same text.
 */
export function billOfMaterials(root: string): object {
  const { version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, string>;
  const { packages, direct } = production(root);
  const self = `pkg:npm/evenkeel@${version}`;
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: {
        ...{ type: "application", "bom-ref": self, name: "evenkeel", version, purl: self },
        licenses: [{ license: { id: license } }],
      },
    },
    components: [...packages.values()].map(({ id, name, version: of, integrity }) => ({
      ...{ type: "library", "bom-ref": purl(id), name, version: of, purl: purl(id) },
      hashes: [{ alg: "SHA-512", content: hexOf(integrity) }],
    })),
    dependencies: [
      { ref: self, dependsOn: [...direct.keys()].map(purl) },
      ...[...packages.values()].map(({ id, needs }) => ({ ref: purl(id), dependsOn: needs.map(purl) })),
    ],
  };
}

/** The name that tools know a package by. */
const purl = (id: string) => `pkg:npm/${id.replace(/^@/, "%40")}`;

function hexOf(integrity: string): string {
  const hash = /^sha512-([A-Za-z0-9+/]{86}==)$/.exec(integrity)?.[1];
  if (hash === undefined) throw new Error(`no SHA-512 in the lockfile: ${integrity}`);
  return Buffer.from(hash, "base64").toString("hex");
}
