/** Alert 14: a worker gives no sign of life. */
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { WORKER } from "../rules/labels.ts";
import { ofSingleWorker } from "../rules/pool-expressions.ts";
import { RECORDED, UNLESS_STOPPED } from "../rules/recording-rules.ts";
import type { AlertDefinition, RuleContext } from "./alert-definition.ts";

/** Workers that are gone. */
export function absentWorkers({ ranges }: RuleContext): string {
  return `${RECORDED.alive} < time() - ${ranges.absentSeconds}
unless on (${WORKER})
${RECORDED.openLease} > time()
${UNLESS_STOPPED}`;
}

export const workerAbsent: AlertDefinition = {
  key: "worker_absent",
  number: 14,
  name: "WorkerAbsent",
  severity: "high",
  owner: "pls_ops",
  nextAction: "restart_worker",
  phase: "none",
  scope: "worker",
  isSlow: true,
  opening: "worker gives no sign of life",
  state: ({ thresholds }) =>
    `worker_absent: no sign of life for ${thresholds.worker_absent_heartbeats} heartbeat intervals`,
  summary: () => "Worker {{ $labels.worker_id }} of pool {{ $labels.worker_pool }} is gone.",
  description: ({ thresholds }) =>
    `Last seen at {{ $value | humanizeTimestamp }}; it holds no running lease and did not sign off. The page stays for ${thresholds.page_open_minutes} min or longer.`,
  evidence: `${METRICS.aliveAt.prometheusName}{worker_pool="{{ $labels.worker_pool }}",worker_id="{{ $labels.worker_id }}"}`,
  expr: (context) => ofSingleWorker(absentWorkers(context)),
  runbook: {
    meaning:
      "A worker that was there has not been heard of for longer than its heartbeat allows. It holds no running lease, and it did not sign off with a clean stop.",
    impact: "The pool is short of one worker. No job is lost by this alone.",
    firstLook: [
      {
        shows: "seconds since each worker of the pool was seen",
        expr: `time() - ${RECORDED.alive}{worker_pool="$pool"}`,
      },
      {
        shows: "jobs that this worker left behind",
        expr: `${RECORDED.openLease}{worker_pool="$pool",worker_id="$worker"} - time()`,
      },
    ],
    alreadyTried: "Nothing: a dead process can not repair itself.",
    steps: [
      "Look at its host and process: out of memory, disk full, a deploy that did not come back, a network that is cut.",
      "An agent process that several sessions share: save each session's context first, for a restart kills them all.",
      "Restart the worker. The page ends with its first sign of life.",
      "A worker that does not come back: `watchdog retire --worker $worker --pool $pool --reason …` ends the page. Have it stopped cleanly next time, so that it signs off.",
    ],
    never: ["Do not start a second worker under the same id while the first may still run."],
    escalation: "Several workers at once: it is the host, the network or the telemetry. Tell the platform owner.",
  },
};
