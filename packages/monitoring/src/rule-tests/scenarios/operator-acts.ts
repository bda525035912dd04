/** What a person's rows end (R4.10): sent once, by another instance, beside those of a worker that is dead or lives on. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { OPERATOR_SERVICE_NAME, type RowMetricKey } from "@worker-watchdog/sdk/semconv";
import { ticks, unix } from "../clock.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { type InputSeries, rowSeries } from "../series.ts";
import { attemptLabels, attemptSeries, lifeSeries, workerLabels } from "../worker-history.ts";

function sentOnce(
  policy: Policy,
  metric: RowMetricKey,
  labels: Readonly<Record<string, string>>,
  at: number,
  value: number,
): InputSeries {
  const target = { job: OPERATOR_SERVICE_NAME, instance: OPERATOR_SERVICE_NAME };
  const exported = { ticks: ticks(policy), refreshSeconds: policy.pipeline.row_refresh_seconds, untilSeconds: at };
  return rowSeries(metric, { ...target, ...labels }, [[at, value]], exported);
}

export function settledByOperator(policy: Policy): Scenario {
  const { ticks: grid, ranges, leaseSeconds, graceSeconds } = setting(policy);
  const kind = "complete_rejected";
  const reason = "other";
  const count = policy.thresholds.complete_rejection_warn_count;
  const at = 3 * grid.step;
  const decided = at + 3 * grid.step;
  const settled = grid.after(leaseSeconds + graceSeconds) + 3 * grid.step;
  const workers = ["dead", "lives-on", "another"];
  const who = (worker: string) => ({ worker, job: `J-${worker}`, trace: `t-${worker}` });
  const acted = workers.filter((worker) => worker !== "another").map((worker) => attemptLabels(who(worker)));
  const outOfRange = grid.after(settled + ranges.openSeconds) + 6 * grid.step;
  const rejected = (worker: string) => ({ labels: { ...attemptLabels(who(worker)), kind, reason }, value: count });
  const expired = (worker: string) => ({ labels: attemptLabels(who(worker)), value: unix(leaseSeconds) });
  return {
    name: "a person clears an incident, then settles the job, of a worker that is dead and of one that lives on",
    series: [
      ...workers.flatMap((worker) =>
        attemptSeries(policy, {
          ...who(worker),
          claimedAt: 0,
          leases: [[0, leaseSeconds]],
          incidents: [{ kind, reason, at, count }],
          until: worker === "lives-on" ? settled + 6 * grid.step : at,
        }),
      ),
      ...acted.map((labels) => sentOnce(policy, "claimIncidentsCleared", { ...labels, kind, reason }, decided, count)),
      ...acted.map((labels) => sentOnce(policy, "claimSettledAt", labels, settled, unix(settled))),
    ],
    expectations: [
      ...fires("complete_rejected", workers.map(rejected), at, decided - grid.step),
      ...fires("complete_rejected", [rejected("another")], decided, decided + grid.step),
      // An incident's end is not the attempt's.
      ...fires("lease_expired", workers.map(expired), settled - grid.step),
      ...fires("lease_expired", [expired("another")], settled, settled + 6 * grid.step),
      ...silent(
        ["lease_expiring_with_claimed_job", "lease_expired", "complete_rejected"],
        outOfRange,
        grid.after(settled + ranges.closeSeconds) + 6 * grid.step,
      ),
    ],
  };
}

export function retiredByOperator(policy: Policy): Scenario {
  const { ticks: grid, ranges } = setting(policy);
  const { repeated_no_job_warn_count: empty, silent_heartbeats_warn_count } = policy.thresholds;
  const silentCount = Math.max(silent_heartbeats_warn_count, empty);
  const refresh = Math.max(grid.step, grid.upTo(policy.pipeline.row_refresh_seconds));
  const lastSeen = 2 * refresh;
  const retired = grid.after(lastSeen + ranges.absentSeconds) + 3 * grid.step;
  const back = retired + 6 * grid.step;
  const goneAgain = grid.after(back + ranges.absentSeconds);
  const horizon = goneAgain + 6 * grid.step;
  const dead = (worker: string) =>
    lifeSeries(policy, {
      worker,
      from: 0,
      until: lastSeen,
      claims: [[lastSeen, empty]],
      silent: [[lastSeen, silentCount]],
    });
  const absent = (worker: string, at = lastSeen) => ({
    severity: "medium" as const,
    labels: workerLabels({ worker }),
    value: unix(at),
  });
  const idle = (worker: string) => ({ labels: workerLabels({ worker }), value: empty });
  const loops = (worker: string) => ({
    severity: "medium" as const,
    labels: workerLabels({ worker }),
    value: silentCount,
  });
  return {
    name: "a person retires a worker; one comes back to life, and is missed again",
    series: [
      ...["gone", "returns", "missed"].flatMap(dead),
      ...["gone", "returns"].map((worker) =>
        sentOnce(policy, "stoppedAt", workerLabels({ worker }), retired, unix(retired)),
      ),
      ...lifeSeries(policy, { worker: "returns", instance: "new", from: back, until: back }),
      // So that none of them is its whole pool.
      ...["well", "well-too"].flatMap((worker) => lifeSeries(policy, { worker, from: 0, until: horizon })),
    ],
    expectations: [
      ...fires(
        "worker_absent",
        ["gone", "missed", "returns"].map((worker) => absent(worker)),
        retired - grid.step,
      ),
      ...fires("repeated_no_job", ["gone", "missed", "returns"].map(idle), retired - grid.step),
      ...fires("silent_loop", ["gone", "missed", "returns"].map(loops), retired - grid.step),
      ...fires("worker_absent", [absent("missed")], retired, back, goneAgain - grid.step),
      ...fires("repeated_no_job", [idle("missed")], retired),
      ...fires("silent_loop", [loops("missed")], retired),
      ...fires("worker_absent", [absent("missed"), absent("returns", back)], goneAgain),
    ],
  };
}
