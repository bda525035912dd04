/** Names of the series that are recorded for dashboards, as `level:metric:operations`. */
import { METRICS, type MetricKey } from "@worker-watchdog/sdk/semconv";

const row = (key: MetricKey): string => METRICS[key].prometheusName;

/**
 * Each carries `job`, `instance` and `worker_role` beside what its level says. At the level `pool` the instance is
 * {@link ALL_INSTANCES}: a pool is no process.
 */
export const SHOWN = {
  /** 1 for each worker that was seen: where its role, service and process are read from. */
  worker: `worker:${row("startedAt")}:group`,
  /** Last sign of life of the workers on duty: those that did not sign off. */
  onDuty: `worker:${row("aliveAt")}:max_on_duty`,
  /** 1 for a worker on duty about which no alert fires, 0 for the others. */
  healthy: `worker:${row("aliveAt")}:healthy`,
  streak: `worker:${row("noJobStreak")}:max_on_duty`,
  openLease: `attempt:${row("claimLeaseExpiresAt")}:max_held`,
  progress: `attempt:${row("claimProgressAt")}:max_held`,
  incidents: `attempt:${row("claimIncidents")}:max_held`,
  /** Of each pool, by the worker that asked last: when its oldest pending job was queued, and how many wait. */
  oldestPending: `worker:${row("queueOldestPendingAt")}:max_newest`,
  pendingJobs: `worker:${row("queuePendingJobs")}:max_newest`,
  /** Since when each alert fires, but for the dead man's switch. */
  alerts: "alert:worker_alerts:max_since",
  /** Since when the dead man's switch fires. */
  deadMansSwitch: "rules:worker_watchdog:max_since",
  /** Jobs that ended lately, weighted by recency, by the worker that had them last: without a verified artifact, with one, and all. */
  lost: `worker:${row("claimArtifactVerifiedAt")}:sum_lost`,
  advanced: `worker:${row("claimArtifactVerifiedAt")}:sum_advanced`,
  ended: `worker:${row("claimArtifactVerifiedAt")}:sum_ended`,
  poolWorkers: `pool:${row("aliveAt")}:count_on_duty`,
  poolHealthy: `pool:${row("aliveAt")}:sum_healthy`,
  poolStreak: `pool:${row("noJobStreak")}:max_on_duty`,
  poolLease: `pool:${row("claimLeaseExpiresAt")}:min_held`,
  poolRisk: `pool:${row("claimLeaseExpiresAt")}:count_by_risk`,
  poolProgress: `pool:${row("claimProgressAt")}:min_held`,
  poolIncidents: `pool:${row("claimIncidents")}:sum_held`,
  poolClaims: `pool:${row("claims")}:rate`,
  /** Repairs within the hold time of events, by trigger and result. */
  poolRepairs: `pool:${row("repairs")}:increase`,
  poolAlerts: "pool:worker_alerts:count",
  /** Share of the error budget that is left, by objective. */
  poolBudgetLeft: "pool:worker_slo_budget:ratio_left",
  /** How many times too fast the error budget is spent, by objective and window. */
  poolBurnRate: "pool:worker_slo_burn:ratio",
  poolAdvanced: `pool:${row("claimArtifactVerifiedAt")}:sum_advanced`,
  poolEnded: `pool:${row("claimArtifactVerifiedAt")}:sum_ended`,
} as const;

/** `instance` of what is of a pool. */
export const ALL_INSTANCES = "all";
/** What a label says that no row gave: of a worker whose rows do not tell its role, of an alert about a whole pool. */
export const UNKNOWN = "unknown";
