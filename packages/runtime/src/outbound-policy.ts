import { isIP } from "node:net";
import { blockList, contains, isBlockedAddress, plainAddress } from "./addresses.ts";
import { ProviderError } from "./errors.ts";

/** Decides where we may connect. Answers undefined for yes, else the reason for no. */
export interface OutboundPolicy {
  /** The URL as written, before any name is looked up. */
  url(url: URL): string | undefined;
  /** Every address that the name of `url` has; one blocked address refuses them all. */
  addresses(url: URL, addresses: readonly string[]): string | undefined;
}

/**
 * @param allow what the operator opens beyond the public internet: networks (10.2.0.0/16), addresses, host names,
 *   each but networks also with a port (prometheus.monitoring.svc:9090).
 * @throws RangeError for an entry that is none of these
 */
export function outboundPolicy(allow: readonly string[]): OutboundPolicy {
  const networks: string[] = [];
  const hosts = new Set<string>();
  for (const entry of allow) {
    if (entry.includes("/") || isIP(entry)) networks.push(entry);
    else hosts.add(hostEntry(entry));
  }
  const allowed = blockList(networks);
  const isNamed = (url: URL) => hosts.has(plainHost(url)) || hosts.has(`${plainHost(url)}:${portOf(url)}`);
  const isFine = (address: string) => contains(allowed, address) || !isBlockedAddress(address);

  return {
    url(url) {
      if (url.protocol !== "http:" && url.protocol !== "https:")
        return `scheme ${url.protocol} is neither http: nor https:`;
      if (url.username || url.password) return "the URL carries credentials";
      const host = plainHost(url);
      if (!isIP(host) || isNamed(url) || isFine(host)) return undefined;
      return `${host} is not public; outbound.allow can allow it`;
    },
    addresses(url, addresses) {
      if (addresses.length === 0) return "the name has no address";
      if (isNamed(url)) return undefined;
      const bad = addresses.find((address) => !isFine(address));
      return bad && `${plainHost(url)} resolves to ${bad}, which is not public; outbound.allow can allow it`;
    },
  };
}

export function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    throw new ProviderError("refused", "the URL cannot be read", { cause });
  }
}

/** The host without brackets, final dot and IPv6 spelling variants. */
export function plainHost(url: URL): string {
  return plainAddress(url.hostname.replace(/\.$/, ""));
}

export function portOf(url: URL): string {
  return url.port || (url.protocol === "https:" ? "443" : "80");
}

function hostEntry(entry: string): string {
  let url: URL;
  try {
    url = new URL(`http://${entry}`);
  } catch {
    throw new RangeError(`not a network, address, host or host:port: ${entry}`);
  }
  if (url.pathname !== "/" || url.search || url.username || url.hash)
    throw new RangeError(`not a network, address, host or host:port: ${entry}`);
  const port = /:(\d+)$/.exec(entry.replace(/\[.*\]/, ""))?.[1];
  return port ? `${plainHost(url)}:${port}` : plainHost(url);
}
