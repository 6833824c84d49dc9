import { ProviderError } from "@evenkeel/runtime";

// RFC 1123 labels and subdomains, as the API server checks them for namespaces and for workloads.
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const MAX_LABEL = 63;
const MAX_SUBDOMAIN = 253;

/** Whether Kubernetes takes this as a namespace's name. */
export const isNamespace = (name: string): boolean => name.length <= MAX_LABEL && LABEL.test(name);

/** Whether Kubernetes takes this as the name of a workload or an autoscaler. */
export const isName = (name: string): boolean =>
  name.length <= MAX_SUBDOMAIN && name.split(".").every((part) => LABEL.test(part));

/** A name that goes into a path. Throws ProviderError "refused": a name with `/` or `..` would reach another object. */
export function pathName(what: "namespace" | "name", value: string): string {
  if (what === "namespace" ? isNamespace(value) : isName(value)) return value;
  const found = value === "" ? "an empty text" : JSON.stringify(value.slice(0, 80));
  throw new ProviderError(
    "refused",
    `${found} is not a Kubernetes ${what}: expected lower-case letters, digits and "-", beginning and ending with a letter or digit`,
  );
}
