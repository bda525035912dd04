/** Alert 19: a worker's journal can not be read or written, so it starts no phase. */
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { incidents } from "../rules/incident-expressions.ts";
import { RECORDED } from "../rules/recording-rules.ts";
import type { AlertDefinition } from "./alert-definition.ts";

export const controlStoreUnreadable: AlertDefinition = {
  key: "control_store_unreadable",
  number: 19,
  name: "ControlStoreUnreadable",
  severity: "high",
  owner: "pls_platform_owner",
  nextAction: "restore_store",
  phase: "none",
  scope: "event",
  state: () => "control_store_unreadable: the journal is {{ $labels.reason }}, and no new phase starts",
  summary: () => "The journal of worker {{ $labels.worker_id }} is {{ $labels.reason }}: it starts no new phase.",
  description: ({ thresholds }) =>
    `Control fails closed. The page ends once the journal works again, or ${thresholds.event_hold_minutes} min after the last report.`,
  expr: () => incidents("control_store_unreadable"),
  runbook: {
    meaning:
      "The worker was given a journal and can not read it (`unreadable`) or append to it (`unwritable`). Whether its run was cancelled can then not be known, so no new phase begins: each throws `journal_unusable`.",
    impact: "The worker stands still on purpose. A job that it holds runs out when the phase under way is over.",
    firstLook: [
      {
        shows: "workers with the same trouble: one disk, or the database",
        expr: `count by (worker_pool, reason) (max by (worker_pool, worker_id, reason) (last_over_time(${METRICS.claimIncidents.prometheusName}{kind="control_store_unreadable"}[2h])))`,
      },
      {
        shows: "jobs that this worker holds, with seconds of lease left",
        expr: `${RECORDED.openLease}{worker_pool="$pool",worker_id="$worker"} - time()`,
      },
    ],
    alreadyTried: "Each next phase tries the journal once more, and goes on when it works.",
    steps: [
      "On the worker's host: is the disk full or read-only, is the journal's file there, who owns it? With PostgreSQL: is the server up, may the role write?",
      "A damaged file: move it aside, and keep it. A restored copy must be as new as the file was, or a cancelled run may start again.",
      "Nothing has to be restarted: the page ends with the next phase that can read and write.",
      "A worker that is given up: `watchdog retire --worker $worker --pool $pool --reason …` ends the page.",
    ],
    never: [
      "Do not start the worker without its journal, or with an empty one, to get round this.",
      "Do not delete the journal: it holds what was decided and what was delivered.",
    ],
    escalation: "Not restored by the due time, or a copy older than the last run: tell the platform owner first.",
  },
};
