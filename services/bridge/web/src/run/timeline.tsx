import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { now } from "../clock.ts";
import { formatSpan } from "../format.ts";
import { query, withQuery } from "../router.ts";
import { Icon } from "../ui/icons.tsx";
import { Clock, Link } from "../ui/parts.tsx";
import type { Step } from "./steps.ts";

/** The chain as bars, left to right or, where it is narrow, top to bottom. A click chooses the step whose events are shown. */
export function Timeline({ steps, running }: { steps: readonly Step[]; running: boolean }): JSX.Element {
  const list = useRef<HTMLOListElement>(null);
  const active = steps.findLastIndex((step) => step.state === "running" || step.state === "waiting");
  useEffect(() => {
    // Longer chains than the screen is wide show where the run is now.
    const element = list.current?.querySelector<HTMLElement>(".is-now");
    if (list.current && element) list.current.scrollLeft = element.offsetLeft - list.current.clientWidth / 2;
  }, [active]);
  return (
    <ol class="timeline" ref={list} aria-label="Timeline" tabIndex={0}>
      {steps.map((step, at) => (
        <Bar key={step.key} step={step} isNow={running && at === active} />
      ))}
    </ol>
  );
}

function Bar({ step, isNow }: { step: Step; isNow: boolean }): JSX.Element {
  const chosen = query.value.get("step") === step.key;
  const { kind, title, text, state, tone, start, due, held } = step;
  const progress = isNow && due && start ? share(start, due, held ?? now.value) : undefined;
  const body = (
    <>
      <span class={`bar bar-${state} tone-${tone}`} aria-hidden="true">
        {progress !== undefined && <span class="bar-progress" />}
        {isNow && (
          <span class="now">
            <span>now</span>
          </span>
        )}
      </span>
      <span class="step-body">
        <span class={`step-title tone-${tone}`}>
          <Icon name={kind} />
          {title}
        </span>
        <span class="step-text">{text}</span>
        <span class="step-time">
          <span class="visually-hidden">{state === "planned" ? "not yet" : state}. </span>
          <StepTime step={step} isNow={isNow} />
        </span>
      </span>
    </>
  );
  return (
    <li
      class={`step step-${kind} step-is-${state} ${isNow ? "is-now" : ""}`}
      style={{ flexGrow: weight(step), "--at": `${(progress ?? (held ? 0 : 1)) * 100}%` }}
    >
      {state === "planned" ? (
        <span class="step-link">{body}</span>
      ) : (
        <Link
          to={withQuery({ step: chosen ? undefined : step.key })}
          class="step-link"
          data-keep
          aria-current={chosen ? "true" : undefined}
        >
          {body}
        </Link>
      )}
    </li>
  );
}

function StepTime({ step, isNow }: { step: Step; isNow: boolean }): JSX.Element | null {
  const { start, end, due, state, held } = step;
  if (start === undefined) return <>not yet</>;
  if (held) return <strong class="tone-warn held">held: paused</strong>;
  if (isNow && due !== undefined) {
    const left = due - now.value;
    return (
      <strong class="countdown">{left > 0 ? `${formatSpan(Math.ceil(left / 1000) * 1000)} left` : "due now"}</strong>
    );
  }
  if (state !== "done")
    return <>{`${formatSpan(Math.max(0, Math.floor((now.value - start) / 1000) * 1000))} so far`}</>;
  const took = (end ?? start) - start;
  return (
    <>
      <Clock time={start} />
      {took > 0 && (
        <>
          {" · "}
          <span>{formatSpan(took)}</span>
        </>
      )}
    </>
  );
}

function share(start: number, due: number, at: number): number {
  return Math.min(1, Math.max(0.02, (at - start) / (due - start)));
}

/** A decision takes milliseconds and a wait ten minutes: widths tell longer from shorter, not how much. */
function weight({ start, end, due, state }: Step): number {
  if (state === "planned" || start === undefined) return 1;
  const ms = (end ?? due ?? now.peek()) - start;
  return 1 + Math.max(0, Math.log10(Math.max(1, ms / 1000))) * 0.6;
}
