import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { get, post } from "../api.ts";
import { formatClock } from "../format.ts";
import { useLiveReload } from "../live/live.ts";
import { useLoad } from "../load.ts";
import { zone } from "../prefs.ts";
import type { EvaluationState } from "../types.ts";
import { Confirm } from "../ui/confirm.tsx";
import { Icon } from "../ui/icons.tsx";
import { Link, Trouble } from "../ui/parts.tsx";
import type { Target } from "./target.ts";

/** Asks how far to look back, and says what evaluating by hand does before it is done. */
export function Evaluate({
  target,
  onDone,
  onClose,
}: {
  target: Target;
  onDone: (context: string) => void;
  onClose: () => void;
}): JSX.Element {
  // Clicked twice, or sent again after a lost answer, it is one evaluation.
  const key = useMemo(() => `${Date.now()}-${Math.random()}`, []);
  const evaluate = async (timeframe: string) => {
    const headers = { "idempotency-key": `${key} ${timeframe}` };
    onDone((await post<{ context: string }>("/v1/evaluations", { ...target, timeframe }, headers)).context);
  };
  return (
    <Confirm
      title={`Evaluate ${target.service} now`}
      field={{ label: "Look back over, such as 5m or 1h30m", value: "5m", missing: "Say how far to look back." }}
      does="Evaluate"
      keeps="Cancel"
      onConfirm={evaluate}
      onClose={onClose}
    >
      The SLIs of {target.service} in {target.stage} are read over this time, up to now, and scored by slo.yaml. Nothing
      is changed on the service, and no remediation begins. The result stands in the log with your name, and later
      evaluations may be compared with it.
    </Confirm>
  );
}

/** What was asked for, until it is there. */
export function Asked({ context, onFinished }: { context: string; onFinished: (id: string) => void }): JSX.Element {
  const path = `/v1/evaluations/${encodeURIComponent(context)}`;
  const { data, error, reload } = useLoad(path, (signal) => get<EvaluationState>(path, {}, signal));
  useLiveReload(({ shkeptncontext }) => shkeptncontext === context, reload);
  const id = data?.evaluation?.id;
  useEffect(() => {
    if (id) onFinished(id);
  }, [id]);
  if (error) return <Trouble error={error} what="the evaluation that was asked for" retry={reload} />;
  if (data?.state === "parked")
    return (
      <p class="notice tone-bad" role="alert">
        <Icon name="bad" />
        <span>
          The evaluation failed too often: {data.error} It is in the <Link to="/engine-room">engine room</Link>.
        </span>
      </p>
    );
  const window = data && `${formatClock(data.window.start, zone.value)} – ${formatClock(data.window.end, zone.value)}`;
  return (
    <p class="notice tone-run" role="status">
      <Icon name="run" />
      <span>Evaluating {window} …</span>
    </p>
  );
}
