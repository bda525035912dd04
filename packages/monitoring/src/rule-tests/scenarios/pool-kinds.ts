/** R4.7 for each phase, and for what only time shows: how much of a pool it takes. */
import type { Policy, Severity } from "@worker-watchdog/sdk/policy";
import { INCIDENT_REASONS, type IncidentKind } from "@worker-watchdog/sdk/semconv";
import { SEVERITY_OF_PHASES } from "../../alerts/phase-failed.ts";
import { minutes } from "../../rules/durations.ts";
import type { Firing } from "../expectation.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { attemptSeries, type EventHistory, eventLabels, eventSeries, lifeSeries } from "../worker-history.ts";
import { names, needed } from "./pool-shares.ts";

/** Alert 10 by phase: in a pool of one, and in one of two where both fail. */
export function phasesOfPools(policy: Policy): Scenario {
  const { ticks } = setting(policy);
  const at = 3 * ticks.step;
  const kind = "phase_failed";
  const reasons = INCIDENT_REASONS.phase_failed;
  const isHigh = (reason: string) => SEVERITY_OF_PHASES.high.some((phase) => phase === reason);
  const event = (pool: string, worker: string, reason: string, of: IncidentKind = kind): EventHistory => ({
    pool,
    worker,
    trace: `t-${pool}-${worker}`,
    incidents: [{ kind: of, reason, at }],
    until: at,
  });
  const firing = (pool: string, worker: string, reason: string, severity: Severity): Firing => ({
    severity,
    labels: { ...eventLabels({ pool, worker, trace: `t-${pool}-${worker}` }), kind, reason },
    value: 1,
  });
  const sizes = [1, 2];
  return {
    name: "R2, R4.7: each phase, in a pool of one and in a pool of two; and what is no phase",
    series: sizes.flatMap((size) =>
      [...reasons, "no-phase"].flatMap((reason) =>
        names(size).flatMap((worker) => [
          ...lifeSeries(policy, { pool: `${reason}-${size}`, worker, from: 0, until: at }),
          ...(reason === "no-phase"
            ? ["doctor", "build"].flatMap((other) =>
                eventSeries(policy, event(`no-phase-${size}`, worker, other, "secret_redacted")),
              )
            : eventSeries(policy, event(`${reason}-${size}`, worker, reason))),
        ]),
      ),
    ),
    expectations: [
      ...fires(
        "phase_failed",
        reasons.flatMap((reason) => [
          firing(`${reason}-1`, "w0", reason, isHigh(reason) ? "high" : "medium"),
          ...names(2).map((worker) => firing(`${reason}-2`, worker, reason, "medium")),
        ]),
        at,
      ),
      ...fires(
        "phase_failed_pool",
        reasons.map((reason) => ({
          severity: isHigh(reason) ? ("high" as const) : ("medium" as const),
          labels: { worker_pool: `${reason}-2`, reason },
          value: 2,
        })),
        at,
      ),
      ...silent(["repair_exhausted", "repair_exhausted_pool"], at),
    ],
  };
}

/** Alerts 8 and 14 by how many of a pool they are: one too few, and enough. The others are all but silent, and hold a lease. */
export function silentShares(policy: Policy): Scenario {
  const { ticks, ranges, leaseSeconds } = setting(policy);
  const lastSeen = 3 * ticks.step;
  const limit = lastSeen + ranges.absentSeconds;
  const silentCount = Math.max(
    policy.thresholds.silent_heartbeats_warn_count,
    policy.thresholds.repeated_no_job_warn_count,
  );
  const end = ticks.after(limit) + 6 * ticks.step;
  const shares = [1, 2, 3, 6, 20].flatMap((size) => {
    const enough = needed(policy, size);
    const counts = size === 1 ? [1] : [enough - 1, enough];
    return counts.map((count) => ({ pool: `of-${size}-${count}`, size, count, isPage: count >= enough }));
  });
  const pages = shares
    .filter(({ isPage }) => isPage)
    .map(({ pool, count }): Firing => ({ labels: { worker_pool: pool }, value: count }));
  const attempt = (pool: string, worker: string) =>
    attemptSeries(policy, {
      pool,
      worker,
      job: `J-${pool}-${worker}`,
      trace: `t-${pool}-${worker}`,
      claimedAt: lastSeen,
      leases: [[lastSeen, lastSeen + leaseSeconds]],
      until: lastSeen,
    });
  return {
    name: "R4.7: workers that loop in silence, and are gone, one too few and enough, in pools of 1, 2, 3, 6 and 20",
    series: [
      ...shares.flatMap(({ pool, size, count }) =>
        names(size).flatMap((worker, index) =>
          index < count
            ? lifeSeries(policy, { pool, worker, from: lastSeen, until: lastSeen, silent: [[lastSeen, silentCount]] })
            : [
                ...lifeSeries(policy, {
                  pool,
                  worker,
                  from: lastSeen,
                  until: end,
                  silent: [[lastSeen, silentCount - 1]],
                }),
                ...attempt(pool, worker),
              ],
        ),
      ),
      // Workers of the same names in another pool hold leases, and have signed off.
      ...names(20).flatMap((worker) => [
        ...lifeSeries(policy, { pool: "elsewhere", worker, from: lastSeen, until: lastSeen, stoppedAt: lastSeen }),
        ...attempt("elsewhere", worker),
      ]),
    ],
    expectations: [
      ...silent(["silent_loop_pool"], lastSeen - ticks.step),
      ...fires("silent_loop_pool", pages, lastSeen, ticks.upTo(lastSeen + ranges.streakSeconds - ticks.step)),
      ...silent(["worker_absent_pool"], ticks.upTo(limit)),
      ...fires("worker_absent_pool", pages, ticks.after(limit)),
    ],
  };
}

/** Alert 7 by how many of a pool hold a job without a sign of life: one too few, and enough. */
export function stuckShares(policy: Policy): Scenario {
  const { ticks, leaseSeconds } = setting(policy);
  const deadAt = ticks.after(minutes(policy.thresholds.queue_stuck_no_life_minutes));
  const shares = [6, 20].flatMap((size) => {
    const enough = needed(policy, size);
    return [enough - 1, enough].map((count) => ({
      pool: `of-${size}-${count}`,
      size,
      count,
      isPage: count === enough,
    }));
  });
  const late = ticks.upTo(leaseSeconds) - ticks.step;
  const refresh = Math.max(ticks.step, ticks.upTo(policy.pipeline.row_refresh_seconds));
  const signs = Array.from({ length: Math.floor(late / refresh) }, (_, index) => ticks.step + index * refresh);
  const resumed = ["w0", "w1"].flatMap((worker) => {
    const attempt = { pool: "resumes", worker, job: `J-${worker}` };
    const lease = [[0, leaseSeconds]] as const;
    return [
      ...lifeSeries(policy, { pool: "resumes", worker, from: 0, until: 0 }),
      ...attemptSeries(policy, { ...attempt, trace: "t-old", claimedAt: 0, leases: lease, aliveAt: [0], until: 0 }),
      ...attemptSeries(policy, {
        ...attempt,
        trace: "t-new",
        claimedAt: ticks.step,
        leases: [[ticks.step, leaseSeconds]],
        aliveAt: signs,
        progressAt: signs,
        until: late,
      }),
    ];
  });
  return {
    name: "R4.7: jobs that stand still with one worker too few, and with enough, in pools of 6 and 20; and claimed again",
    series: [
      ...resumed,
      ...shares.flatMap(({ pool, size, count }) =>
        names(size).flatMap((worker, index) => [
          ...lifeSeries(policy, { pool, worker, from: 0, until: 0 }),
          ...(index >= count
            ? []
            : attemptSeries(policy, {
                pool,
                worker,
                job: `J-${worker}`,
                trace: `t-${pool}-${worker}`,
                claimedAt: 0,
                leases: [[0, leaseSeconds]],
                aliveAt: [0],
                until: 0,
              })),
        ]),
      ),
    ],
    expectations: [
      ...silent(["queue_stuck_pool"], deadAt - ticks.step),
      ...fires(
        "queue_stuck_pool",
        shares
          .filter(({ isPage }) => isPage)
          .map(({ pool, count }) => ({ labels: { worker_pool: pool }, value: count })),
        deadAt,
        late,
      ),
    ],
  };
}
