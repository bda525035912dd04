/** Incidents of one kind and reason that come again after they were cleared, and replicas that differ in how many there were. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { MetricKey } from "@worker-watchdog/sdk/semconv";
import { LABELS } from "../../rules/labels.ts";
import { ticks } from "../clock.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { type Change, type InputSeries, rowSeries } from "../series.ts";
import { attemptLabels } from "../worker-history.ts";

const KIND = "complete_rejected";
const REASON = "other";
/** The worker whose incidents are of another kind. */
const ONE_IS_ENOUGH = "one-is-enough";

export function incidentsAgain(policy: Policy): Scenario {
  const { ticks: grid, ranges } = setting(policy);
  const count = policy.thresholds.complete_rejection_warn_count;
  const at = 3 * grid.step;
  const cleared = at + 3 * grid.step;
  const again = cleared + 3 * grid.step;
  // So late that a range half as long has lost the clearing.
  const late =
    grid.after(Math.max(cleared + ranges.eventCloseSeconds / 2, again + ranges.eventSeconds)) + 3 * grid.step;
  const ends = late + ranges.eventSeconds;
  const firing = (worker: string, value: number) => ({ labels: labelsOf(worker), value });
  const row = (
    worker: string,
    key: MetricKey,
    changes: readonly Change[],
    { replica, until = changes.at(-1)?.[0] ?? 0 }: { replica?: string; until?: number } = {},
  ): InputSeries =>
    rowSeries(
      key,
      {
        job: "ai/worker",
        instance: worker,
        ...(replica === undefined ? {} : { collector: replica }),
        ...labelsOf(worker),
      },
      changes,
      { ticks: ticks(policy), refreshSeconds: policy.pipeline.row_refresh_seconds, untilSeconds: until },
    );
  const lags = ["lags", "lags-again"].map((worker) => firing(worker, count));
  const others = ["w-other", "again"].map((worker) => firing(worker, count));
  return {
    name: "incidents that were cleared come again; a replica lags behind in how many there were",
    series: [
      // The same in another attempt, which nothing cleared.
      row("w-other", "claimIncidents", [[again, count]]),
      row("again", "claimIncidents", [
        [at, 1],
        [again, count + 1],
      ]),
      row("again", "claimIncidentsCleared", [[cleared, 1]], { until: again }),
      row(ONE_IS_ENOUGH, "claimIncidents", [
        [at, 1],
        [again, 2],
      ]),
      row(ONE_IS_ENOUGH, "claimIncidentsCleared", [[cleared, 1]], { until: again }),
      // Cleared once, by a word that nobody repeats; it lives on, or it comes again.
      row("lives-on", "claimIncidents", [[at, count]], { until: late + 3 * grid.step }),
      row("lives-on", "claimIncidentsCleared", [[cleared, count]]),
      row("late", "claimIncidents", [
        [at, 1],
        [late, count + 1],
      ]),
      row("late", "claimIncidentsCleared", [[cleared, 1]]),
      ...["1", "2"].flatMap((replica) => {
        const isBehind = replica === "2";
        return [
          ...(isBehind && count === 1
            ? []
            : [row("lags", "claimIncidents", [[again, isBehind ? count - 1 : count]], { replica })]),
          row("lags-again", "claimIncidents", isBehind ? [[again, 1]] : [[again, count + 1]], { replica }),
          row("lags-again", "claimIncidentsCleared", [[again, 1]], { replica }),
          row("lags-cleared", "claimIncidents", [[again, count + 1]], { replica }),
          row("lags-cleared", "claimIncidentsCleared", [[again, isBehind ? 1 : count + 1]], { replica }),
        ];
      }),
    ],
    expectations: [
      ...silent(["complete_rejected", "artifact_missing"], again - grid.step),
      ...fires("artifact_missing", [firing(ONE_IS_ENOUGH, 1)], again),
      ...fires(
        "complete_rejected",
        [...lags, ...others],
        again,
        again + grid.step,
        grid.upTo(again + ranges.eventSeconds - grid.step),
      ),
      ...silent(["complete_rejected"], grid.after(again + ranges.eventSeconds) + grid.step, late - grid.step),
      ...fires("complete_rejected", [firing("late", count)], late, late + 3 * grid.step),
      ...silent(["complete_rejected"], grid.after(ends) + grid.step),
    ],
  };
}

function labelsOf(worker: string): Readonly<Record<string, string>> {
  return {
    ...attemptLabels({ worker, job: `J-${worker}`, trace: `t-${worker}` }),
    [LABELS.kind]: worker === ONE_IS_ENOUGH ? "artifact_missing" : KIND,
    [LABELS.reason]: REASON,
  };
}
