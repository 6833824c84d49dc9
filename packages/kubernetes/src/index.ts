export { createKubernetes, type KubernetesOptions } from "./create.ts";
export { isName, isNamespace } from "./names.ts";
export type * from "./types.ts";
