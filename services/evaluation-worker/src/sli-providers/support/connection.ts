import { z } from "zod";

/** How a source's certificate is checked, and how we show ours. PEM texts. */
export const Tls = z
  .strictObject({
    ca: z.string().optional(),
    cert: z.string().optional(),
    key: z.string().optional(),
    insecureSkipVerify: z.boolean().optional(),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    message: "a client certificate needs both cert and key",
  });

/** Base address of a source. Credentials in it would end up in logs, so they are refused. */
export const BaseUrl = z.url({ protocol: /^https?$/, error: "expected an http:// or https:// address" }).refine(
  (text) => {
    const url = new URL(text);
    return url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  },
  { message: "expected an address without user name, password, query or fragment" },
);

/** The host for messages: says where, shows no path. */
export function hostOf(baseUrl: string): string {
  return new URL(baseUrl).host;
}

/** Appends to a base address, whether or not that ends in a slash. */
export function under(baseUrl: string, path: string): string {
  return `${baseUrl.replace(/\/+$/, "")}/${path}`;
}
