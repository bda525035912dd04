/** Alert 11: the session behind a worker is dead, or its wait for a limit's reset was in vain. */
import { detectionSeconds } from "@worker-watchdog/sdk/policy";
import { METRICS, SESSION_CLASSES, type SessionClass } from "@worker-watchdog/sdk/semconv";
import { duration } from "../rules/durations.ts";
import { incidentsFor } from "../rules/incident-expressions.ts";
import { ATTEMPT, LABELS } from "../rules/labels.ts";
import { lastValue } from "../rules/last-value.ts";
import type { AlertDefinition, RuleContext } from "./alert-definition.ts";

/** What only a person can end. */
const CRITICAL: readonly SessionClass[] = ["token_revoked", "credit_limit"];
const HIGH: readonly SessionClass[] = SESSION_CLASSES.filter((kind) => !CRITICAL.includes(kind));

const limitedUntil = METRICS.sessionLimitedUntil.prometheusName;
const limitCleared = METRICS.sessionLimitCleared.prometheusName;

/**
 * Waits that are over with no word of it, also where no process is left to say so: which limit it was is not known. A death that was told has
 * its own page, and no second one once that page's time is over.
 */
function overdueWaits({ policy, ranges }: RuleContext): string {
  const until = lastValue(ATTEMPT, limitedUntil, ranges.openSeconds);
  return `label_replace(
  label_replace(
    ${until} < time() - ${detectionSeconds(policy)}
    unless
    ${lastValue(ATTEMPT, limitCleared, ranges.closeSeconds)} >= ${until}
    unless on (${ATTEMPT})
    last_over_time(${METRICS.claimIncidents.prometheusName}{${LABELS.kind}="session_dead"}[${duration(ranges.openSeconds)}]),
    "${LABELS.reason}", "limit_unknown", "", ""
  ),
  "${LABELS.kind}", "session_dead", "", ""
)`;
}

export const sessionDead: AlertDefinition = {
  key: "session_dead",
  number: 11,
  name: "SessionDead",
  severity: "critical",
  owner: "pls_platform_owner",
  nextAction: "reauthenticate_or_refill",
  phase: "none",
  scope: "event",
  opening: "the agent session behind the worker is dead",
  state: () => "session_dead: {{ $labels.reason }}",
  summary: () => "The session behind worker {{ $labels.worker_id }} is dead ({{ $labels.reason }}).",
  description: ({ thresholds }) =>
    `Its process may live; nothing it asks is answered. The page ends with a success, or ${thresholds.event_hold_minutes} min after the last report.`,
  expr: (context) => ({
    critical: incidentsFor("session_dead", CRITICAL),
    high: `${incidentsFor("session_dead", HIGH)}\nor\n${overdueWaits(context)}`,
  }),
  runbook: {
    meaning:
      "The model provider's login or allowance behind a worker is gone, by what the agent itself reports. `token_revoked` needs a new login, `credit_limit` credit; `usage_limit`, `rate_limit` and `limit_unknown` are limits whose reset has passed with no success; `no_success` is a session that was asked and never answered.",
    impact:
      "Every job that this session works on stands still. Workers that share the login or the account die with it.",
    firstLook: [
      {
        shows: "workers with dead sessions, by class: one login, or the whole account",
        expr: `count by (worker_pool, reason) (max by (worker_pool, worker_id, reason) (last_over_time(${METRICS.claimIncidents.prometheusName}{kind="session_dead"}[2h])))`,
      },
      {
        shows: "sessions that wait for a limit, with seconds until they count as dead",
        expr: `max by (worker_pool, worker_id, job_id) (last_over_time(${limitedUntil}[2h])) - time()`,
      },
    ],
    alreadyTried:
      "A limit was waited for until its stated reset and a while longer. What a successor needs was saved: job, branch, what is done, what remains. The agent was not ended.",
    steps: [
      "**Restarting an agent that several sessions share kills them all.** Save their context first: stop each `watchdog session` with SIGTERM, let it end, and look for `worker.handover.saved`.",
      "token_revoked: sign in again, as the worker's user. credit_limit: add credit, or raise the spend cap.",
      "A limit: look at its reset in the provider's console; move the work to another account if it can not wait.",
      "A worker that is not started again: `watchdog retire --worker $worker --pool $pool --reason …` ends the page.",
      "The page ends with the session's first success. `watchdog status` shows what the job's next attempt finds.",
    ],
    never: [
      "Do not restart the agent before the context of every session that shares it is saved.",
      "Do not copy a login from another worker: it is revoked for both.",
    ],
    escalation: "Several workers at once, or no credit to be had: tell the platform owner, with class and account.",
  },
};
