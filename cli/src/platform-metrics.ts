import type { Journal } from "@evenkeel/journal";
import type { Metrics } from "@evenkeel/runtime";

/** Counts what this process's appends finish, and what is open in the whole installation. */
export function observeJournal(journal: Journal, metrics: Metrics): void {
  journal.onEvents((events) => {
    for (const event of events) {
      if (event.kind !== "remediation.finished") continue;
      const { result, reason } = event.data;
      metrics.remediations.inc({ result, reason });
      void journal.state(event.context).then(
        (state) => state && metrics.remediationSeconds.observe({ result }, seconds(state.triggered.time, event.time)),
        () => undefined, // the count above is what alerts look at
      );
    }
  });
  metrics.onScrape(async () => {
    const tasks = await journal.taskCounts();
    metrics.tasks.reset();
    for (const { kind, state, count } of tasks) metrics.tasks.set({ kind, state }, count);
  });
}

function seconds(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}
