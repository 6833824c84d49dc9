import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { serverNow } from "../clock.ts";
import { zone } from "../prefs.ts";
import { cameBack, go, path, query, withQuery } from "../router.ts";
import { Link } from "./parts.tsx";

/** What the address says, as one value per name. */
export function param(name: string): string | undefined {
  return query.value.get(name) || undefined;
}

export function params(name: string): string[] {
  return query.value.getAll(name);
}

const TYPING_MS = 250;

export function SearchField({ label, placeholder }: { label: string; placeholder: string }): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const given = param("text") ?? "";
  useEffect(() => {
    if (field.current && document.activeElement !== field.current) field.current.value = given;
  }, [given]);
  // Before the next key, which is meant for it.
  useLayoutEffect(() => {
    if (param("focus") === "search") field.current?.focus();
    return () => clearTimeout(timer.current);
  }, []);
  const here = path.value;
  const apply = () => {
    clearTimeout(timer.current);
    if (path.peek() !== here) return;
    go(withQuery({ text: field.current!.value.trim(), focus: undefined }), { replace: true, keepScroll: true });
  };
  return (
    <label class="field search">
      <span>{label}</span>
      <input
        ref={field}
        type="search"
        defaultValue={given}
        placeholder={placeholder}
        maxLength={200}
        onInput={() => {
          clearTimeout(timer.current);
          timer.current = setTimeout(apply, TYPING_MS);
        }}
        onChange={apply}
      />
    </label>
  );
}

/** The address may ask for several values at once, as the shortcuts do. */
const SEVERAL = "\u0000several";

export function SelectField({
  name,
  label,
  options,
  any,
}: {
  name: string;
  label: string;
  options: readonly (readonly [value: string, text: string])[];
  any: string;
}): JSX.Element {
  const given = params(name);
  const value = given.length > 1 ? SEVERAL : (given[0] ?? "");
  const known = value === "" || options.some(([option]) => option === value);
  return (
    <label class="field">
      <span>{label}</span>
      <select
        value={value}
        onChange={({ currentTarget }) => go(withQuery({ [name]: currentTarget.value }), { keepScroll: true })}
      >
        <option value="">{any}</option>
        {!known && <option value={value}>{value === SEVERAL ? `Any of ${given.length}` : value}</option>}
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

const PRESETS = [
  ["1h", "Last hour", 3_600_000],
  ["24h", "Last 24 hours", 86_400_000],
  ["7d", "Last 7 days", 604_800_000],
  ["30d", "Last 30 days", 2_592_000_000],
] as const;

let lastRange: { name?: string | undefined; from: string } = { from: "" };

/**
 * The range as the API wants it: a preset counts back from the moment when it was chosen, else the two moments. It stays
 * as it is while it is looked at: with another one the list would begin again.
 */
export function useRange(): { from?: string; to?: string } {
  const name = param("range");
  const kept = useRef<{ name?: string | undefined; from: string }>(cameBack ? lastRange : { from: "" });
  const preset = PRESETS.find(([known]) => known === name);
  if (preset) {
    if (kept.current.name !== name)
      kept.current = lastRange = { name, from: new Date(serverNow() - preset[2]).toISOString() };
    return { from: kept.current.from };
  }
  return { ...instant("from"), ...instant("to") };
}

function instant(name: "from" | "to"): { from?: string; to?: string } {
  const time = Date.parse(param(name) ?? "");
  return Number.isNaN(time) ? {} : { [name]: new Date(time).toISOString() };
}

export function RangeField(): JSX.Element {
  const range = param("range") ?? (param("from") || param("to") ? "custom" : "");
  const choose = (value: string) => {
    const from = value === "custom" ? new Date(serverNow() - 3_600_000).toISOString() : undefined;
    go(withQuery({ range: value === "custom" ? undefined : value, from, to: undefined }), { keepScroll: true });
  };
  return (
    <>
      <label class="field">
        <span>Time</span>
        <select value={range} onChange={({ currentTarget }) => choose(currentTarget.value)}>
          <option value="">Any time</option>
          {PRESETS.map(([name, text]) => (
            <option key={name} value={name}>
              {text}
            </option>
          ))}
          <option value="custom">From … to …</option>
        </select>
      </label>
      {range === "custom" && (
        <>
          <Moment name="from" label="From" />
          <Moment name="to" label="To" />
        </>
      )}
    </>
  );
}

function Moment({ name, label }: { name: "from" | "to"; label: string }): JSX.Element {
  const time = Date.parse(param(name) ?? "");
  const isUtc = zone.value === "utc";
  return (
    <label class="field">
      <span>
        {label} ({isUtc ? "UTC" : "local time"})
      </span>
      <input
        type="datetime-local"
        value={Number.isNaN(time) ? "" : fieldText(new Date(time), isUtc)}
        onChange={({ currentTarget }) => {
          const text = currentTarget.value && currentTarget.value + (isUtc ? "Z" : "");
          const chosen = text ? new Date(text).toISOString() : undefined;
          go(withQuery({ [name]: chosen }), { keepScroll: true });
        }}
      />
    </label>
  );
}

function fieldText(date: Date, isUtc: boolean): string {
  const offset = isUtc ? 0 : date.getTimezoneOffset() * 60_000;
  return new Date(date.getTime() - offset).toISOString().slice(0, 16);
}

/** One of several, each with how many there are. */
export function Chip({
  to,
  active,
  count,
  more,
  children,
}: {
  to: string;
  active: boolean;
  count?: number | undefined;
  /** There may be more of them than were counted. */
  more?: boolean | undefined;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <Link to={to} class="chip" data-keep aria-current={active ? "true" : undefined}>
      {children}
      {count !== undefined && <span class="chip-count">{countText(count, more)}</span>}
    </Link>
  );
}

export function countText(count: number, more?: boolean): string {
  return `${count.toLocaleString("en-US")}${more ? "+" : ""}`;
}
