/** Alert 1: a claimed, uncompleted job is about to lose its lease. */
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { minutes } from "../rules/durations.ts";
import { RECORDED } from "../rules/recording-rules.ts";
import type { AlertDefinition, RuleContext } from "./alert-definition.ts";

/**
 * Until when the alert holds past the expiry: until alert 6 fires and a little longer, so that Alertmanager mutes this alert's end
 * before it can send a "resolved" that is not one. With alert 6 switched off it holds for as long as the row is readable.
 */
function upTo({ policy }: RuleContext): string {
  if (policy.alerts.disabled.includes("lease_expired")) return "";
  const { group_interval_seconds, rule_interval_seconds } = policy.pipeline;
  const overlapSeconds = group_interval_seconds + 3 * rule_interval_seconds;
  return ` > time() - ${policy.thresholds.lease_expired_grace_seconds + overlapSeconds}`;
}

export const leaseExpiringWithClaimedJob: AlertDefinition = {
  key: "lease_expiring_with_claimed_job",
  number: 1,
  name: "LeaseExpiringWithClaimedJob",
  severity: "high",
  owner: "pls_platform_owner",
  nextAction: "alert_and_retouch",
  phase: "progress",
  scope: "attempt",
  state: ({ thresholds }) =>
    `lease_expiring: less than ${thresholds.lease_remaining_minutes_warn} min of lease left with the job claimed and not completed`,
  summary: () =>
    "The lease of claimed job {{ $labels.job_id }} runs out and worker {{ $labels.worker_id }} did not renew it.",
  description: () =>
    "The queue's lease expires at {{ $value | humanizeTimestamp }}. Renewal failed or stopped: a healthy worker renews long before.",
  expr: (context) =>
    `${RECORDED.openLease} < time() + ${minutes(context.policy.thresholds.lease_remaining_minutes_warn)}${upTo(context)}`,
  runbook: {
    meaning:
      "A worker holds a job, has not completed it, and its lease is about to run out. The library renews a lease by itself while the job makes progress, so this page says that renewal failed, was refused, or stopped because nothing moved.",
    impact:
      "When the lease is gone the queue may give the job to another worker; this worker must then throw its attempt away.",
    firstLook: [
      {
        shows: "seconds of lease left",
        expr: `${RECORDED.openLease}{worker_pool="$pool",job_id="$job"} - time()`,
      },
      {
        shows: "seconds since the attempt's last sign of progress",
        expr: `time() - max by (trace_id) (last_over_time(${METRICS.claimProgressAt.prometheusName}{job_id="$job"}[1h]))`,
      },
      {
        shows: "seconds since the worker's last sign of life",
        expr: `time() - ${RECORDED.alive}{worker_pool="$pool",worker_id="$worker"}`,
      },
    ],
    alreadyTried:
      "Automatic renewal while progress was fresh, and one emergency progress heartbeat. The trace shows each try and its answer.",
    steps: [
      "Open the trace. If the last renewal failed in transport, retouch the worker (`touch`) and let it write one progress heartbeat.",
      "If there are signs of life but none of progress, the worker hangs: save what it has built, then end the attempt with a reason.",
      "If there is no sign of life, ask the queue's owner to requeue the job after the expiry. Alert 6 follows by itself.",
      "Its worker is dead and the job is taken care of: `watchdog settle --job $job --reason …` ends this page and those that would follow.",
    ],
    never: [
      "Do not force-release the job while the lease still runs: two workers would hold it.",
      "Do not extend the lease by hand for a worker that makes no progress.",
    ],
    escalation:
      "If the lease can not be renewed before it ends, tell the platform owner: job, worker, time of expiry, and whether its work was saved.",
  },
};
