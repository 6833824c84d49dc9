import type { Target } from "./target.ts";

export interface PlacedFile {
  path: string;
  /** Below its level. */
  uri: string;
  level: "service" | "stage" | "project";
  /** The file of a closer level that is read instead. */
  hiddenBy?: string;
}

/** The files of a project that can count for a service, the closest first. */
export function filesOf(paths: readonly string[], { stage, service }: Target): PlacedFile[] {
  const all = new Set(paths);
  const levels = [`${stage}/${service}/`, `${stage}/`, ""];
  return paths
    .flatMap((path): PlacedFile[] => {
      const parts = path.split("/");
      const provider = parts.at(-1) === "sli.yaml" ? 2 : 1;
      const depth = Math.min(2, parts.length - provider);
      const prefix = levels[2 - depth]!;
      if (!path.startsWith(prefix)) return [];
      const level = (["project", "stage", "service"] as const)[depth]!;
      const uri = path.slice(prefix.length);
      // SLI files of all levels are merged; of the others only the closest counts.
      const closer = levels.slice(0, 2 - depth).map((other) => other + uri);
      const hiddenBy = provider === 2 || level === "service" ? undefined : closer.find((other) => all.has(other));
      return [{ path, uri, level, ...(hiddenBy && { hiddenBy }) }];
    })
    .sort((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level) || (a.path < b.path ? -1 : 1));
}

const ORDER = ["service", "stage", "project"] as const;
