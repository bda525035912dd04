/** Claims of a pool in number, each with its own end: the material of the objectives' rule tests. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { MetricKey } from "@worker-watchdog/sdk/semconv";
import { minutes } from "../rules/durations.ts";
import { LABELS } from "../rules/labels.ts";
import { type Ticks, ticks, unix } from "./clock.ts";
import type { Scenario } from "./scenario.ts";
import { type InputSeries, rowSeries } from "./series.ts";
import { attemptLabels } from "./worker-history.ts";

/** How a claim ends: with its artifact, as failed, given back, with a lease that runs out, or so after its artifact was verified. */
export type ClaimEnd = "artifact" | "failed" | "released" | "dies" | "dies_verified";

const ROWS: Readonly<Record<ClaimEnd, readonly MetricKey[]>> = {
  artifact: ["claimArtifactVerifiedAt", "claimSettledAt"],
  failed: ["claimSettledAt"],
  released: ["claimReleasedAt", "claimSettledAt"],
  dies: ["claimLeaseExpiresAt"],
  dies_verified: ["claimArtifactVerifiedAt", "claimLeaseExpiresAt"],
};

/** So many claims of a pool that end at one time, in seconds since the start. */
export interface Claims {
  readonly pool: string;
  readonly end: ClaimEnd;
  readonly count: number;
  readonly endsAt: number;
  /** Told by so many replicas, each with a label of its own. */
  readonly replicas?: readonly string[] | undefined;
}

/** What the objectives' scenarios are written with. */
export interface SloSetting {
  /** What each scenario says of its ticks: the rules count what ended within one of theirs. */
  readonly timing: Pick<Scenario, "evaluationSeconds" | "sampleSeconds">;
  /** The ticks of the objectives' rules. */
  readonly ticks: Ticks;
  /** The policy as the histories need it: samples come on those ticks. */
  readonly sampled: Policy;
  readonly leaseSeconds: number;
  readonly graceSeconds: number;
  readonly lateSeconds: number;
  readonly least: number;
}

/** The times and counts of `policy`. */
export function sloSetting(policy: Policy): SloSetting {
  const { slo, thresholds, pipeline } = policy;
  const sampled = { ...policy, pipeline: { ...pipeline, rule_interval_seconds: slo.rule_interval_seconds } };
  const grid = ticks(sampled);
  return {
    timing: { evaluationSeconds: slo.rule_interval_seconds, sampleSeconds: slo.rule_interval_seconds },
    ticks: grid,
    sampled,
    leaseSeconds: grid.upTo(minutes(thresholds.lease_max_minutes)),
    graceSeconds: thresholds.lease_expired_grace_seconds,
    lateSeconds: minutes(slo.late_minutes),
    least: slo.min_events,
  };
}

/** The series of `claims`: each a job of its own, with the rows that an objective reads of such a claim and no other, for they are many. */
export function claimSeries(
  policy: Policy,
  { pool, end, count, endsAt, replicas = [] }: Claims,
): readonly InputSeries[] {
  const { ticks, sampled, leaseSeconds, graceSeconds } = sloSetting(policy);
  const rows = ROWS[end];
  const isDeath = rows.includes("claimLeaseExpiresAt");
  // A worker that dies is not heard of after its claim.
  const at = isDeath ? endsAt - graceSeconds - leaseSeconds : endsAt;
  const value = unix(isDeath ? endsAt - graceSeconds : endsAt);
  const exported = { ticks, refreshSeconds: sampled.pipeline.row_refresh_seconds, untilSeconds: at };
  const told = replicas.length === 0 ? [{}] : replicas.map((collector) => ({ collector }));
  return Array.from({ length: count }, (_, index) =>
    attemptLabels({ pool, worker: end, job: `${endsAt}-${index}`, trace: "t" }),
  ).flatMap((labels) =>
    told.flatMap((replica) => rows.map((row) => rowSeries(row, { ...labels, ...replica }, [[at, value]], exported))),
  );
}

/** Labels of an objective's alert for `pool`. */
export function poolLabels(pool: string): Record<string, string> {
  return { [LABELS.workerPool]: pool };
}
