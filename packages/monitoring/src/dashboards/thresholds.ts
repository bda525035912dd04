/** Colours of panels, at the policy's own thresholds: a dashboard turns red where an alert fires. */
import type { Threshold } from "@grafana/grafana-foundation-sdk/dashboard";
import type { Policy } from "@worker-watchdog/sdk/policy";
import { minutes } from "../rules/durations.ts";
import { ranges } from "../rules/ranges.ts";

/** Lease left, in seconds: red below the warning, yellow below the renewal. */
export function leaseColours({ thresholds }: Policy): readonly Threshold[] {
  return [
    { value: null, color: "red" },
    { value: minutes(thresholds.lease_remaining_minutes_warn), color: "yellow" },
    { value: minutes(thresholds.lease_keepalive_minutes), color: "green" },
  ];
}

/** Seconds since a sign of life: red where a worker is absent. */
export function absenceColours(policy: Policy): readonly Threshold[] {
  return [
    { value: null, color: "green" },
    { value: minutes(policy.heartbeat_interval_minutes), color: "yellow" },
    { value: ranges(policy).absentSeconds, color: "red" },
  ];
}

/** Seconds since a sign of progress: red where the library stops renewing. */
export function progressColours({ thresholds }: Policy): readonly Threshold[] {
  return [
    { value: null, color: "green" },
    { value: minutes(thresholds.progress_stall_minutes), color: "red" },
  ];
}

/** Seconds that the oldest job waits: red where queue_stuck fires if no claim gets one. */
export function queueColours({ thresholds }: Policy): readonly Threshold[] {
  return [
    { value: null, color: "green" },
    { value: minutes(thresholds.queue_stuck_pending_minutes), color: "red" },
  ];
}

/** Empty claims in a row. */
export function streakColours({ thresholds }: Policy): readonly Threshold[] {
  return [
    { value: null, color: "green" },
    { value: thresholds.repeated_no_job_warn_count, color: "yellow" },
  ];
}

/** Share of healthy workers: red where so many are affected that their pool pages. */
export function healthColours({ thresholds }: Policy): readonly Threshold[] {
  return [
    { value: null, color: "red" },
    { value: Number((1 - thresholds.pool_affected_percent / 100).toFixed(6)), color: "yellow" },
    { value: 1, color: "green" },
  ];
}

/** A health of 0 or 1. */
export const HEALTHY_IS_GREEN: readonly Threshold[] = [
  { value: null, color: "red" },
  { value: 1, color: "green" },
];

/** Green at none, red from one. */
export const NONE_IS_GREEN: readonly Threshold[] = [
  { value: null, color: "green" },
  { value: 1, color: "red" },
];

/** Green at none, yellow from one: a reason to look, not to wake up. */
export const NONE_IS_BEST: readonly Threshold[] = [
  { value: null, color: "green" },
  { value: 1, color: "yellow" },
];

/** A count that says nothing by itself. */
export const NEUTRAL: readonly Threshold[] = [{ value: null, color: "blue" }];
