import { isIP } from "node:net";
import { isLoopbackHost, plainAddress } from "./addresses.ts";

/**
 * Whether a Host header names us. A page that rebinds its own name to our address still sends its name (DNS rebinding), so that
 * names must be listed; an address cannot be rebound and is always fine.
 * @param allowed host names; `*.example.org` for all below, `*` for any
 */
export function hostCheck(allowed: readonly string[]): (header: string | undefined) => boolean {
  const names = new Set(allowed.map((name) => name.toLowerCase().replace(/:\d+$/, "")));
  const below = [...names].filter((name) => name.startsWith("*.")).map((name) => name.slice(1));
  return (header) => {
    if (names.has("*")) return true;
    const host = hostName(header);
    if (host === undefined) return false;
    return (
      isIP(plainAddress(host)) !== 0 ||
      isLoopbackHost(host) ||
      names.has(host) ||
      below.some((suffix) => host.endsWith(suffix))
    );
  };
}

/** The name in a Host header, without port, brackets and final dot; undefined for what is none. */
export function hostName(header: string | undefined): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[^\s:/?#@[\]]+)(?::\d{0,5})?$/i.exec(header ?? "");
  return match?.[1]
    ?.toLowerCase()
    .replace(/\.$/, "")
    .replace(/^\[|\]$/g, "");
}
