/** Colours of panels, at the policy's own thresholds: a dashboard turns red where an alert fires. */
import type { Threshold } from "@grafana/grafana-foundation-sdk/dashboard";
import type { Policy } from "@worker-watchdog/sdk/policy";
import { minutes } from "../rules/durations.ts";
import { ranges } from "../rules/ranges.ts";
import { share } from "../slo/slo-table.ts";

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
    { value: Number((1 - share(thresholds.pool_affected_percent)).toFixed(6)), color: "yellow" },
    { value: 1, color: "green" },
  ];
}

/** How full a Collector's queue is, as a share: red where telemetry_exports_stuck fires. */
export function queueFillColours({ telemetry }: Policy): readonly Threshold[] {
  return [
    { value: null, color: "green" },
    { value: share(telemetry.queue_warn_percent), color: "red" },
  ];
}

/** Seconds that a clock is off: yellow where telemetry_clock_off fires, which is on the dashboard alone. */
export function clockColours({ thresholds }: Policy): readonly Threshold[] {
  return [
    { value: null, color: "green" },
    { value: thresholds.clock_offset_warn_seconds, color: "yellow" },
  ];
}

/** 1 is well, 0 is not: a worker's health, a server that answers. */
export const UP_IS_GREEN: readonly Threshold[] = [
  { value: null, color: "red" },
  { value: 1, color: "green" },
];

/** Of the dead man's switch: any value is well, and none is not. */
export const SILENT_IS_RED: readonly Threshold[] = [
  { value: null, color: "red" },
  { value: 0, color: "green" },
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
