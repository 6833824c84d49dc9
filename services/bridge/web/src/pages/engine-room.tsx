import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Source } from "../../../src/routes/sources.ts";
import type { TaskCount } from "../../../src/routes/task-counts.ts";
import { get } from "../api.ts";
import { now } from "../clock.ts";
import { healthOf } from "../engine/health.ts";
import { Sources } from "../engine/sources.tsx";
import { System } from "../engine/system.tsx";
import { Tasks } from "../engine/tasks.tsx";
import { Unrouted } from "../engine/unrouted.tsx";
import { useLiveReload } from "../live/live.ts";
import { useLoad } from "../load.ts";
import type { Notification, Page, StatusView, Task } from "../types.ts";
import { Icon } from "../ui/icons.tsx";
import { Loading, Trouble, useTitle } from "../ui/parts.tsx";
import "../styles/service.css";
import "../styles/tables.css";
import "../styles/engine.css";

export interface Engine {
  status: StatusView;
  counts: TaskCount[];
  /** Parked and overdue first, then what a worker has, then what is due next. */
  tasks: Task[];
  sources: Source[];
  unrouted: Page<Notification>;
}

const TASKS_SHOWN = 50;
const UNROUTED_SHOWN = 20;
/** Things become overdue and fall silent without any event. */
const LOOK_AGAIN_MS = 10_000;

async function read(signal: AbortSignal): Promise<Engine> {
  const [status, counts, tasks, sources, unrouted] = await Promise.all([
    get<StatusView>("/v1/status", {}, signal),
    get<{ items: TaskCount[] }>("/v1/tasks/counts", {}, signal),
    get<{ items: Task[] }>("/v1/tasks", { limit: TASKS_SHOWN }, signal),
    get<{ items: Source[] }>("/v1/sources", {}, signal),
    get<Page<Notification>>("/v1/notifications", { outcome: "unrouted", limit: UNROUTED_SHOWN }, signal),
  ]);
  return { status, counts: counts.items, tasks: tasks.items, sources: sources.items, unrouted };
}

export function EngineRoomPage(): JSX.Element {
  useTitle("Engine room");
  const { data, error, reload } = useLoad("engine room", read);
  useLiveReload(() => true, reload, 500);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && reload(), LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [reload]);
  return (
    <article class="engine">
      <header class="page-head">
        <h1>Engine room</h1>
        {data && <Health engine={data} />}
      </header>
      {error && <Trouble error={error} what="the state of the engine" retry={reload} />}
      {!data && !error && <Loading what="the state of the engine" />}
      {data && (
        <>
          <Tasks counts={data.counts} tasks={data.tasks} onChange={reload} />
          <Sources sources={data.sources} />
          <Unrouted unrouted={data.unrouted} sources={data.sources} />
          <System status={data.status} />
        </>
      )}
    </article>
  );
}

function Health({ engine }: { engine: Engine }): JSX.Element {
  const { tone, text } = healthOf(engine, now.value);
  return (
    <p class={`health tone-${tone}`} role="status">
      <Icon name={tone} />
      <span>{text}</span>
    </p>
  );
}
