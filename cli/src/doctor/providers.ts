import { createOutbound, ProviderError, type Settings } from "@evenkeel/runtime";
import { fail, ok, reasonOf, warn, type Check } from "./check.ts";

const PATIENCE_MS = 4_000;

/** Do the data sources for SLIs answer, and take our credentials? */
export async function* checkProviders(settings: Settings): AsyncGenerator<Check> {
  const { prometheus, dynatrace, provider } = settings.sli;
  if (prometheus) yield await ask("prometheus", prometheus.url, "/api/v1/query?query=1", prometheusHeaders(prometheus));
  if (dynatrace) {
    const headers = { authorization: `Api-Token ${dynatrace.apiToken}` };
    yield await ask("dynatrace", dynatrace.tenantUrl, "/api/v2/metrics?pageSize=1", headers);
  }
  if (settings.sli[provider] === undefined)
    yield warn("sli", `the SLI provider ${provider} is not set up: no SLO can be evaluated`, `set sli.${provider}`);
}

function prometheusHeaders({ auth, headers }: NonNullable<Settings["sli"]["prometheus"]>): Record<string, string> {
  if (auth.type === "bearer") return { ...headers, authorization: `Bearer ${auth.token}` };
  if (auth.type === "none") return { ...headers };
  const pair = Buffer.from(`${auth.username}:${auth.password}`).toString("base64");
  return { ...headers, authorization: `Basic ${pair}` };
}

async function ask(name: string, base: string, path: string, headers: Record<string, string>): Promise<Check> {
  const outbound = createOutbound({ allow: [new URL(base).host] });
  try {
    const url = base.replace(/\/$/, "") + path;
    const { status } = await outbound({ url, method: "GET", headers, signal: AbortSignal.timeout(PATIENCE_MS) });
    if (status >= 200 && status < 300) return ok(name, base);
    const next = status === 401 || status === 403 ? `check the credentials in sli.${name}` : `check sli.${name}`;
    return fail(name, `${base} answers ${status}`, next);
  } catch (error) {
    if (!(error instanceof ProviderError) && !(error instanceof DOMException)) throw error;
    return fail(name, `${base}: ${reasonOf(error)}`, `check sli.${name}`);
  } finally {
    await outbound.close();
  }
}
