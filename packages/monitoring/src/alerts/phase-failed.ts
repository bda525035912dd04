/** Alert 10: a phase failed, its one retry too. */
import { type IncidentReason, METRICS } from "@worker-watchdog/sdk/semconv";
import { incidentsFor } from "../rules/incident-expressions.ts";
import { oneOfMany, onlyWorker } from "../rules/pool-expressions.ts";
import type { AlertDefinition } from "./alert-definition.ts";

type PhaseReason = IncidentReason<"phase_failed">;

/** How severe a phase's failure is for a pool (R2): high are those without which nothing can be delivered. */
export const SEVERITY_OF_PHASES: Readonly<Record<"high" | "medium", readonly PhaseReason[]>> = {
  high: ["doctor", "touch", "context", "artifact", "complete"],
  medium: ["claim", "progress", "build", "upload", "own_phase"],
};

/** Open failures of these phases. */
export function failedPhases(phases: readonly PhaseReason[]): string {
  return incidentsFor("phase_failed", phases);
}

export const phaseFailed: AlertDefinition = {
  key: "phase_failed",
  number: 10,
  name: "PhaseFailed",
  severity: "high",
  owner: "codex_worker_maintainer",
  nextAction: "retouch_worker",
  phase: "{{ $labels.reason }}",
  scope: "event",
  state: () => "phase_failed: {{ $labels.reason }} failed for good",
  summary: () => "Phase {{ $labels.reason }} of worker {{ $labels.worker_id }} failed, and so did its one retry.",
  description: ({ thresholds }) =>
    `{{ $value }} final failure(s). The page ends when the phase passes, or ${thresholds.event_hold_minutes} min after the last report.`,
  expr: () => {
    const { high, medium } = SEVERITY_OF_PHASES;
    return {
      high: onlyWorker(failedPhases(high)),
      medium: `${oneOfMany(failedPhases(high))}\nor\n${failedPhases(medium)}`,
    };
  },
  runbook: {
    meaning:
      "A phase of the worker's day failed for good: where a retry is allowed it was made and failed too. `reason` is the phase, `own_phase` one of the worker's own. Where an earlier phase failed as well, only that one pages.",
    impact:
      "Before a claim (doctor, touch, claim) the worker gets no work at all. Within a job it goes on from the claim's payload where it can, and the job is marked stuck.",
    firstLook: [
      {
        shows: "phases that failed on this worker in the last two hours",
        expr: `max by (job_id, trace_id, reason) (last_over_time(${METRICS.claimIncidents.prometheusName}{worker_pool="$pool",worker_id="$worker",kind="phase_failed"}[2h]))`,
      },
      {
        shows: "workers of the pool with the same failure: one worker, or the job service",
        expr: `count by (worker_pool, reason) (max by (worker_pool, worker_id, reason) (last_over_time(${METRICS.claimIncidents.prometheusName}{worker_pool="$pool",kind="phase_failed"}[2h])))`,
      },
    ],
    alreadyTried:
      "One retry: after a touch and 3 s for context, progress and complete; a second claim for one that gave no output. Build, upload and a worker's own phases are not retried.",
    steps: [
      "Open the trace and read the phase's span: its failure code, exit code and evidence reference. `watchdog status` shows the redacted output that belongs to it.",
      "doctor, touch, claim: retouch the worker (`touch`). A missing token or a refused touch needs the worker's login.",
      "context, progress, complete: ask the job service's owner when its errors began; the second query shows whether every worker has them.",
      "build, upload, own phases: the failure is the worker's own code or its inputs. End the attempt with `fail(reason)` if it can not be finished.",
      "Mended, and the worker is not there to pass the phase: `watchdog settle --worker $worker --pool $pool --kind phase_failed --reason …` ends the page.",
    ],
    never: [
      "Do not retry a phase in a loop by hand: the queue may have taken the first try.",
      "Do not change the pass expression only to turn a failed phase green.",
    ],
    escalation: "The same phase fails on several workers: tell the platform owner, with the phase and two traces.",
  },
};
