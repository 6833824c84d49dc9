import type { JSX } from "preact";
import { plural, safeUrl } from "../format.ts";
import type { Problem } from "../types.ts";

type Label = readonly [name: string, value: string];

/** What one looks for first: what it means, and what to do. */
const FIRST = /^(descriptions?$|summary$|runbook)/i;

/** What the sender says of the problem beside its title. */
export function Labels({ problem }: { problem: Problem }): JSX.Element {
  const labels = Object.entries(problem.labels).toSorted(([a], [b]) => a.localeCompare(b));
  const isFirst = ([name, value]: Label) => FIRST.test(name) && value !== problem.title;
  const first = labels.filter(isFirst);
  const rest = labels.filter((label) => !isFirst(label));
  return (
    <>
      {first.length > 0 && <LabelList labels={first} />}
      {rest.length > 0 && (
        <details class="more">
          <summary>{plural(rest.length, first.length > 0 ? "more label" : "label")}</summary>
          <LabelList labels={rest} />
        </details>
      )}
    </>
  );
}

function LabelList({ labels }: { labels: readonly Label[] }): JSX.Element {
  return (
    <dl class="labels">
      {labels.map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>
            {webLink(value) ? (
              <a href={webLink(value)} target="_blank" rel="noopener noreferrer">
                {value}
              </a>
            ) : (
              value
            )}
          </dd>
        </>
      ))}
    </dl>
  );
}

/** An address and nothing else; a sentence that begins with one is none. */
function webLink(value: string): string | undefined {
  return /\s/.test(value) ? undefined : safeUrl(value);
}
