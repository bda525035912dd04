/** R4.5: too many of a pool's leases run out, for the objective to be kept. */
import { burnExpression } from "../slo/burn-expression.ts";
import { SLO_RECORDED } from "../slo/slo-records.ts";
import { ENDED_CLAIMS, SLOS } from "../slo/slo-table.ts";
import type { AlertDefinition } from "./alert-definition.ts";

export const leaseErrorBudgetBurn: AlertDefinition = {
  key: "lease_error_budget_burn",
  name: "LeaseErrorBudgetBurn",
  severity: "high",
  owner: "pls_platform_owner",
  nextAction: "find_common_cause",
  phase: "none",
  scope: "pool",
  area: "slo",
  state: () => "lease_error_budget_burn: leases of pool {{ $labels.worker_pool }} run out too often",
  summary: ({ slo }) =>
    `Pool {{ $labels.worker_pool }} will miss its objective: ${slo.lease_objective_percent}% of claims keep their lease.`,
  description: ({ slo }) =>
    `{{ $value | humanizePercentage }} of the claims of late ended as their lease ran out; over ${slo.period_days} days the objective is ${slo.lease_objective_percent}%.`,
  evidence: `${ENDED_CLAIMS.leaseExpired}{worker_pool="{{ $labels.worker_pool }}"}`,
  expr: ({ policy }) => burnExpression(SLOS.lease, policy),
  runbook: {
    meaning:
      "So many of the pool's leases run out with their job unfinished that the error budget of the whole period is spent too fast: workers die, hang, or can not renew. A job that another worker claimed before the lease was over does not count.",
    impact: "Each such job stands still for the rest of its lease and is then done again from the start.",
    firstLook: [
      {
        shows: "the claims whose lease ran out, with worker, job and trace, and when they counted",
        expr: `${ENDED_CLAIMS.leaseExpired}{worker_pool="$pool"}`,
      },
      {
        shows: "whether it is one worker, or all of them",
        expr: `count by (worker_id) (${ENDED_CLAIMS.leaseExpired}{worker_pool="$pool"})`,
      },
      {
        shows: "the share of the error budget that is left",
        expr: `${SLO_RECORDED.budgetLeft(SLOS.lease)}{worker_pool="$pool"}`,
      },
    ],
    alreadyTried:
      "Each worker renewed its lease for as long as the job made progress, and tried one emergency heartbeat.",
    steps: [
      "Did the workers live when their leases ran out? Compare with their last sign of life on the Worker dashboard.",
      "They died: look for what kills them, such as memory, the host, a deploy that does not wait for the drain.",
      "They lived: either jobs make no progress, or renewals fail. The traces of three of the claims tell which.",
      "The alert ends by itself once enough claims of the short window keep their lease.",
    ],
    never: ["Do not make leases longer to end the page: a dead worker's job then stands still for longer."],
    escalation:
      "Nothing found when the page is due: tell the platform owner, with the pool, three traces and the share of the budget that is left.",
  },
};
