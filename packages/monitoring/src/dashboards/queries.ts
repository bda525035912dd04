/** PromQL of the panels. Everything about many workers reads what was recorded for it: one sample of each series. */
import { ATTRIBUTES, type IncidentKind, METRICS, prometheusLabel } from "@worker-watchdog/sdk/semconv";
import { SHOWN } from "../rules/dashboard-series.ts";
import { ALERT, ATTEMPT, JOB, LABELS, WORKER } from "../rules/labels.ts";
import { OF_ALERT, OF_PIPELINE_ALERT, OF_POOL, OF_WORKER } from "./matchers.ts";

const POOL = LABELS.workerPool;
const PHASE = prometheusLabel(ATTRIBUTES.phase.key);
const STATUS = prometheusLabel(ATTRIBUTES.phaseStatus.key);
const PHASE_DURATION = METRICS.phaseDuration.prometheusName;

/** How many rows a table has at most: those most in need of a look. */
export const TABLE_ROWS = 100;

/** `expr` of several label sets, or 0 where there is none at all. */
export const orNone = (expr: string): string => `${expr} or vector(0)`;

// Alerts

/** The label that has the policy key once more, for the column that shows the next action in its place. */
export const NEXT_ACTION = "next_action";
/** Seconds that each alert has fired, without the dead man's switch. `matchers` choose among them. */
function firingFor(who: string, matchers: string): string {
  const since = `max by (${ALERT}, ${who}) (${SHOWN.alerts}{${matchers}})`;
  return `label_join(time() - ${since}, "${NEXT_ACTION}", "", "${LABELS.alertKey}")`;
}
export const alerts: string = firingFor(ATTEMPT, OF_ALERT);
/** Those on the pipeline itself, with the server or worker that each is about. */
export const pipelineAlerts: string = firingFor(
  [LABELS.service, LABELS.instance, WORKER].join(", "),
  OF_PIPELINE_ALERT,
);

/** How many alerts fire. */
export const alertCount: string = orNone(`count(${SHOWN.alerts}{${OF_ALERT}})`);

/** How many alerts fire, by severity; of pools. */
export const alertsBySeverity: string = `sum by (${LABELS.severity}) (${SHOWN.poolAlerts}{${OF_POOL}})`;

// Workers

/** Workers on duty: seen, and not signed off. */
export const workers: string = orNone(`count(${SHOWN.onDuty}{${OF_WORKER}})`);

/** Share of the workers on duty about which no alert fires. */
export const health: string = `avg(${SHOWN.healthy}{${OF_WORKER}})`;

const ofRole = (aggregate: string, series: string): string =>
  `${aggregate} by (${POOL}, ${LABELS.workerRole}) (${series}{${OF_POOL}})`;

/** The same by pool and role. */
export const healthByRole: string = `${ofRole("sum", SHOWN.poolHealthy)} / ${ofRole("sum", SHOWN.poolWorkers)}`;
export const workersByRole: string = ofRole("sum", SHOWN.poolWorkers);
export const ROLE_LEGEND = `{{${POOL}}} {{${LABELS.workerRole}}}`;

/** An affected job of each pool and role: one whose alert fires. */
export const affectedJobByRole: string = `max by (${POOL}, ${LABELS.workerRole}, ${LABELS.jobId}, ${LABELS.traceId}) (topk by (${POOL}, ${LABELS.workerRole}) (1, ${SHOWN.alerts}{${LABELS.jobId}!="",${OF_WORKER}}))`;

/** The workers most in need of a look: those with an alert, then those not seen for longest. */
const worstWorkers = `bottomk(${TABLE_ROWS}, ${SHOWN.healthy}{${OF_WORKER}} * time() + ${SHOWN.onDuty}{${OF_WORKER}})`;
const ofWorst = (expr: string): string => `${expr} and on (${WORKER}) ${worstWorkers}`;

export const workerHealth: string = ofWorst(`${SHOWN.healthy}{${OF_WORKER}}`);
export const workerLastSeen: string = ofWorst(`time() - ${SHOWN.onDuty}{${OF_WORKER}}`);
export const workerStreak: string = ofWorst(`${SHOWN.streak}{${OF_WORKER}}`);
export const workerJob: string = ofWorst(`${SHOWN.openLease}{${OF_WORKER}} - time()`);

/** Seconds since each worker was seen. */
export const lastSeen: string = `time() - ${SHOWN.onDuty}{${OF_WORKER}}`;
export const longestUnseen: string = `time() - min(${SHOWN.onDuty}{${OF_WORKER}})`;

// Held jobs

/** Seconds of lease left of each job that is held; negative past the expiry. */
export const leaseLeft: string = `max by (${ATTEMPT}) (${SHOWN.openLease}{${OF_WORKER}}) - time()`;
export const shortestLease: string = `bottomk(1, ${SHOWN.openLease}{${OF_WORKER}}) - time()`;
export const leaseLeftByPool: string = `min by (${POOL}) (${SHOWN.poolLease}{${OF_POOL}}) - time()`;
export const jobsByRisk: string = `sum by (${LABELS.risk}) (${SHOWN.poolRisk}{${OF_POOL}})`;
export const jobsHeld: string = orNone(`count(${SHOWN.openLease}{${OF_WORKER}})`);

/** Held jobs with the least lease left. */
export const heldByLease: string = `max by (${ATTEMPT}) (bottomk(${TABLE_ROWS}, ${SHOWN.openLease}{${OF_WORKER}})) - time()`;

/** Seconds since each held job last moved. */
export const progressAge: string = `time() - max by (${ATTEMPT}) (${SHOWN.progress}{${OF_WORKER}})`;
export const longestStill: string = `time() - bottomk(1, ${SHOWN.progress}{${OF_WORKER}})`;
export const progressAgeByPool: string = `time() - min by (${POOL}) (${SHOWN.poolProgress}{${OF_POOL}})`;
/** Held jobs that have stood still for longest, and the lease that those have left. */
const stillest = `bottomk(${TABLE_ROWS}, ${SHOWN.progress}{${OF_WORKER}})`;
export const heldByProgress: string = `time() - max by (${ATTEMPT}) (${stillest})`;
export const leaseOfStillest: string = `max by (${ATTEMPT}) (${SHOWN.openLease}{${OF_WORKER}} and on (${ATTEMPT}) ${stillest}) - time()`;

// Queues and claims

export const queueAgeByPool: string = `time() - min by (${POOL}) (${SHOWN.oldestPending}{${OF_POOL}})`;
export const pendingByPool: string = `max by (${POOL}) (${SHOWN.pendingJobs}{${OF_POOL}})`;
export const oldestPending: string = `time() - min(${SHOWN.oldestPending}{${OF_POOL}})`;
/** In each pool the held job that has stood still for longest. */
export const stuckJobByPool: string = `time() - max by (${ATTEMPT}) (bottomk by (${POOL}) (1, ${SHOWN.progress}{${OF_WORKER}}))`;

/** Claims in a minute, by outcome. */
export const claimRate: string = `60 * sum by (${LABELS.claimOutcome}) (${SHOWN.poolClaims}{${OF_POOL}})`;
/** The same of the chosen workers alone. */
export const claimRateOfWorker: string = `60 * sum by (${LABELS.claimOutcome}) (rate(${METRICS.claims.prometheusName}{${OF_WORKER}}[$__rate_interval]))`;
export const CLAIM_LEGEND = `{{${LABELS.claimOutcome}}}`;

/** Consecutive empty claims. */
export const streak: string = `max by (${WORKER}) (${SHOWN.streak}{${OF_WORKER}})`;
export const longestStreak: string = orNone(`max(${SHOWN.streak}{${OF_WORKER}})`);
export const longestStreaks: string = `topk(${TABLE_ROWS}, max by (${WORKER}) (${SHOWN.streak}{${OF_WORKER}}) > 0)`;
export const streakByPool: string = `max by (${POOL}) (${SHOWN.poolStreak}{${OF_POOL}})`;
export const claimDuration: string = `histogram_quantile(0.95, sum by (le, ${POOL}) (rate(${PHASE_DURATION}_bucket{${PHASE}="claim",${OF_POOL}}[$__rate_interval])))`;

// Results

/** Share of the jobs whose work ended that have a verified artifact, weighted by recency. */
export const advancement: string = `sum(${SHOWN.advanced}{${OF_WORKER}}) / sum(${SHOWN.ended}{${OF_WORKER}})`;
export const advancementByPool: string = `sum by (${POOL}) (${SHOWN.poolAdvanced}{${OF_POOL}}) / sum by (${POOL}) (${SHOWN.poolEnded}{${OF_POOL}})`;
export const advancementByRole: string = `${ofRole("sum", SHOWN.poolAdvanced)} / ${ofRole("sum", SHOWN.poolEnded)}`;
/** Weighted jobs that ended without a verified artifact, of the workers that have most of them. */
export const notAdvanced: string = `topk(${TABLE_ROWS}, ${SHOWN.lost}{${OF_WORKER}})`;

/** Open incidents by kind and reason. */
export const openIncidents: string = `sum by (${LABELS.kind}, ${LABELS.reason}) (${SHOWN.incidents}{${OF_WORKER}})`;
export function openOfKinds(...kinds: readonly IncidentKind[]): string {
  return `sum by (${LABELS.kind}, ${LABELS.reason}) (${SHOWN.poolIncidents}{${ofKinds(kinds)},${OF_POOL}})`;
}
export const INCIDENT_LEGEND = `{{${LABELS.kind}}}: {{${LABELS.reason}}}`;
export const REASON_LEGEND = `{{${LABELS.reason}}}`;

/** Matcher of incidents of these kinds; of none named, of every kind. */
const ofKinds = (kinds: readonly IncidentKind[]): string =>
  kinds.length === 0 ? `${LABELS.kind}!=""` : `${LABELS.kind}=~"${kinds.join("|")}"`;

/** The highest last value of a worker's rows in the range shown. */
export function lastInRange(by: string, metric: string, ...matchers: readonly string[]): string {
  return `max by (${by}) (last_over_time(${metric}{${[...matchers, OF_WORKER].join(",")}}[$__range]))`;
}
const inRange = (by: string, kinds: readonly IncidentKind[]): string =>
  lastInRange(by, METRICS.claimIncidents.prometheusName, ofKinds(kinds));

/** Jobs with an incident of these kinds in the range shown, by reason. */
export function jobsWith(...kinds: readonly IncidentKind[]): string {
  return `count by (${LABELS.reason}) (${inRange(`${JOB}, ${LABELS.reason}`, kinds)})`;
}

/** Incidents of these kinds in the range shown, each with its attempt, and those of them that are open. */
export function incidentsInRange(...kinds: readonly IncidentKind[]): string {
  return `topk(${TABLE_ROWS}, ${inRange(`${ATTEMPT}, ${LABELS.kind}, ${LABELS.reason}`, kinds)})`;
}
export function incidentsOpen(...kinds: readonly IncidentKind[]): string {
  return `max by (${ATTEMPT}, ${LABELS.kind}, ${LABELS.reason}) (${SHOWN.incidents}{${ofKinds(kinds)},${OF_WORKER}}) and on (${ATTEMPT}, ${LABELS.kind}, ${LABELS.reason}) ${incidentsInRange(...kinds)}`;
}

const runs = (fn: string, matchers: string, range: string): string =>
  `${fn}(${PHASE_DURATION}_count{${matchers},${OF_POOL}}[${range}])`;
const GATE = `${PHASE}="artifact"`;
const GATE_DECIDED = `${GATE},${STATUS}!="retried"`;

/** Share of the artifact gate's runs that found the evidence. */
export const evidenceRate: string = `(sum(${runs("increase", `${GATE},${STATUS}="ok"`, "$__range")}) or vector(0)) / sum(${runs("increase", GATE_DECIDED, "$__range")})`;
export const evidenceRateByPool: string = `(
  sum by (${POOL}) (${runs("rate", `${GATE},${STATUS}="ok"`, "$__rate_interval")})
  or
  0 * sum by (${POOL}) (${runs("rate", GATE_DECIDED, "$__rate_interval")})
) / sum by (${POOL}) (${runs("rate", GATE_DECIDED, "$__rate_interval")})`;

/** Seconds of lease that were left at a successful complete. */
const MARGIN = METRICS.leaseMargin.prometheusName;
export const leaseMargin: string = `sum by (le) (rate(${MARGIN}_bucket{${OF_POOL}}[$__rate_interval]))`;
export const leaseMarginLow: string = `histogram_quantile(0.05, sum by (le) (increase(${MARGIN}_bucket{${OF_POOL}}[$__range])))`;

// Phases

/** 95th percentile of each phase's duration, with exemplars. */
export const phaseDuration: string = `histogram_quantile(0.95, sum by (le, ${PHASE}) (rate(${PHASE_DURATION}_bucket{${OF_POOL}}[$__rate_interval])))`;
export const PHASE_LEGEND = `{{${PHASE}}}`;

/** Phase runs in a minute that did not end ok. */
export const phaseTrouble: string = `60 * sum by (${PHASE}, ${STATUS}) (rate(${PHASE_DURATION}_count{${STATUS}!="ok",${OF_POOL}}[$__rate_interval]))`;
export const PHASE_TROUBLE_LEGEND = `{{${PHASE}}}: {{${STATUS}}}`;

// Repairs and sessions

const repairs = (by: string, matchers: string): string =>
  `${by === "" ? "sum" : `sum by (${by})`} (${SHOWN.poolRepairs}{${matchers}${OF_POOL}})`;
const RESULT = LABELS.repairResult;
const TRIGGER = LABELS.repairTrigger;

/** Repairs within the hold time of events. */
export const repairsByResult: string = repairs(RESULT, "");
export const repairsByTrigger: string = repairs(TRIGGER, "");
export const RESULT_LEGEND = `{{${RESULT}}}`;
/** Share of the repairs that worked, of those that were carried out: a proposal is none. */
const shareOfWorked = (by: string): string =>
  `(${repairs(by, `${RESULT}="success",`)} or 0 * ${repairs(by, `${RESULT}!="needs_human",`)}) / ${repairs(by, `${RESULT}!="needs_human",`)}`;
export const repairSuccess: string = shareOfWorked("");
export const repairSuccessByTrigger: string = shareOfWorked(TRIGGER);
export const proposalsByTrigger: string = repairs(TRIGGER, `${RESULT}="needs_human",`);

/** Sessions that wait for a limit's reset, with the seconds until they count as dead. */
export const sessionsWaiting: string = `max by (${ATTEMPT}) (
  ${METRICS.sessionLimitedUntil.prometheusName}{${OF_WORKER}}
  unless on (${ATTEMPT})
  ${METRICS.sessionLimitCleared.prometheusName}{${OF_WORKER}} >= on (${ATTEMPT}) ${METRICS.sessionLimitedUntil.prometheusName}{${OF_WORKER}}
) - time()`;
