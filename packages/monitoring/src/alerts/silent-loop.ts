/** Alert 8: heartbeat after heartbeat comes to nothing, and nobody hears of it. */
import { ATTRIBUTES, METRICS, prometheusLabel } from "@worker-watchdog/sdk/semconv";
import { ofSingleWorker } from "../rules/pool-expressions.ts";
import { RECORDED, UNLESS_STOPPED } from "../rules/recording-rules.ts";
import type { AlertDefinition, RuleContext } from "./alert-definition.ts";

const silent = METRICS.silentHeartbeats.prometheusName;

/** An idle worker counts until its proposal is open: one that is allowed more empty claims is allowed more silence. */
function silentCount({ thresholds }: RuleContext["policy"]): number {
  return Math.max(thresholds.silent_heartbeats_warn_count, thresholds.repeated_no_job_warn_count);
}

/** Workers that loop in silence. The process that was seen last speaks for the worker. */
export function silentWorkers({ policy }: RuleContext): string {
  return `${RECORDED.silentHeartbeats} >= ${silentCount(policy)}\n${UNLESS_STOPPED}`;
}

export const silentLoop: AlertDefinition = {
  key: "silent_loop",
  number: 8,
  name: "SilentLoop",
  severity: "high",
  owner: "codex_worker_maintainer",
  nextAction: "inspect_worker",
  phase: "none",
  scope: "worker",
  isSlow: true,
  state: (policy) => `silent_loop: ${silentCount(policy)} or more heartbeats in a row came to nothing`,
  summary: () => "Worker {{ $labels.worker_id }} goes round and round: no artifact, no progress, no word.",
  description: () =>
    "{{ $value }} heartbeats in a row ended with no verified artifact, no progress on a held job, no honest end and no open proposal.",
  evidence: `${silent}{worker_pool="{{ $labels.worker_pool }}",worker_id="{{ $labels.worker_id }}"}`,
  expr: (context) => ofSingleWorker(silentWorkers(context)),
  runbook: {
    meaning:
      "A worker wakes, does something, and ends its heartbeat with nothing: no verified artifact, no progress on its job, no `fail(reason)`, and no repair proposal. It looks alive to every check.",
    impact: "The worker costs and delivers nothing, and may take jobs from others only to drop them.",
    firstLook: [
      { shows: "silent heartbeats of the pool's workers", expr: `max by (worker_id) (${silent}{worker_pool="$pool"})` },
      {
        shows: "incidents of this worker in the last two hours",
        expr: `max by (job_id, kind, reason) (last_over_time(${METRICS.claimIncidents.prometheusName}{worker_pool="$pool",worker_id="$worker"}[2h]))`,
      },
      {
        shows: "its claims in the last two hours, by outcome",
        expr: `sum by (${prometheusLabel(ATTRIBUTES.claimOutcome.key)}) (increase(${METRICS.claims.prometheusName}{worker_pool="$pool",worker_id="$worker"}[2h]))`,
      },
    ],
    alreadyTried: "Nothing that helped: an open proposal or an honest end would have ended the count.",
    steps: [
      "Open the traces of its last heartbeats and see which phase each of them ended after.",
      "A worker that claims and drops jobs: its code returns without `complete`, `fail` or `release`. Stop it until that is mended.",
      "A worker that fails before its claim, again and again: see its page of alert 10, or its log.",
      "A worker that you have ended for good: `watchdog retire --worker $worker --pool $pool --reason …` ends the page.",
    ],
    never: ["Do not restart it in the hope that it stops: the count is kept over restarts, and so is the cause."],
    escalation:
      "It goes on after a restart with the same version: stop the worker, and tell its maintainer with two traces.",
  },
};
