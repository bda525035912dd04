/** Servers of somebody else in the same Prometheus: whatever happens to them is not this product's. */
import type { Scenario } from "./scenario.ts";
import type { InputSeries } from "./series.ts";

const OTHER = "elsewhere";

/** `scenario`, with a copy of every server of it under another scrape job, which has the same troubles and may change nothing. */
export function besideOthers(scenario: Scenario): Scenario {
  return { ...scenario, series: [...scenario.series, ...scenario.series.flatMap(ofOthers)] };
}

function ofOthers({ series, values }: InputSeries): readonly InputSeries[] {
  const isWorker = /\bworker_id=/.test(series);
  const labels = series.replace(/\bjob="[^"]*"/, `job="${OTHER}"`);
  if (isWorker || labels === series) return [];
  return [{ series: labels.replace(/\binstance="([^"]*)"/, `instance="$1-${OTHER}"`), values }];
}
