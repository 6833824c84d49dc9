import type { ComponentChildren, JSX } from "preact";
import { PHASES, plural } from "../format.ts";
import type { StatusView } from "../types.ts";
import { Badge, Card, Link } from "../ui/parts.tsx";

const STORAGE = { embedded: "PostgreSQL of its own, in the data directory", postgres: "PostgreSQL server" } as const;
const QUEUE = { postgres: "in the database", redis: "Redis" } as const;
const FAMILIES: Readonly<Record<string, string>> = {
  sources: "Alert sources",
  actions: "Actions",
  "sli-providers": "SLI providers",
};

export function System({ status }: { status: StatusView }): JSX.Element {
  const { version, storage, queue, streams, cursor, latestCursor, phases, providers } = status;
  const unfinished = PHASES.filter((phase) => phase !== "finished" && (phases[phase] ?? 0) > 0);
  return (
    <Card title="System">
      <dl class="system">
        <Fact name="Version">{version}</Fact>
        <Fact name="Storage">{STORAGE[storage]}</Fact>
        <Fact name="Queue">{QUEUE[queue]}</Fact>
        <Fact name="Log">
          {cursor === latestCursor ? (
            <Badge word={{ text: "followed to its end", tone: "good" }} />
          ) : (
            <Badge word={{ text: "catching up", tone: "run" }} />
          )}{" "}
          <span class="muted small">at {latestCursor}</span>
        </Fact>
        <Fact name="Live readers">{plural(streams, "stream")}</Fact>
        <Fact name="Runs">
          {plural(phases["finished"] ?? 0, "run")} finished
          {unfinished.map((phase) => (
            <span key={phase}>
              {", "}
              <Link to={`/remediations?phase=${phase}`}>
                {phases[phase]} {phase}
              </Link>
            </span>
          ))}
        </Fact>
        {Object.entries(providers).map(([family, names]) => (
          <Fact key={family} name={FAMILIES[family] ?? family}>
            <span class="codes">
              {names.map((name) => (
                <code key={name}>{name}</code>
              ))}
            </span>
          </Fact>
        ))}
      </dl>
    </Card>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
