/** Alert 6: a job is still held after its lease ran out. */

import { detectionSeconds } from "@worker-watchdog/sdk/policy";
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { incidents } from "../rules/incident-expressions.ts";
import { ATTEMPT, WORKER } from "../rules/labels.ts";
import { lastValue } from "../rules/last-value.ts";
import { RECORDED } from "../rules/recording-rules.ts";
import type { AlertDefinition } from "./alert-definition.ts";

export const leaseExpired: AlertDefinition = {
  key: "lease_expired",
  number: 6,
  name: "LeaseExpired",
  severity: "high",
  owner: "pls_platform_owner",
  nextAction: "mark_stale_and_request_reclaim",
  phase: "progress",
  scope: "attempt",
  state: () => "lease_expired: the lease ran out with the job still held",
  summary: () => "Worker {{ $labels.worker_id }} still holds job {{ $labels.job_id }} after its lease ran out.",
  description: () =>
    "The queue's lease, to {{ $value | humanizeTimestamp }}, is over or lost, and nobody completed, released or reclaimed the job.",
  // A worker that lost its lease alive pages at once: where it says so, or was seen after the expiry, as soon as what it did before must have arrived.
  expr: ({ policy, ranges }) => `${RECORDED.openLease} < time() - ${policy.thresholds.lease_expired_grace_seconds}
or
(
  ${RECORDED.openLease}
  and on (${ATTEMPT})
  ${incidents("lease_lost")}
)
or
(
  ${RECORDED.openLease} < time() - ${detectionSeconds(policy)}
  and
  ${RECORDED.openLease} < on (${WORKER}) group_left ()
  ${lastValue(WORKER, METRICS.aliveAt.prometheusName, ranges.quickOpenSeconds)}
)`,
  runbook: {
    meaning:
      "A job's lease ran out and the queue never heard of a completion, a release or a renewal, and no other worker has claimed the job since. The worker died, hangs, or lost its lease alive: it ran out, or the queue said that the job is not this worker's any more.",
    impact: "The job stands still. Nobody works on it until it is reclaimed.",
    firstLook: [
      {
        shows: "seconds since the lease ran out",
        expr: `time() - ${RECORDED.openLease}{worker_pool="$pool",job_id="$job"}`,
      },
      {
        shows: "seconds since the worker's last sign of life",
        expr: `time() - ${RECORDED.alive}{worker_pool="$pool",worker_id="$worker"}`,
      },
      {
        shows: "when the artifact was verified, if it was",
        expr: `${RECORDED.verified}{worker_pool="$pool",job_id="$job"}`,
      },
    ],
    alreadyTried:
      "The library renewed for as long as the job made progress, tried one emergency heartbeat, then stopped the worker from completing a job it may no longer hold.",
    steps: [
      "Mark the job stale in the queue and ask its supervisor to reclaim it. The page ends by itself once another worker claims it.",
      "If the artifact was verified, keep it with its trace id: the next attempt can publish it.",
      "Find out why the worker stopped: its last span in the trace says in which phase.",
      "Nobody will claim it again (completed by hand, cancelled, or deleted in the queue): `watchdog settle --job $job --reason …` ends the page.",
    ],
    never: [
      "Do not complete the job by hand from the old attempt: another worker may hold it.",
      "Do not force-release it without the supervisor's decision.",
    ],
    escalation: "Not reclaimed when the page is due: tell the platform owner, with job, worker and trace.",
  },
};
