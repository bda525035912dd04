/** R4.5: which claims count, and when: those of killed workers, of restarts and takeovers, and what is heard of late. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { unix } from "../clock.ts";
import { fires, type Scenario, silent } from "../scenario.ts";
import { rowSeries } from "../series.ts";
import { claimSeries, poolLabels, sloSetting } from "../slo-history.ts";
import { attemptLabels, attemptSeries } from "../worker-history.ts";

const BOTH = ["artifact_error_budget_burn", "lease_error_budget_burn"] as const;

/** Killed workers say nothing: their claims count when their lease has been over for the grace. A replica counts nothing twice. */
export function deadClaims(policy: Policy): Scenario {
  const { timing, ticks, least, leaseSeconds, graceSeconds } = sloSetting(policy);
  const ended = ticks.from(leaseSeconds + graceSeconds) + 2 * ticks.step;
  return {
    ...timing,
    name: "workers are killed right after their claims",
    series: [
      ...claimSeries(policy, { pool: "killed", end: "dies", count: least, endsAt: ended, replicas: ["a", "b"] }),
      ...claimSeries(policy, { pool: "verified", end: "dies_verified", count: least, endsAt: ended }),
      // Too few, and told twice.
      ...claimSeries(policy, { pool: "doubled", end: "dies", count: least - 1, endsAt: ended, replicas: ["a", "b"] }),
    ],
    expectations: [
      ...silent(BOTH, ended - ticks.step),
      ...fires(
        "artifact_error_budget_burn",
        [{ labels: poolLabels("killed"), value: 1, severity: "high" }],
        ended,
        ended + ticks.step,
      ),
      ...fires(
        "lease_error_budget_burn",
        ["killed", "verified"].map((pool) => ({ labels: poolLabels(pool), value: 1, severity: "high" })),
        ended,
        ended + ticks.step,
      ),
    ],
  };
}

/** A claim whose lease ran out counts also when another worker took its job over later; one that was replaced before does not. */
export function takenOverClaims(policy: Policy): Scenario {
  const { timing, ticks, sampled, least, leaseSeconds, graceSeconds } = sloSetting(policy);
  const first = ticks.step;
  const expires = first + leaseSeconds;
  const after = ticks.after(expires + graceSeconds);
  const pair = (pool: string, index: number, secondAt: number) => [
    ...attemptSeries(sampled, {
      pool,
      worker: `a${index}`,
      job: `J${index}`,
      trace: `ta${index}`,
      claimedAt: first,
      leases: [[first, expires]],
      until: first,
    }),
    // The same worker under a new instance, or another one: for the job it is the same.
    ...attemptSeries(sampled, {
      pool,
      worker: index % 2 === 0 ? `a${index}` : `b${index}`,
      instance: `new${index}`,
      job: `J${index}`,
      trace: `tb${index}`,
      claimedAt: secondAt,
      leases: [[secondAt, secondAt + leaseSeconds]],
      verifiedAt: after,
      settledAt: after,
      until: after,
    }),
  ];
  const each = Array.from({ length: least }, (_, index) => index);
  const at = after + ticks.step;
  return {
    ...timing,
    name: "jobs are claimed anew: before their lease ran out, at its very end, and after",
    series: [
      ...each.flatMap((index) => pair("before", index, expires - 2 * ticks.step)),
      ...each.flatMap((index) => pair("at-its-end", index, expires)),
      ...each.flatMap((index) => pair("after", index, expires + ticks.step)),
    ],
    // Half of them, for each job has a claim that died and one that came to its end.
    expectations: BOTH.flatMap((alert) => [
      ...silent([alert], ticks.upTo(expires + graceSeconds) - ticks.step),
      ...fires(alert, [{ labels: poolLabels("after"), value: 0.5, severity: severityOfHalf(alert, policy) }], at),
    ]),
  };
}

/** What half of all claims being bad is, by the burn rates of the policy. */
function severityOfHalf(alert: (typeof BOTH)[number], { slo }: Policy): "high" | "medium" {
  const objective =
    alert === "artifact_error_budget_burn" ? slo.artifact_objective_percent : slo.lease_objective_percent;
  const { budget_percent, long_window_minutes } = slo.burn.page_slow;
  const rate = (budget_percent / 100) * ((slo.period_days * 1_440) / long_window_minutes);
  return rate * (1 - objective / 100) < 0.5 ? "high" : "medium";
}

/** A pool that works: releases of a rolling deploy, leases that are held, and jobs that go on in a newer claim. */
export function neutralClaims(policy: Policy): Scenario {
  const { timing, ticks, sampled, least, leaseSeconds, lateSeconds } = sloSetting(policy);
  const deploy = 6 * ticks.step;
  const held = (index: number) =>
    attemptSeries(sampled, {
      pool: "well",
      worker: `h${index}`,
      job: `H${index}`,
      trace: `th${index}`,
      claimedAt: deploy,
      leases: [
        [deploy, deploy + leaseSeconds],
        [deploy + ticks.step, deploy + ticks.step + leaseSeconds],
      ],
      until: deploy + leaseSeconds,
    });
  const times = [deploy, deploy + ticks.step, ticks.upTo(deploy + leaseSeconds), ticks.after(deploy + lateSeconds)];
  return {
    ...timing,
    name: "a pool that works, with a deploy that releases every job",
    series: [
      ...claimSeries(policy, { pool: "well", end: "released", count: 4 * least, endsAt: deploy }),
      ...claimSeries(policy, { pool: "well", end: "artifact", count: 4 * least, endsAt: deploy + 2 * ticks.step }),
      ...Array.from({ length: least }, (_, index) => held(index)).flat(),
    ],
    expectations: silent(BOTH, ...times.filter((at) => at < deploy + leaseSeconds + ticks.step)),
  };
}

/** The pipeline was down: leases seem to have run out, until it is heard that their claims were settled in time. */
export function lateSettlement(policy: Policy): Scenario {
  const { timing, ticks, sampled, least, leaseSeconds, graceSeconds, lateSeconds } = sloSetting(policy);
  const claimedAt = ticks.step;
  const expires = claimedAt + leaseSeconds;
  const seems = ticks.from(expires + graceSeconds);
  // Within what late telemetry is waited for, and it is counted once it is out of it.
  const heard = ticks.upTo(expires + graceSeconds + lateSeconds) - 2 * ticks.step;
  const settledAt = expires - ticks.step;
  const rows = (index: number) => {
    const attempt = {
      pool: "late",
      worker: `w${index}`,
      job: `J${index}`,
      trace: `t${index}`,
      claimedAt,
      leases: [[claimedAt, expires]] as const,
    };
    return [
      ...attemptSeries(sampled, { ...attempt, until: claimedAt }),
      ...(["claimArtifactVerifiedAt", "claimSettledAt"] as const).map((metric) =>
        rowSeries(metric, attemptLabels(attempt), [[heard, unix(settledAt)]], {
          ticks,
          refreshSeconds: ticks.step,
          untilSeconds: heard,
        }),
      ),
    ];
  };
  return {
    ...timing,
    name: "claims are heard to be settled long after their lease",
    series: Array.from({ length: least }, (_, index) => rows(index)).flat(),
    expectations: [
      ...BOTH.flatMap((alert) =>
        fires(alert, [{ labels: poolLabels("late"), value: 1, severity: "high" }], seems, heard - ticks.step),
      ),
      ...silent(BOTH, heard, heard + 4 * ticks.step, ticks.after(settledAt + lateSeconds) + 2 * ticks.step),
    ],
  };
}
