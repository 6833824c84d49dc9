import { useComputed } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ApiError } from "../api.ts";
import { now } from "../clock.ts";
import { formatAgo, formatClock, formatFull, type Word } from "../format.ts";
import { zone } from "../prefs.ts";
import { href } from "../base.ts";
import { Icon, type IconName } from "./icons.tsx";

/** An outcome: icon, words and colour say the same. */
export function Badge({ word, icon }: { word: Word; icon?: IconName }): JSX.Element {
  return (
    <span class={`badge tone-${word.tone}`}>
      <Icon name={icon ?? word.tone} size={14} />
      {word.text}
    </span>
  );
}

/** "5 min ago", with the moment itself on hover. */
export function Ago({ time, label }: { time: string; label?: string }): JSX.Element {
  const full = formatFull(time, zone.value);
  // Of thousands only those whose words change are written anew each second.
  const ago = useComputed(() => formatAgo(Date.parse(time), now.value));
  return (
    <time dateTime={time} title={full}>
      {label}
      {ago}
    </time>
  );
}

export function Clock({ time }: { time: string | number }): JSX.Element {
  const iso = new Date(time).toISOString();
  return (
    <time dateTime={iso} title={formatFull(time, zone.value)}>
      {formatClock(time, zone.value)}
    </time>
  );
}

interface LinkProps {
  to: string;
  children: ComponentChildren;
  class?: string;
  "aria-label"?: string;
  "aria-current"?: "page" | "true" | undefined;
  /** A row that j and k move to. */
  "data-row"?: boolean;
  /** The page stays where it is scrolled to. */
  "data-keep"?: boolean;
}

/** A real link: it can be opened in another tab, copied, and used without a mouse. */
export function Link({ to, children, ...rest }: LinkProps): JSX.Element {
  return (
    <a href={href(to)} {...rest}>
      {children}
    </a>
  );
}

/** Says that something is being read, but only when it takes long enough to be noticed. */
export function Loading({ what }: { what: string }): JSX.Element {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 250);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p class="loading" role="status">
      {late ? `Reading ${what} …` : ""}
    </p>
  );
}

export function Trouble({ error, retry, what }: { error: ApiError; retry?: () => void; what: string }): JSX.Element {
  return (
    <div class="notice tone-bad" role="alert">
      <Icon name="bad" />
      <div>
        <strong>Could not read {what}.</strong> <span>{error.message}</span>
      </div>
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }): JSX.Element {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

export function Card({
  title,
  id,
  aside,
  children,
  class: name = "",
}: {
  title: string;
  id?: string;
  aside?: ComponentChildren;
  children: ComponentChildren;
  class?: string;
}): JSX.Element {
  const heading = id ?? `h-${title.toLowerCase().replace(/\W+/g, "-")}`;
  return (
    <section class={`card ${name}`} aria-labelledby={heading}>
      <header class="card-head">
        <h2 id={heading}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

export function CopyButton({ text, label }: { text: string | (() => string); label: string }): JSX.Element {
  const [done, setDone] = useState<"" | "Copied" | "Select and copy by hand">("");
  useEffect(() => {
    if (!done) return undefined;
    const timer = setTimeout(() => setDone(""), 1600);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = () =>
    copyText(typeof text === "string" ? text : text()).then(
      () => setDone("Copied"),
      () => setDone("Select and copy by hand"),
    );
  return (
    <button type="button" class="quiet" onClick={copy}>
      <Icon name="copy" size={14} />
      <span aria-live="polite">{done || label}</span>
    </button>
  );
}

/** The clipboard is there in secure contexts only; a plain http address inside a company is none. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const ok = document.execCommand("copy");
  area.remove();
  if (!ok) throw new Error("no clipboard");
}

/** Text to be pasted elsewhere. */
export function Snippet({ text, label }: { text: string; label: string }): JSX.Element {
  return (
    <figure class="snippet">
      <figcaption>
        {label}
        <CopyButton text={text} label="Copy" />
      </figcaption>
      <pre tabIndex={0} aria-label={label}>
        {text}
      </pre>
    </figure>
  );
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · Evenkeel` : "Evenkeel";
  }, [title]);
}
