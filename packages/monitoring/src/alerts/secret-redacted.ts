/** Alert 17: a credential was on its way out, and was removed. */
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { incidents } from "../rules/incident-expressions.ts";
import type { AlertDefinition } from "./alert-definition.ts";

export const secretRedacted: AlertDefinition = {
  key: "secret_redacted",
  number: 17,
  name: "SecretRedacted",
  severity: "high",
  owner: "codex_worker_maintainer",
  nextAction: "rotate_credential",
  phase: "none",
  scope: "event",
  state: () => "secret_redacted: {{ $labels.reason }}",
  summary: () => "A credential ({{ $labels.reason }}) of worker {{ $labels.worker_id }} was found and removed.",
  description: ({ thresholds }) =>
    `{{ $value }} text(s) of this attempt held it. The page ends ${thresholds.event_hold_minutes} min after the last report.`,
  expr: () => incidents("secret_redacted"),
  runbook: {
    meaning:
      "A text that was about to leave the worker, as telemetry, record or message, held what looks like a credential. It was removed before it went out; `reason` is its kind, and its value is nowhere.",
    impact:
      "The credential is in an error message or an output of the worker, and so probably in its own logs and in those of the program that printed it.",
    firstLook: [
      {
        shows: "kinds of credentials that were found in the last two hours, by worker",
        expr: `count by (worker_pool, worker_id, reason) (max by (worker_pool, worker_id, job_id, trace_id, reason) (last_over_time(${METRICS.claimIncidents.prometheusName}{kind="secret_redacted"}[2h])))`,
      },
      {
        shows: "attempts of this worker in which it was found",
        expr: `max by (job_id, trace_id, reason) (last_over_time(${METRICS.claimIncidents.prometheusName}{worker_pool="$pool",worker_id="$worker",kind="secret_redacted"}[2h]))`,
      },
    ],
    alreadyTried: "The text was replaced before it left the process. Nothing else is known of it outside.",
    steps: [
      "Find the event `worker.secret.redacted` of this trace: it says the kind and where the text was on its way to.",
      "Find what printed the credential: the program of that phase, an address with a token in its query, an error that quotes a header. Mend it there.",
      "Rotate the credential: revoke it where it was issued, and give the worker a new one.",
      "Delete it from the logs of the worker's host.",
      "All of that is done: `watchdog settle --worker $worker --pool $pool --kind secret_redacted --reason …` ends the page.",
    ],
    never: [
      "Do not paste the text, or the credential, into a ticket or a chat.",
      "Do not switch this alert off because the value was removed: it was printed all the same.",
    ],
    escalation: "A credential of production, or one that can not be rotated by you: tell the platform owner at once.",
  },
};
