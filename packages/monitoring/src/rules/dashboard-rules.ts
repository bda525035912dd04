/**
 * Recording rules for dashboards: what a panel shows, ready, so that its query reads one sample of each series however many workers there are, and
 * with each series' role, service and process, which the rows of attempts do not carry.
 */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { LEASE_RISKS, type LeaseRisk, METRICS, type MetricKey } from "@worker-watchdog/sdk/semconv";
import { filled, ofKind, ofPool, replaced } from "./dashboard-labels.ts";
import { advancementRules, objectiveRules } from "./dashboard-results.ts";
import { ALL_INSTANCES, SHOWN, UNKNOWN } from "./dashboard-series.ts";
import { duration, minutes } from "./durations.ts";
import { ALERT, ATTEMPT, KIND_OF_WORKER, LABELS, WORKER } from "./labels.ts";
import { lastValue } from "./last-value.ts";
import { type Ranges, ranges } from "./ranges.ts";
import { RECORDED, type RecordingRule, UNLESS_STOPPED } from "./recording-rules.ts";

/** How often what changes with each tick of the alerts is recorded for dashboards, in seconds: as often as they are drawn again. */
export const DASHBOARD_INTERVAL_SECONDS = 30;

const POOL = LABELS.workerPool;
/** Ours: other rules of the same Prometheus have no such label. */
const OURS = `${LABELS.alertKey}!~"|watchdog"`;
const SWITCH = `${LABELS.alertKey}="watchdog"`;
const FIRING = `alertstate="firing",${OURS}`;

/** What changes with each tick of the alerts, in order. */
export function dashboardRules(policy: Policy): readonly RecordingRule[] {
  return [
    { record: SHOWN.onDuty, expr: ofKind(`${RECORDED.alive}\n${UNLESS_STOPPED}`) },
    {
      record: SHOWN.healthy,
      expr: `group by (${KIND_OF_WORKER}, ${WORKER}) (${SHOWN.onDuty} unless on (${WORKER}) ALERTS{${FIRING},${LABELS.workerId}!=""})
or
0 * ${SHOWN.onDuty}`,
    },
    { record: SHOWN.openLease, expr: ofKind(RECORDED.openLease) },
    { record: SHOWN.progress, expr: ofKind(RECORDED.progress) },
    { record: SHOWN.incidents, expr: ofKind(RECORDED.openIncidents) },
    {
      record: SHOWN.alerts,
      expr: filled(`${ofKind(firingSince(`${ALERT}, ${ATTEMPT}`, `,${LABELS.workerId}!=""`))}
or on (${ALERT}, ${ATTEMPT})
(
${firingSince(`${ALERT}, ${ATTEMPT}, ${LABELS.service}, ${LABELS.instance}`)}
)`),
    },
    {
      record: SHOWN.deadMansSwitch,
      expr: replaced(
        replaced(
          `max(ALERTS_FOR_STATE{${SWITCH}} and on () ALERTS{alertstate="firing",${SWITCH}})`,
          LABELS.instance,
          ALL_INSTANCES,
          "",
        ),
        LABELS.service,
        policy.telemetry.prometheus_job,
        "",
      ),
    },
    { record: SHOWN.poolWorkers, expr: ofPool("count", SHOWN.onDuty) },
    { record: SHOWN.poolHealthy, expr: ofPool("sum", SHOWN.healthy) },
    { record: SHOWN.poolLease, expr: ofPool("min", SHOWN.openLease) },
    { record: SHOWN.poolRisk, expr: ofPool("count", byRisk(policy), LABELS.risk) },
    { record: SHOWN.poolProgress, expr: ofPool("min", SHOWN.progress) },
    { record: SHOWN.poolIncidents, expr: ofPool("sum", SHOWN.incidents, LABELS.kind, LABELS.reason) },
    { record: SHOWN.poolAlerts, expr: ofPool("count", SHOWN.alerts, LABELS.severity) },
  ];
}

/** What stands still for a minute, or is read from further back, in order: as often as the deep scans. */
export function slowDashboardRules(policy: Policy): readonly RecordingRule[] {
  const range = ranges(policy);
  const newest = lastValue(`${KIND_OF_WORKER}, ${WORKER}`, METRICS.startedAt.prometheusName, range.aliveSeconds);
  const claims = `rate(${METRICS.claims.prometheusName}[${duration(range.absentSeconds)}])`;
  return [
    {
      record: SHOWN.worker,
      expr: filled(`group by (${KIND_OF_WORKER}, ${WORKER}) (topk by (${WORKER}) (1, ${newest}))
or on (${WORKER})
group by (${WORKER}) (${RECORDED.alive})`),
    },
    { record: SHOWN.streak, expr: ofKind(`${RECORDED.noJobStreak}\n${UNLESS_STOPPED}`) },
    { record: SHOWN.poolStreak, expr: ofPool("max", SHOWN.streak) },
    { record: SHOWN.oldestPending, expr: ofKind(newestWord("queueOldestPendingAt", range)) },
    { record: SHOWN.pendingJobs, expr: ofKind(newestWord("queuePendingJobs", range)) },
    {
      record: SHOWN.poolClaims,
      expr: ofPool(
        "sum",
        `${claims}\n* on (${WORKER}) group_left (${LABELS.workerRole})\n${SHOWN.worker}`,
        LABELS.claimOutcome,
      ),
    },
    { record: SHOWN.poolRepairs, expr: recentRepairs(range) },
    ...advancementRules(policy),
    ...objectiveRules(policy),
  ];
}

/** When each alert began to fire. */
function firingSince(by: string, matchers = ""): string {
  return `max by (${by}) (ALERTS_FOR_STATE{${OURS}${matchers}})\nand on (${by})\nALERTS{${FIRING}${matchers}}`;
}

/** What the worker of each pool that asked last was told of the queue, while no claim since then got a job. */
function newestWord(metric: MetricKey, { streakSeconds }: Ranges): string {
  return `${lastValue(WORKER, METRICS[metric].prometheusName, streakSeconds)}
unless on (${WORKER})
${RECORDED.polled} < on (${POOL}) group_left () max by (${POOL}) (${RECORDED.polled})
unless on (${WORKER})
${RECORDED.polled} <= on (${POOL}) group_left () ${RECORDED.poolClaimed}`;
}

/**
 * Repairs since an event's hold time ago. Not with `increase()`, which does not see the first of a kind, nor one alone in its range; and a total
 * that fell is a Collector that began anew.
 */
function recentRepairs({ eventSeconds, closeSeconds }: Ranges): string {
  const by = [LABELS.service, POOL, LABELS.repairTrigger, LABELS.repairResult].join(", ");
  const { prometheusName } = METRICS.repairs;
  const now = `last_over_time(${prometheusName}[${duration(eventSeconds)}])`;
  const before = `last_over_time(${prometheusName}[${duration(closeSeconds)}] offset ${duration(eventSeconds)})`;
  const kind = replaced(
    `sum by (${by}) (\n${now} - (${before} <= ${now})\nor\n${now}\n)`,
    LABELS.workerRole,
    UNKNOWN,
    "",
  );
  return replaced(kind, LABELS.instance, ALL_INSTANCES, "");
}

/** Held jobs with the risk of their lease as a label, at the boundaries of R6.5. */
function byRisk({ thresholds }: Policy): string {
  const lease = SHOWN.openLease;
  const warn = minutes(thresholds.lease_remaining_minutes_warn);
  const grace = thresholds.lease_expired_grace_seconds;
  const held: Readonly<Record<LeaseRisk, string>> = {
    normal: `${lease} >= time() + ${warn}`,
    near_expiry: `${lease} < time() + ${warn} > time()`,
    expired: `${lease} <= time() >= time() - ${grace}`,
    stale: `${lease} < time() - ${grace}`,
  };
  return LEASE_RISKS.map((risk) => replaced(held[risk], LABELS.risk, risk, "")).join("\nor\n");
}
