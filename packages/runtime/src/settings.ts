import { homedir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { blockList } from "./addresses.ts";
import { ALL_PROJECTS, isVerb, VERBS } from "./authorize.ts";
import type { Verb } from "./authorize.ts";
import { duration } from "./duration.ts";

/** A text that must never be shown. In files also `{ file: path }` or `{ env: NAME }`; in the environment also `<NAME>_FILE`. */
const secret = () => z.string().min(1).meta({ secret: true });
const httpUrl = () => z.url({ protocol: /^https?$/, error: "expected an http:// or https:// URL" });
const labels = (...names: string[]) => z.array(z.string().min(1)).default(names);
const networks = () => z.array(z.string().refine(isNetwork, "expected an address or a network such as 10.2.0.0/16"));
const projectNames = () => z.array(z.string().min(1)).min(1).default([ALL_PROJECTS]);
const verb = z
  .string()
  .refine(isVerb, `expected one of ${VERBS.join(", ")}, events:write:<source>`)
  .transform((text) => text as Verb);

/** So high that no storm of real alerts and no wall of dashboards comes near it. */
const rate = (of: string) =>
  z
    .strictObject({
      perSecond: z.number().int().min(1).max(1_000_000).default(5_000).describe(`${of}: a second, in the long run`),
      burst: z.number().int().min(1).max(10_000_000).default(20_000).describe(`${of}: at once`),
    })
    .prefault({});

const Tls = z.strictObject({
  ca: secret().optional().describe("PEM of the authority to trust instead of the system's"),
  cert: secret().optional().describe("PEM of our client certificate"),
  key: secret().optional().describe("PEM of our client key"),
  insecureSkipVerify: z.boolean().default(false).describe("accept any certificate; for experiments only"),
});

/** How an alert sender proves who it is. `token`: like the API, and from loopback only while no API token exists. */
export const SourceAuth = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("token").describe("how callers prove who they are") }),
  z.strictObject({ type: z.literal("bearer"), tokens: z.array(secret()).min(1).describe("any of them is accepted") }),
  z.strictObject({
    type: z.literal("basic"),
    users: z
      .array(
        z.strictObject({
          username: z.string().min(1).describe("user name"),
          password: secret().describe("its password"),
        }),
      )
      .min(1),
  }),
  z.strictObject({
    type: z.literal("hmac"),
    secrets: z.array(secret()).min(1).describe("all are valid at once, so that a secret can be rotated"),
    header: z.string().min(1).default("x-signature").describe("request header that carries the signature"),
    prefix: z.string().default("").describe("text before the signature, such as sha256="),
    encoding: z.enum(["hex", "base64"]).default("hex").describe("how the signature is written"),
    timestampHeader: z
      .string()
      .min(1)
      .optional()
      .describe("header with the sending time; then `<time>:<body>` is what is signed"),
    tolerance: duration.prefault("5m").describe("how far that time may be from ours"),
  }),
]);
export type SourceAuth = z.infer<typeof SourceAuth>;

const Mapping = z.strictObject({
  project: labels("keptn_project", "project").describe("labels that name the project, first found wins"),
  stage: labels("keptn_stage", "stage").describe("labels that name the stage"),
  service: labels("keptn_service", "service", "deployment", "app").describe("labels that name the service"),
  namespacePattern: z.string().default("{project}-{stage}").describe("how a namespace label is taken apart"),
});

const Source = z.strictObject({
  auth: SourceAuth.default({ type: "token" }).describe("token, bearer, basic or hmac"),
  allow: networks()
    .default([])
    .describe("networks and addresses that may send, beside proving who they are; empty: any"),
  projects: projectNames().describe(
    "projects that a sender with secrets of its own may speak of; * is all. API tokens have their own",
  ),
  mapping: Mapping.prefault({}),
});
export type SourceSettings = z.infer<typeof Source>;

const timeout = () =>
  z.number().int().min(100).max(300_000).default(30_000).describe("how long one query may take, milliseconds");

const Prometheus = z.strictObject({
  url: httpUrl().describe("base URL of the Prometheus API"),
  auth: z
    .discriminatedUnion("type", [
      z.strictObject({ type: z.literal("none").describe("how we prove who we are") }),
      z.strictObject({
        type: z.literal("basic"),
        username: z.string().min(1).describe("user name"),
        password: secret().describe("its password"),
      }),
      z.strictObject({ type: z.literal("bearer"), token: secret().describe("bearer token") }),
    ])
    .default({ type: "none" }),
  headers: z
    .record(z.string(), secret().describe("value of that header"))
    .default({})
    .describe("further headers, such as X-Scope-OrgID"),
  tls: Tls.optional(),
  timeoutMs: timeout(),
});

const Dynatrace = z.strictObject({
  tenantUrl: httpUrl().describe("https://<id>.live.dynatrace.com"),
  apiToken: secret().describe("scopes metrics.read, slo.read, problems.read"),
  timeoutMs: timeout(),
});

/** A provider that is not listed brings its own schema; its settings are passed on as they are. */
const sliProviders = { prometheus: Prometheus.optional(), dynatrace: Dynatrace.optional() };
const OtherProvider = z.record(z.string(), z.unknown());

const Sli = z
  .object({
    provider: z.string().min(1).default("prometheus").describe("SLI provider when a service names none"),
    ...sliProviders,
  })
  .catchall(OtherProvider);

const ProjectSli = z
  .object({ provider: z.string().min(1).optional().describe("SLI provider of this project"), ...sliProviders })
  .catchall(OtherProvider);

const Secrets = z.record(z.string(), secret().describe("value that webhook actions refer to as this name"));

const Token = z.strictObject({
  name: z.string().min(1).describe("shown in the log instead of the token"),
  token: z
    .string()
    .min(16, "expected at least 16 characters")
    .meta({ secret: true })
    .describe("at least 16 characters, better 32 random ones"),
  scopes: z
    .array(verb)
    .min(1)
    .default(["read", "write"])
    .describe(
      `what it may do: ${VERBS.join(", ")}, events:write:<source>; write includes read and the finer ones, admin is all`,
    ),
  projects: projectNames().describe("projects in which it may; * is all, and what belongs to none"),
});

/** Every setting of Evenkeel. The reference page, the JSON Schema and the environment names are all derived from it. */
export const Settings = z.strictObject({
  dataDir: z
    .string()
    .min(1)
    .default(defaultDataDir)
    .meta({ defaultText: "$XDG_DATA_HOME/evenkeel or ~/.local/share/evenkeel" })
    .describe("where the embedded database lives"),
  database: z
    .strictObject({
      url: secret().optional().describe("PostgreSQL; unset: an embedded one in dataDir"),
      migrationUrl: secret().optional().describe("the same with a role that may change the schema; unset: url"),
    })
    .prefault({}),
  queue: z
    .strictObject({ redisUrl: secret().optional().describe("Redis for the queue; unset: the database is the queue") })
    .prefault({}),
  server: z
    .strictObject({
      host: z.string().min(1).default("127.0.0.1").describe("address to listen on; not loopback only with tokens"),
      port: z.number().int().min(0).max(65535).default(8484).describe("port to listen on; 0: any free one"),
      allowedHosts: z.array(z.string().min(1)).default([]).describe("host names we answer to; *.example.org or *"),
      trustedProxies: networks()
        .default([])
        .describe("proxies whose X-Forwarded-For is believed; for intake.sources.<name>.allow and rateLimit"),
      rateLimit: z
        .strictObject({
          perAddress: rate("requests of one address (of one /64 with IPv6), whoever it is"),
          perCaller: rate("requests of one token, or of one alert source, once it is known who calls"),
        })
        .prefault({}),
      tokens: z.array(Token).default([]).describe("API tokens beside those of `evenkeel token`"),
      publicUrl: httpUrl().optional().describe("how others reach us; used in links"),
      shutdownDelay: duration.prefault("0s").describe("how long to stay up, not ready, before stopping"),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"])
        .default("info")
        .describe("least level that is written"),
      format: z.enum(["auto", "pretty", "json"]).default("auto").describe("auto: pretty on a terminal, else json"),
    })
    .prefault({}),
  intake: z
    .strictObject({
      maxBodyBytes: z.number().int().min(1024).max(67_108_864).default(1_048_576).describe("largest body accepted"),
      sources: z
        .object({ alertmanager: Source.prefault({}), dynatrace: Source.prefault({}), events: Source.prefault({}) })
        .catchall(Source)
        .prefault({})
        .describe("per alert source: how it authenticates, how labels name a service"),
    })
    .prefault({}),
  kubernetes: z
    .strictObject({
      kubeconfig: z
        .string()
        .min(1)
        .optional()
        .describe("path; unset: ~/.kube/config, else the pod's own service account"),
      namespacePattern: z.string().default("{project}-{stage}").describe("namespace of a service"),
      allowedNamespaces: z
        .array(z.string().min(1))
        .default([])
        .describe("namespaces beside the pattern's that the files of a project may name"),
      targetNames: labels("{service}-primary", "{service}").describe("Deployments to look for, in this order"),
      bounds: z
        .strictObject({
          min: z.number().int().min(0).default(1).describe("fewest replicas an action may set"),
          max: z.number().int().min(1).default(10).describe("most replicas an action may set"),
        })
        .refine((bounds) => bounds.min <= bounds.max, { error: "expected min to be at most max" })
        .prefault({}),
    })
    .prefault({}),
  remediation: z
    .strictObject({
      wait: duration.prefault("10m").describe("between an action and its evaluation"),
      settle: duration.prefault("60s").describe("first part of the wait that the evaluation leaves out"),
      actionTimeout: duration.prefault("5m").describe("how long an action may take"),
      evaluationRetries: z.number().int().min(0).max(100).default(3).describe("tries more when there are no values"),
    })
    .prefault({}),
  sli: Sli.prefault({}),
  projects: z
    .record(z.string(), z.strictObject({ sli: ProjectSli.optional(), secrets: Secrets.optional() }))
    .default({})
    .describe("what differs in one project"),
  outbound: z
    .strictObject({
      allow: z
        .array(z.string().min(1))
        .default([])
        .describe("private networks and hosts we may call: CIDR, host, host:port"),
    })
    .prefault({}),
  escalation: z
    .strictObject({
      webhook: z
        .strictObject({
          url: httpUrl().meta({ secret: true }).describe("where escalations are posted"),
          headers: z.record(z.string(), secret().describe("value of that header")).default({}),
          secret: secret().optional().describe("signs with the Standard Webhooks headers"),
        })
        .optional(),
    })
    .prefault({}),
  secrets: Secrets.default({}).describe("values that webhook actions of every project can refer to by name"),
  engine: z
    .strictObject({ concurrency: z.number().int().min(1).max(1000).default(10).describe("tasks worked on at once") })
    .prefault({}),
  evaluation: z
    .strictObject({
      concurrency: z.number().int().min(1).max(1000).default(10).describe("evaluations worked on at once"),
    })
    .prefault({}),
});
export type Settings = z.infer<typeof Settings>;
export type ApiToken = z.infer<typeof Token>;
export type PrometheusSettings = z.infer<typeof Prometheus>;
export type DynatraceSettings = z.infer<typeof Dynatrace>;

/** The settings of one alert source; one that is not configured has the defaults. */
export function sourceSettings(settings: Settings, source: string): SourceSettings {
  return Object.hasOwn(settings.intake.sources, source) ? settings.intake.sources[source]! : Source.parse({});
}

/** The SLI settings of one project: its own, and the general ones for what it does not say. */
export function sliSettings(settings: Settings, project: string): Settings["sli"] {
  const own = Object.hasOwn(settings.projects, project) ? settings.projects[project]?.sli : undefined;
  if (!own) return settings.sli;
  const said = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return { ...settings.sli, ...said } as Settings["sli"];
}

/** A secret of one project's own, or one that every project may use. Whoever may use it can send it wherever they like. */
export function secretOf(settings: Settings, project: string, name: string): string | undefined {
  const own = Object.hasOwn(settings.projects, project) ? settings.projects[project]?.secrets : undefined;
  if (own && Object.hasOwn(own, name)) return own[name];
  return Object.hasOwn(settings.secrets, name) ? settings.secrets[name] : undefined;
}

function isNetwork(text: string): boolean {
  try {
    blockList([text]);
    return true;
  } catch {
    return false;
  }
}

/** Of the XDG base directory specification. */
export function defaultDataDir(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(env["XDG_DATA_HOME"] || join(env["HOME"] || homedir(), ".local", "share"), "evenkeel");
}
