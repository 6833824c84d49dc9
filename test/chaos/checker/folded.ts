import { isDeepStrictEqual } from "node:util";
import { evolve, holdsTarget, type Remediation } from "@evenkeel/remediation";
import type { History, Violation } from "./history.ts";

/** I4: at no place of the log do two runs hold one target. I5: the fold of the log is the stored projection. */
export function folded({ events, remediations }: History): Violation[] {
  const found: Violation[] = [];
  const states = new Map<string, Remediation>();
  const holders = new Map<string, string>();
  for (const event of events) {
    const before = states.get(event.context);
    const state = evolve(before, event);
    if (!state) continue;
    states.set(event.context, state);
    const key = Object.values(state.target).join("/");
    const holder = holders.get(key);
    if (!holdsTarget(state)) {
      if (holder === state.context) holders.delete(key);
    } else if (holder === undefined) holders.set(key, state.context);
    else if (holder !== state.context) {
      const text = `at seq ${event.seq} both ${holder} and ${state.context} hold ${key}`;
      if (!(before && holdsTarget(before))) found.push({ invariant: "I4", text });
    }
  }
  return [...found, ...differences(states, remediations)];
}

function differences(folds: ReadonlyMap<string, Remediation>, stored: ReadonlyMap<string, Remediation>): Violation[] {
  const report = (text: string): Violation => ({ invariant: "I5", text });
  const found: Violation[] = [];
  for (const context of new Set([...folds.keys(), ...stored.keys()])) {
    const fold = folds.get(context);
    const kept = stored.get(context);
    if (!fold) found.push(report(`context ${context} is stored as ${kept?.phase}, and the log knows no run of it`));
    else if (!kept) found.push(report(`context ${context} is ${fold.phase} by the log, and not stored`));
    else if (!isDeepStrictEqual(plain(fold), plain(kept))) {
      found.push(
        report(`context ${context} is ${fold.phase} by the log and stored as ${kept.phase}: ${unequal(fold, kept)}`),
      );
    }
  }
  return found;
}

function unequal(a: Remediation, b: Remediation): string {
  const [left, right] = [plain(a), plain(b)];
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return `they differ in ${names.filter((name) => !isDeepStrictEqual(left[name], right[name])).join(", ")}`;
}

/** As JSON has it: without fields that are undefined. */
const plain = (state: Remediation) => JSON.parse(JSON.stringify(state)) as Record<string, unknown>;
