import type { JSX } from "preact";
import type { Source } from "../../../src/routes/sources.ts";
import { masked } from "../run/raw.tsx";
import type { Notification, Page } from "../types.ts";
import { Icon } from "../ui/icons.tsx";
import { Ago, Badge, Card, Link } from "../ui/parts.tsx";
import { labelsOf } from "./labels-of.ts";

/** What came in and belongs to no service that we know: why, and what would route it. */
export function Unrouted({
  unrouted,
  sources,
}: {
  unrouted: Page<Notification>;
  sources: readonly Source[];
}): JSX.Element {
  const { items, nextCursor } = unrouted;
  return (
    <Card title="Not routed">
      {items.length === 0 ? (
        <p class="calm">
          <Icon name="good" />
          Every notification found its service.
        </p>
      ) : (
        <ul class="unrouted">
          {items.map((notification) => (
            <Entry
              key={notification.seq}
              notification={notification}
              source={sources.find(({ name }) => name === notification.source)}
            />
          ))}
        </ul>
      )}
      {nextCursor && (
        <p class="muted small">
          These are the newest {items.length}; <Link to="/events?type=problem.unrouted">all are in the log</Link>.
        </p>
      )}
    </Card>
  );
}

function Entry({ notification, source }: { notification: Notification; source: Source | undefined }): JSX.Element {
  const { title, reason, count, lastReceived, firstReceived, context, body } = notification;
  const labels = labelsOf(body);
  return (
    <li>
      <div class="entry-head">
        <strong>{title || "without a title"}</strong>
        <Badge word={{ text: `from ${notification.source}`, tone: "quiet" }} />
        <span class="muted small">
          {count > 1 ? `${count.toLocaleString("en-US")} times, last ` : ""}
          <Ago time={lastReceived} />
          {count > 1 && (
            <>
              , first <Ago time={firstReceived} />
            </>
          )}
        </span>
      </div>
      {reason && (
        <ul class="reasons">
          {[...new Set(reason.split("; "))].map((part) => (
            <li key={part}>{part}</li>
          ))}
        </ul>
      )}
      <details>
        <summary>Route it</summary>
        <div class="route-help">
          {source?.mapping ? (
            <>
              <Mapping mapping={source.mapping} labels={labels} source={source.name} />
              <p>
                Either add what is missing as labels where the alert is defined, or tell Evenkeel which labels to look
                at, in its settings:
              </p>
              <pre tabIndex={0} aria-label="Settings that route it">
                {settingsFor(source.name, source.mapping, labels, reason)}
              </pre>
            </>
          ) : (
            <p>Name project, stage and service in the event itself.</p>
          )}
          {body && (
            <details>
              <summary>What came in</summary>
              <pre tabIndex={0} aria-label="What came in">
                {pretty(body)}
              </pre>
            </details>
          )}
          <p class="small">
            More: <code>docs/{notification.source === "dynatrace" ? "dynatrace" : "alertmanager"}.md</code>
            {context && (
              <>
                {" · "}
                <Link to={`/events?context=${encodeURIComponent(context)}`}>its events</Link>
              </>
            )}
          </p>
        </div>
      </details>
    </li>
  );
}

const FIELDS = ["project", "stage", "service"] as const;

function Mapping({
  mapping,
  labels,
  source,
}: {
  mapping: NonNullable<Source["mapping"]>;
  labels: ReadonlyMap<string, string>;
  source: string;
}): JSX.Element {
  return (
    <dl class="mapping">
      {FIELDS.map((field) => (
        <div key={field}>
          <dt>{field}</dt>
          <dd>
            looked at{" "}
            {mapping[field].map((label) => (
              <code key={label}>{label}</code>
            ))}
            {field !== "service" && (
              <>
                {" "}
                then <code>namespace</code> as <code>{mapping.namespacePattern}</code>
              </>
            )}
          </dd>
        </div>
      ))}
      <div>
        <dt>it has</dt>
        <dd>
          {labels.size === 0
            ? `no label that ${source} sends in a form that is known`
            : [...labels].map(([name, value]) => (
                <code key={name}>
                  {name}={String(masked(value, name))}
                </code>
              ))}
        </dd>
      </div>
    </dl>
  );
}

/** What the name of a label looks like that says it. */
const LIKELY = {
  project: /team|system|product/,
  stage: /env/,
  service: /job|app|component|workload|container|instance/,
};

/** For each that is missing, with a label that the notification has, where one looks as if it named that. */
function settingsFor(
  source: string,
  mapping: NonNullable<Source["mapping"]>,
  labels: ReadonlyMap<string, string>,
  reason: string | undefined,
): string {
  const missing = FIELDS.filter((field) => reason?.includes(`which ${field}`));
  const lines = (missing.length > 0 ? missing : FIELDS).map((field) => {
    const guess = [...labels.keys()].find((name) => LIKELY[field].test(name)) ?? `your_${field}_label`;
    return `        ${field}: [${[...mapping[field], guess].join(", ")}]`;
  });
  return ["intake:", "  sources:", `    ${source}:`, "      mapping:", ...lines].join("\n");
}

function pretty(body: string): string {
  try {
    return JSON.stringify(masked(JSON.parse(body)), null, 2);
  } catch {
    return String(masked(body));
  }
}
