/** Alert 9: a claimed job has no slot for its uploads. */
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { incidentsOfJobAtLeast } from "../rules/incident-expressions.ts";
import type { AlertDefinition } from "./alert-definition.ts";

export const missingDeliverableId: AlertDefinition = {
  key: "missing_deliverable_id",
  number: 9,
  name: "MissingDeliverableId",
  severity: "medium",
  owner: "codex_worker_maintainer",
  nextAction: "publish_shared_cloud_artifact",
  phase: "claim",
  scope: "attempt",
  state: () => "missing_deliverable_id: the claimed job has no deliverable id",
  summary: () => "Job {{ $labels.job_id }} was claimed without a deliverable id.",
  description: () =>
    "The upload is skipped; a shared cloud address takes its place. The page ends once the gate has verified it.",
  expr: ({ policy }) =>
    incidentsOfJobAtLeast("missing_deliverable_id", policy.thresholds.missing_deliverable_id_warn_count),
  runbook: {
    meaning:
      "The queue gave out a job with no slot for its uploads. The worker skips the upload and publishes the artifact at a shared cloud address instead.",
    impact: "None once that artifact is verified. Until then nothing can be delivered.",
    firstLook: [
      {
        shows: "jobs without a deliverable id in the last two hours, by pool",
        expr: `count by (worker_pool) (max by (worker_pool, job_id) (last_over_time(${METRICS.claimIncidents.prometheusName}{kind="missing_deliverable_id"}[2h])))`,
      },
      {
        shows: "when the shared artifact was verified, if it was",
        expr: `max by (trace_id) (last_over_time(${METRICS.claimArtifactVerifiedAt.prometheusName}{job_id="$job"}[4h]))`,
      },
    ],
    alreadyTried: "The upload was skipped with its reason recorded, and the artifact goes to the shared cloud address.",
    steps: [
      "If the page stays, open the trace and see whether the shared artifact was published and what the gate found.",
      "Publish it by hand if the worker can not, and let the gate run again.",
      "Ask the job's author to assign a deliverable id if later steps need one.",
      "Delivered in another way: `watchdog settle --job $job --kind missing_deliverable_id --reason …` ends the page.",
    ],
    never: ["Do not reuse another job's deliverable id."],
    escalation: "Every job of a pool lacks one: the queue stopped assigning them. Tell the platform owner.",
  },
};
