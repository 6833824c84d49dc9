import type { JSX } from "preact";
import type { Source } from "../../../src/routes/sources.ts";
import { href } from "../base.ts";
import { plural, type Word } from "../format.ts";
import { Ago, Badge, Card, CopyButton, Empty } from "../ui/parts.tsx";

export function Sources({ sources }: { sources: readonly Source[] }): JSX.Element {
  return (
    <Card title="Sources">
      {sources.length === 0 ? (
        <Empty title="No source is plugged into this process">
          <p>Problems are taken in by another process; this one shows them.</p>
        </Empty>
      ) : (
        <div class="scroll">
          <table class="table as-cards" role="table" aria-label="Sources">
            <thead role="rowgroup">
              <tr role="row">
                {["Source", "Heard", "Lately", "Posts to"].map((name) => (
                  <th key={name} role="columnheader" scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody role="rowgroup">
              {sources.map((source) => (
                <SourceRow key={source.name} source={source} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

function SourceRow({ source: { name, lastReceived, recent, webhook } }: { source: Source }): JSX.Element {
  const url = webhook && location.origin + href(webhook);
  return (
    <tr role="row">
      <th role="rowheader" scope="row">
        {name}
      </th>
      <td role="cell" data-label="Heard">
        {lastReceived ? <Ago time={lastReceived} /> : <Badge word={{ text: "never", tone: "quiet" }} />}
      </td>
      <td role="cell" data-label="Lately">
        {recent.notifications === 0 ? (
          <span class="muted">nothing</span>
        ) : (
          <span class="outcomes">
            {Object.entries(recent.outcomes).map(([outcome, count]) => (
              <Badge key={outcome} word={outcomeWord(outcome, count)} />
            ))}
          </span>
        )}
      </td>
      <td role="cell" data-label="Posts to">
        {url ? (
          <span class="webhook">
            <code>{url}</code>
            <CopyButton text={url} label="Copy" />
          </span>
        ) : (
          <span class="muted">/v1/events</span>
        )}
      </td>
    </tr>
  );
}

const TEXTS: Readonly<Record<string, string>> = { triggered: "began a run", joined: "joined a run" };

function outcomeWord(outcome: string, count: number): Word {
  const text = `${count} ${TEXTS[outcome] ?? outcome}`;
  if (outcome === "unrouted") return { text, tone: "warn" };
  return {
    text: count === 1 ? text : plural(count, "", "").trim() + text.slice(String(count).length),
    tone: outcome === "triggered" ? "good" : "quiet",
  };
}
