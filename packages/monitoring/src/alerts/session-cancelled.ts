/** Alert 16: a run's wall-clock budget ended it. */
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { incidents } from "../rules/incident-expressions.ts";
import { RECORDED } from "../rules/recording-rules.ts";
import type { AlertDefinition } from "./alert-definition.ts";

export const sessionCancelled: AlertDefinition = {
  key: "session_cancelled",
  number: 16,
  name: "SessionCancelled",
  severity: "medium",
  owner: "codex_worker_maintainer",
  nextAction: "review_budget",
  phase: "none",
  scope: "event",
  state: () => "session_cancelled: the run's wall-clock budget ended it",
  summary: () => "The run of worker {{ $labels.worker_id }} went over its wall-clock budget and is cancelled.",
  description: ({ thresholds }) =>
    `The run stays cancelled, whatever the budget is later. The page ends with a new run, or ${thresholds.event_hold_minutes} min after the last report.`,
  expr: () => incidents("session_cancelled"),
  runbook: {
    meaning:
      "A run took longer than its budget of wall-clock seconds. Its cancellation is in the journal, and no phase of that run starts again: not after a restart, not with a higher budget, not with the budget switched off.",
    impact: "The worker does nothing more in this run. A job that it held runs out, if it was not given back.",
    firstLook: [
      {
        shows: "jobs that the run left behind, with seconds of lease left",
        expr: `${RECORDED.openLease}{worker_pool="$pool",worker_id="$worker"} - time()`,
      },
      {
        shows: "workers that were cancelled in the last two hours, by pool",
        expr: `count by (worker_pool) (max by (worker_pool, worker_id) (last_over_time(${METRICS.claimIncidents.prometheusName}{kind="session_cancelled"}[2h])))`,
      },
    ],
    alreadyTried: "The job's signal was aborted. Giving a job back still works in a cancelled run.",
    steps: [
      "Read the `runtime.watchdog.cancel` event in the journal: time, elapsed seconds, budget.",
      "A run that did its work and is only long: raise `runtime_controls.run_wall_clock_seconds`, or `WATCHDOG_RUN_WALL_CLOCK_SECONDS`, for the next one.",
      "A run that went round in circles: look at its trace for the phase that took the time, before it starts again.",
      "Start a new run under a new `run.id`. That ends the page.",
      "No new run is wanted: `watchdog settle --worker $worker --pool $pool --kind session_cancelled --reason …` ends it.",
    ],
    never: [
      "Do not delete the cancel event from the journal to bring the run back.",
      "Do not reuse the run's id for other work.",
    ],
    escalation:
      "Several runs a day: the budget does not fit the work. Tell the platform owner, with elapsed and budget.",
  },
};
