/** R4.5: too many of a pool's claims end without a verified artifact, for the objective to be kept. */
import { burnExpression } from "../slo/burn-expression.ts";
import { SLO_RECORDED } from "../slo/slo-records.ts";
import { ENDED_CLAIMS, SLOS } from "../slo/slo-table.ts";
import type { AlertDefinition } from "./alert-definition.ts";

export const artifactErrorBudgetBurn: AlertDefinition = {
  key: "artifact_error_budget_burn",
  name: "ArtifactErrorBudgetBurn",
  severity: "high",
  owner: "pls_platform_owner",
  nextAction: "find_common_cause",
  phase: "none",
  scope: "pool",
  area: "slo",
  state: () =>
    "artifact_error_budget_burn: claims of pool {{ $labels.worker_pool }} end without a verified artifact too often",
  summary: ({ slo }) =>
    `Pool {{ $labels.worker_pool }} will miss its objective: ${slo.artifact_objective_percent}% of claims end with a verified artifact.`,
  description: ({ slo }) =>
    `{{ $value | humanizePercentage }} of the claims of late ended without a verified artifact; over ${slo.period_days} days the objective is ${slo.artifact_objective_percent}%.`,
  evidence: `${ENDED_CLAIMS.withoutArtifact}{worker_pool="{{ $labels.worker_pool }}"}`,
  expr: ({ policy }) => burnExpression(SLOS.artifact, policy),
  runbook: {
    meaning:
      "So many of the pool's claims fail, or die with their worker, that the error budget of the whole period is spent too fast: the long window says that it burns, the short one that it still does. Claims that were released or paused do not count. Each of them had an alert of its own; this one says that they are no accident.",
    impact:
      "The pool takes jobs and does not deliver: work is repeated, and its owner's promise breaks if nothing changes.",
    firstLook: [
      {
        shows: "the claims that count as bad, with worker, job and trace, and when they ended",
        expr: `${ENDED_CLAIMS.withoutArtifact}{worker_pool="$pool"}`,
      },
      {
        shows: "whether it is one worker, or all of them",
        expr: `count by (worker_id) (${ENDED_CLAIMS.withoutArtifact}{worker_pool="$pool"})`,
      },
      {
        shows: "how many of them died with their lease",
        expr: `count(${ENDED_CLAIMS.withoutArtifact}{worker_pool="$pool"} and ${ENDED_CLAIMS.leaseExpired})`,
      },
      {
        shows: "the share of the error budget that is left",
        expr: `${SLO_RECORDED.budgetLeft(SLOS.artifact)}{worker_pool="$pool"}`,
      },
    ],
    alreadyTried:
      "Each attempt made its own repairs and retries; the alerts of the single attempts tell how they ended.",
    steps: [
      "Take three of the bad claims and open their traces: in which phase do they end, and with what error?",
      "One worker: stop it and look at it alone. All of them: look for what they share, such as the model provider, the artifact host, a release of today, a kind of job.",
      "One kind of job: hold it back in the queue until it is repaired; the rest of the pool recovers.",
      "The alert ends by itself once enough claims of the short window are good.",
    ],
    never: [
      "Do not lower the objective to end the page.",
      "Do not let workers fail jobs less honestly: released jobs do not count, and nobody is told that they stand still.",
    ],
    escalation:
      "Nothing found when the page is due: tell the platform owner, with the pool, three traces and the share of the budget that is left.",
  },
};
