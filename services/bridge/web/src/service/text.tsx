import type { JSX } from "preact";
import type { FileFinding } from "../../../src/routes/findings.ts";
import { plural } from "../format.ts";
import { diffLines, folded, linesOf } from "./diff.ts";

/** A file's text with the numbers of its lines; those that something is said about stand out. */
export function Code({
  text,
  label,
  findings,
}: {
  text: string;
  label: string;
  findings: readonly FileFinding[];
}): JSX.Element {
  const said = new Map(
    findings.flatMap(({ line, severity }) => (line === undefined ? [] : [[line, severity] as const])),
  );
  return (
    <div class="code" role="region" aria-label={`Text of ${label}`} tabIndex={0}>
      <ol>
        {linesOf(text).map((line, at) => (
          <li key={at} class={said.has(at + 1) ? `code-${said.get(at + 1)}` : ""}>
            <code>{line || " "}</code>
          </li>
        ))}
      </ol>
    </div>
  );
}

const SIGNS = { same: " ", removed: "−", added: "+" } as const;
const WORDS = { same: "", removed: "removed: ", added: "added: " } as const;

export function Diff({ before, after, label }: { before: string; after: string; label: string }): JSX.Element {
  const lines = diffLines(before, after);
  const added = lines.filter(({ kind }) => kind === "added").length;
  const removed = lines.filter(({ kind }) => kind === "removed").length;
  return (
    <>
      <p class="small">
        {plural(added, "line")} added, {removed} removed.
      </p>
      <div class="code diff" role="region" aria-label={`Changes of ${label}`} tabIndex={0}>
        <ol>
          {folded(lines).map((line, at) =>
            typeof line === "number" ? (
              <li key={at} class="diff-gap">
                {plural(line, "unchanged line")}
              </li>
            ) : (
              <li key={at} class={`diff-${line.kind}`}>
                <span class="diff-number">{"before" in line ? line.before : ""}</span>
                <span class="diff-number">{"after" in line ? line.after : ""}</span>
                <span class="diff-sign" aria-hidden="true">
                  {SIGNS[line.kind]}
                </span>
                <code>
                  <span class="visually-hidden">{WORDS[line.kind]}</span>
                  {line.text || " "}
                </code>
              </li>
            ),
          )}
        </ol>
      </div>
    </>
  );
}
