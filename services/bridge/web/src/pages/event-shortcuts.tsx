import type { JSX } from "preact";
import { withQuery } from "../router.ts";
import type { EventCounts, Kind } from "../types.ts";
import { Chip, param, params } from "../ui/filters.tsx";
import { KIND_NAMES } from "./kinds.ts";

const GROUPS = [
  ["Problems", /^problem\b/],
  ["Runs", /^remediation\./],
  ["Actions", /^action\./],
  ["Evaluations", /^evaluation\./],
] as const;

/** What is looked for most, each with its number. */
export function EventShortcuts({ counts }: { counts?: EventCounts | undefined }): JSX.Element {
  const types = params("type");
  const result = param("result");
  const none = { type: undefined, result: undefined, status: undefined };
  const hasStatus = param("status") !== undefined;
  const nothing = types.length === 0 && !result && !hasStatus;
  const isOnly = (kinds: readonly Kind[]) =>
    types.length === kinds.length && kinds.every((kind) => types.includes(kind)) && !result && !hasStatus;
  /** None among those that were looked at says nothing of the others. */
  const told = (count: number | undefined) => (count || !counts?.more ? { count, more: counts?.more } : {});
  const sum = (kinds: readonly Kind[]) => counts && kinds.reduce((total, kind) => total + (counts.kinds[kind] ?? 0), 0);
  return (
    <nav class="chips" aria-label="Shortcuts">
      <Chip to={withQuery(none)} active={nothing} {...told(counts?.total)}>
        All
      </Chip>
      {GROUPS.map(([name, pattern]) => {
        const kinds = KIND_NAMES.filter((kind) => pattern.test(kind));
        return (
          <Chip key={name} to={withQuery({ ...none, type: kinds })} active={isOnly(kinds)} {...told(sum(kinds))}>
            {name}
          </Chip>
        );
      })}
      <Chip
        to={withQuery({ ...none, result: "fail" })}
        active={result === "fail" && types.length === 0 && !hasStatus}
        {...told(counts && (counts.results["fail"] ?? 0))}
      >
        Failed
      </Chip>
    </nav>
  );
}
