import type { IndicatorResult } from "@evenkeel/events";
import { formatNumber } from "../text.ts";
import { resultColor, type Output } from "./output.ts";
import type { Column } from "./table.ts";

/** An evaluation's indicators as rows. */
export function indicatorColumns(out: Output): Column<IndicatorResult>[] {
  return [
    { header: "SLI", value: ({ value, keySli }) => `${value.metric}${keySli ? " (key)" : ""}` },
    { header: "VALUE", value: ({ value }) => (value.value === null ? "none" : formatNumber(value.value)) },
    { header: "PASS", value: ({ passTargets }) => criteria(passTargets) },
    { header: "WARNING", value: ({ warningTargets }) => criteria(warningTargets) },
    { header: "BEFORE", value: ({ value }) => value.comparedValue && formatNumber(value.comparedValue) },
    { header: "RESULT", value: ({ status }) => status, color: resultColor(out.colors) },
    { header: "SCORE", value: ({ score }) => formatNumber(score) },
    { header: "MESSAGE", value: ({ value }) => value.message },
    { header: "QUERY", value: ({ value }) => value.query, wide: true },
  ];
}

function criteria(targets: IndicatorResult["passTargets"]): string {
  const texts = targets.map(({ criteria: text, targetValue }) =>
    /%|[+-]\s*\d/.test(text) ? `${text} (${formatNumber(targetValue)})` : text,
  );
  return [...new Set(texts)].join(", ");
}
