/** Alert 18, for the dashboard alone: a worker's clock is off the job service's (design §5, decision 135). */
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { WORKER } from "../rules/labels.ts";
import { telemetryAlert } from "./telemetry-alert.ts";

const offset = METRICS.clockOffset.prometheusName;
const alive = METRICS.aliveAt.prometheusName;

export const telemetryClockOff = telemetryAlert({
  key: "telemetry_clock_off",
  scope: "worker",
  // Not a page: leases are counted by the job service's clock, so that a clock that is a minute off blocks no job (decision 135).
  severity: "low",
  opening: "worker's clock is off the job service's: its times can not be trusted",
  state: ({ thresholds }) => `telemetry_clock_off: by ${thresholds.clock_offset_warn_seconds} s or more`,
  summary: () => "The clock of worker {{ $labels.worker_id }} of pool {{ $labels.worker_pool }} is off.",
  description: () => "It is {{ $value }} s off the job service's clock, measured at its last answer.",
  evidence: `${offset}{worker_pool="{{ $labels.worker_pool }}",worker_id="{{ $labels.worker_id }}"}`,
  // The process that was seen last speaks for the worker. Newest values alone: an offset is measured again and again.
  expr: ({ policy }) => `max by (${WORKER}) (
  abs(${offset}) >= ${policy.thresholds.clock_offset_warn_seconds}
  and
  ${alive} == on (${WORKER}) group_left () max by (${WORKER}) (${alive})
)`,
  runbook: {
    meaning:
      "The worker compares its clock with the job service's at every answer that carries a time. They are apart by more than the policy allows (`thresholds.clock_offset_warn_seconds`).",
    impact:
      "Leases are counted by the job service's clock all the same. But a worker that is behind shows signs of life of the past, and one that is far ahead has its points clamped or refused by Prometheus.",
    firstLook: [
      {
        shows: "seconds that each worker is ahead (behind: negative)",
        expr: `max by (worker_id) (${offset}{worker_pool="$pool"})`,
      },
    ],
    alreadyTried: "The Collector clamps points from the future to its own time.",
    steps: [
      "All workers of several hosts alike: it is the job service's clock. Else it is the worker's host.",
      "`timedatectl` or `chronyc tracking` there: is time synchronised, and by which server?",
      "Set it by NTP; the worker measures again at its next claim, and this alert ends.",
    ],
    never: [
      "Do not set the clock back by hand under a worker that holds a job: let NTP slew it, or stop the worker first.",
    ],
    escalation:
      "Nobody is told by this: it shows on the dashboard. To the host's operators; to the platform owner if it is the job service's clock.",
  },
});
