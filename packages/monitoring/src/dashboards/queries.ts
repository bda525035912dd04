/** PromQL that more than one panel uses. */
import { ATTRIBUTES, METRICS, prometheusLabel } from "@worker-watchdog/sdk/semconv";
import { ATTEMPT, JOB, LABELS, WORKER } from "../rules/labels.ts";
import { RECORDED } from "../rules/recording-rules.ts";
import { OF_POOL, OF_WORKER, OF_WORKER_OR_POOL } from "./dashboard-frame.ts";

const OUTCOME = prometheusLabel(ATTRIBUTES.claimOutcome.key);
const PHASE = prometheusLabel(ATTRIBUTES.phase.key);
const STATUS = prometheusLabel(ATTRIBUTES.phaseStatus.key);
const PHASE_DURATION = METRICS.phaseDuration.prometheusName;

const FIRING = `alertstate="firing",${LABELS.alertKey}!="watchdog"`;

/** Alerts that fire, without the dead man's switch; one series for each. */
export const firingAlerts: string = `max by (alertname, ${LABELS.alertKey}, ${LABELS.severity}, ${LABELS.owner}, ${LABELS.phase}, ${ATTEMPT}) (ALERTS{${FIRING},${OF_WORKER_OR_POOL}})`;

/** The same with the policy key once more, for the column that shows the next action in its place. */
export const NEXT_ACTION = "next_action";
export const firingWithAction: string = `label_join(${firingAlerts}, "${NEXT_ACTION}", "", "${LABELS.alertKey}")`;

/** How many alerts fire; 0 where none does. */
export const firingCount: string = `count(${firingAlerts}) or vector(0)`;

/** Seconds since each worker was seen. */
export const lastSeen: string = `time() - max by (${WORKER}) (${RECORDED.alive}{${OF_WORKER}})`;

/** Seconds of lease left of each job that is held; negative past the expiry. */
export const leaseLeft: string = `max by (${ATTEMPT}) (${RECORDED.openLease}{${OF_WORKER}}) - time()`;

/** Seconds since each held job last moved. */
export const progressAge: string = `time() - max by (${ATTEMPT}) (last_over_time(${METRICS.claimProgressAt.prometheusName}{${OF_WORKER}}[15m]) and on (${ATTEMPT}) ${RECORDED.openLease})`;

/** Consecutive empty claims of each worker. */
export const streak: string = `max by (${WORKER}) (${METRICS.noJobStreak.prometheusName}{${OF_WORKER}})`;

/** Claims in a minute, by outcome. */
export const claimRate: string = `60 * sum by (${OUTCOME}) (rate(${METRICS.claims.prometheusName}{${OF_WORKER}}[$__rate_interval]))`;
export const claimLegend: string = `{{${OUTCOME}}}`;

/** Open incidents by kind and reason. */
export const openIncidents: string = `sum by (${LABELS.kind}, ${LABELS.reason}) (${RECORDED.openIncidents}{${OF_WORKER}})`;
export const incidentLegend: string = `{{${LABELS.kind}}}: {{${LABELS.reason}}}`;

/** Incidents of one kind in the range shown, by reason. */
export function incidentsInRange(kind: string): string {
  return `count by (${LABELS.reason}) (max by (${JOB}, ${LABELS.reason}) (last_over_time(${METRICS.claimIncidents.prometheusName}{${LABELS.kind}="${kind}",${OF_WORKER}}[$__range])))`;
}

const jobsWith = (metric: string) => `count(max by (${JOB}) (last_over_time(${metric}{${OF_WORKER}}[$__range])))`;

/** Jobs that were claimed in the range shown. */
export const jobsClaimed: string = `${jobsWith(METRICS.claimStartedAt.prometheusName)} or vector(0)`;

/** Share of the jobs claimed in the range shown that have a verified artifact: is the project advancing? */
export const advancement: string = `(${jobsWith(METRICS.claimArtifactVerifiedAt.prometheusName)} or vector(0)) / ${jobsWith(METRICS.claimStartedAt.prometheusName)}`;

/** 95th percentile of each phase's duration. */
export const phaseDuration: string = `histogram_quantile(0.95, sum by (le, ${PHASE}) (rate(${PHASE_DURATION}_bucket{${OF_POOL}}[$__rate_interval])))`;
export const phaseLegend: string = `{{${PHASE}}}`;

/** Phase runs in a minute that did not end ok. */
export const phaseTrouble: string = `60 * sum by (${PHASE}, ${STATUS}) (rate(${PHASE_DURATION}_count{${STATUS}!="ok",${OF_POOL}}[$__rate_interval]))`;
export const phaseTroubleLegend: string = `{{${PHASE}}}: {{${STATUS}}}`;
