import type { IncomingMessage } from "node:http";

/**
 * The address of who sends: the socket's other end. Behind proxies that the operator has listed, the last address in
 * X-Forwarded-For that is none of them; what stands before it anybody may have written.
 */
export function clientAddress(
  request: Pick<IncomingMessage, "headers" | "socket">,
  isProxy: (address: string) => boolean,
): string | undefined {
  let address = request.socket.remoteAddress;
  const forwarded = [request.headers["x-forwarded-for"] ?? []].flat().join(",");
  const hops = forwarded === "" ? [] : forwarded.split(",").map((hop) => hop.trim());
  while (address !== undefined && isProxy(address) && hops.length > 0) address = hops.pop();
  return address;
}
