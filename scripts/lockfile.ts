import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

type Named = Readonly<Record<string, string | { version: string }>>;
interface Part {
  dependencies?: Named;
  optionalDependencies?: Named;
}
interface Lockfile {
  importers: Readonly<Record<string, Part>>;
  snapshots: Readonly<Record<string, Part>>;
  packages: Readonly<Record<string, { resolution: { integrity: string } }>>;
}

/** A package of the lockfile, once for each set of peers that it is installed with. */
export interface Locked {
  /** `name@version`. */
  id: string;
  name: string;
  version: string;
  /** Subresource integrity: `sha512-…`. */
  integrity: string;
  /** Ids. */
  needs: readonly string[];
}

export interface Production {
  /** What `evenkeel` needs to run, optional packages for other systems included, by id. */
  packages: ReadonlyMap<string, Locked>;
  /** Those that our own code imports: id → the folders that do. */
  direct: ReadonlyMap<string, readonly string[]>;
}

/** The root of the workspace has no dependency of its own that reads YAML; the command line has. */
export function readYaml(root: string, name: string): unknown {
  const { load } = createRequire(join(root, "cli", "package.json"))("js-yaml") as { load(text: string): unknown };
  return load(readFileSync(join(root, name), "utf8"));
}

/** Everything that is reached from the command line in pnpm-lock.yaml. */
export function production(root: string): Production {
  const { importers, snapshots, packages: details } = readYaml(root, "pnpm-lock.yaml") as Lockfile;
  const direct = new Map<string, string[]>();
  const packages = new Map<string, Locked>();
  const places = new Set<string>();

  const visitPackage = (key: string): void => {
    const id = plain(key);
    if (packages.has(id)) return;
    const at = id.lastIndexOf("@");
    const needs = keysIn(snapshots[key]);
    const { integrity } = details[id]!.resolution;
    const sorted = [...new Set(needs.map(plain))].sort();
    packages.set(id, { id, name: id.slice(0, at), version: id.slice(at + 1), integrity, needs: sorted });
    needs.forEach(visitPackage);
  };
  const visitPlace = (place: string): void => {
    if (places.has(place)) return;
    places.add(place);
    for (const key of keysIn(importers[place])) {
      const link = /@link:(.*)$/.exec(key)?.[1];
      if (link !== undefined) {
        visitPlace(join(place, link));
        continue;
      }
      direct.set(plain(key), [...(direct.get(plain(key)) ?? []), place]);
      visitPackage(key);
    }
  };
  visitPlace("cli");
  const sorted = <T>(map: ReadonlyMap<string, T>) => new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { packages: sorted(packages), direct: sorted(direct) };
}

/** All that some packages bring with them, themselves included, as if `without` did not exist. */
export function reached({ packages }: Production, from: Iterable<string>, without?: string): Set<string> {
  const seen = new Set<string>();
  const visit = (id: string): void => {
    if (id === without || seen.has(id)) return;
    seen.add(id);
    packages.get(id)!.needs.forEach(visit);
  };
  for (const id of from) visit(id);
  return seen;
}

/** Without the peers that it was installed with. */
const plain = (key: string) => key.replace(/\(.*$/, "");

function keysIn(part: Part | undefined): string[] {
  const all = { ...part?.dependencies, ...part?.optionalDependencies };
  return Object.entries(all).map(([name, value]) => `${name}@${typeof value === "string" ? value : value.version}`);
}
