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

/** Empty claims in a row. */
export function streakColours({ thresholds }: Policy): readonly Threshold[] {
  return [
    { value: null, color: "green" },
    { value: thresholds.repeated_no_job_warn_count, color: "yellow" },
  ];
}

/** Green at none, red from one. */
export const NONE_IS_GREEN: readonly Threshold[] = [
  { value: null, color: "green" },
  { value: 1, color: "red" },
];

/** A count that says nothing by itself. */
export const NEUTRAL: readonly Threshold[] = [{ value: null, color: "blue" }];
