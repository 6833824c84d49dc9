import { escalate } from "./escalate.ts";
import { scaling } from "./scaling.ts";
import type { ActionKind } from "./types.ts";
import { webhook } from "./webhook.ts";

/** Every kind of action, alphabetical. */
export const actionKinds: readonly ActionKind[] = [escalate, scaling, webhook];

/** The kind that a remediation.yaml's `action:` names, in any letter case; undefined when nobody offers it. */
export const actionKind = (name: string): ActionKind | undefined =>
  actionKinds.find((kind) => kind.name === name.toLowerCase());

export type * from "./types.ts";
