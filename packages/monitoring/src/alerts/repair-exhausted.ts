/** Alert 15: a repair was due and only a person may decide it. */
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { incidents } from "../rules/incident-expressions.ts";
import { ofSingleWorker } from "../rules/pool-expressions.ts";
import type { AlertDefinition } from "./alert-definition.ts";

export const repairExhausted: AlertDefinition = {
  key: "repair_exhausted",
  number: 15,
  name: "RepairExhausted",
  severity: "high",
  owner: "pls_platform_owner",
  nextAction: "decide_repair",
  phase: "none",
  scope: "event",
  state: () => "repair_exhausted: the repair of {{ $labels.reason }} needs a person",
  summary: () => "A repair of worker {{ $labels.worker_id }} ended as needs_human ({{ $labels.reason }}).",
  description: ({ thresholds }) =>
    `{{ $value }} repair(s) that the policy leaves to a person. The page ends with the decision, or ${thresholds.event_hold_minutes} min after the last report.`,
  expr: () => ofSingleWorker(incidents("repair_exhausted")),
  runbook: {
    meaning:
      "A repair was due, and the policy withholds it: its action is not in `self_heal.allowed`, or stands under `self_heal.requires_human`. `reason` is what set it off, such as `transport` or `missing_artifact_kind`.",
    impact: "The worker does not repair by itself what it could. The job stands still until somebody decides.",
    firstLook: [
      {
        shows: "repairs of this worker that wait for a decision, by what set them off",
        expr: `max by (job_id, trace_id, reason) (last_over_time(${METRICS.claimIncidents.prometheusName}{worker_pool="$pool",worker_id="$worker",kind="repair_exhausted"}[2h]))`,
      },
      {
        shows: "the same over all pools: one job, or a policy that allows too little",
        expr: `count by (worker_pool, reason) (max by (worker_pool, worker_id, reason) (last_over_time(${METRICS.claimIncidents.prometheusName}{kind="repair_exhausted"}[2h])))`,
      },
    ],
    alreadyTried: "Nothing: the policy does not allow it. The proposal with its evidence is a `repair_action` record.",
    steps: [
      "Read the `repair_action` record of this trace: action, old state, reason, class, and how often that repair worked before.",
      "Carry the repair out by hand if it is right, or end the attempt with `fail(reason)` or `release(reason)`.",
      "Record the decision, which ends the page: `watchdog settle --job $job --kind repair_exhausted --reason …`; for a worker without a job `watchdog settle --worker $worker --pool $pool --kind repair_exhausted --reason …`.",
      "If the same repair comes up every day and is harmless, allow it in `self_heal.allowed` and generate again.",
    ],
    never: [
      "Do not allow an action only to silence this page: `requires_human` names what can not be undone.",
      "Do not force-release a running job.",
    ],
    escalation: "No decision by the due time: tell the platform owner, with the record's action and evidence.",
  },
};
