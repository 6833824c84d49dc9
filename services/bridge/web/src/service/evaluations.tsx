import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { get } from "../api.ts";
import { useLiveReload } from "../live/live.ts";
import { useLoad } from "../load.ts";
import { go, query, withQuery } from "../router.ts";
import type { Evaluation, Page } from "../types.ts";
import { Card, Empty, Link, Loading, Trouble } from "../ui/parts.tsx";
import { EvaluationDetail } from "./evaluation.tsx";
import { Asked, Evaluate } from "./evaluate.tsx";
import { Heatmap } from "./heatmap.tsx";
import { Invalidate } from "./invalidate.tsx";
import { Annotate } from "./notes.tsx";
import type { KnownProject } from "./project.ts";
import { isOf, type Target } from "./target.ts";

/** So many columns at once; older ones are a page further. */
const COLUMNS = 30;
const RESULTS = ["pass", "warning", "fail", "inconclusive"] as const;

export function Evaluations({ target, known }: { target: Target; known: KnownProject | undefined }): JSX.Element {
  const result = query.value.get("result") || undefined;
  const until = query.value.get("until") || undefined;
  const chosen = query.value.get("evaluation") || undefined;
  const filters = { ...target, result, ...(until && { to: until }), limit: COLUMNS };
  const loaded = useLoad(JSON.stringify(filters), (signal) =>
    get<Page<Evaluation>>("/v1/evaluations", filters, signal),
  );
  useLiveReload((event) => event.kind.startsWith("evaluation.") && isOf(target, event), loaded.reload);

  const [isAsking, setAsking] = useState(false);
  const [asked, setAsked] = useState<string>();
  // Not part of what is shown: another evaluation may come while one writes about this one.
  const [about, setAbout] = useState<{ what: "note" | "void"; evaluation: Evaluation }>();
  const About = about?.what === "note" ? Annotate : Invalidate;
  const onFinished = (id: string) => {
    setAsked(undefined);
    loaded.reload();
    go(withQuery({ evaluation: id, result: undefined, until: undefined }), { replace: true, keepScroll: true });
  };

  const items = (loaded.data?.items ?? []).toReversed();
  const shown = items.find(({ id }) => id === chosen) ?? items.at(-1);
  const oldest = items[0];
  return (
    <Card
      title="Evaluations"
      aside={
        <span class="card-tools">
          <label class="inline-field">
            Result{" "}
            <select
              value={result ?? ""}
              onChange={({ currentTarget }) =>
                go(withQuery({ result: currentTarget.value, until: undefined, evaluation: undefined }), {
                  keepScroll: true,
                })
              }
            >
              <option value="">any</option>
              {RESULTS.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          {oldest && loaded.data?.nextCursor && (
            <Link to={withQuery({ until: oldest.time, evaluation: undefined })} data-keep>
              Older
            </Link>
          )}
          {until && (
            <Link to={withQuery({ until: undefined, evaluation: undefined })} data-keep>
              Newest
            </Link>
          )}
          {known?.view?.allowedCommands.includes("evaluate") && (
            <button type="button" onClick={() => setAsking(true)}>
              Evaluate now…
            </button>
          )}
        </span>
      }
    >
      {isAsking && <Evaluate target={target} onDone={setAsked} onClose={() => setAsking(false)} />}
      {asked && <Asked context={asked} onFinished={onFinished} />}
      {loaded.error && <Trouble error={loaded.error} what="the evaluations" retry={loaded.reload} />}
      {loaded.loading && !loaded.data && <Loading what="the evaluations" />}
      {loaded.data && items.length === 0 && (
        <Empty title={result ? `No evaluation came to ${result}` : "Nothing was evaluated yet"}>
          <p>
            {result ? (
              <Link to={withQuery({ result: undefined })} data-keep>
                Show all
              </Link>
            ) : (
              "Each action is followed by one. Without slo.yaml the problem itself says whether the service is healthy."
            )}
          </p>
        </Empty>
      )}
      {shown && (
        <>
          <Heatmap evaluations={items} chosen={shown.id} />
          <EvaluationDetail key={shown.id} evaluation={shown} onAsk={(what) => setAbout({ what, evaluation: shown })} />
        </>
      )}
      {about && <About evaluation={about.evaluation} onDone={loaded.reload} onClose={() => setAbout(undefined)} />}
    </Card>
  );
}
