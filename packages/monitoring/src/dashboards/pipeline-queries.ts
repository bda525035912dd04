/** PromQL of the pipeline's panels, over what the servers say of themselves: the series that the alerts telemetry_* stand on. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { SHOWN } from "../rules/dashboard-series.ts";
import { LABELS, WORKER } from "../rules/labels.ts";
import { EXPORTED, OVERFLOW_LABEL, REFUSED, SERVER_METRICS, SHOWN_SERVER_METRICS } from "../rules/server-metrics.ts";
import type { DashboardSpec } from "./dashboard-frame.ts";
import { OF_KIND, OF_WORKER } from "./matchers.ts";
import { orNone, TABLE_ROWS } from "./queries.ts";

const SERVER = [LABELS.service, LABELS.instance].join(", ");
const OUR_GROUPS = 'rule_group=~".+;worker-watchdog.*"';
const OTLP = 'handler=~"/api/v1/otlp/.+"';

const of = (metric: string, ...matchers: readonly string[]): string => `${metric}{${[OF_KIND, ...matchers].join(",")}}`;
const rate = (metric: string, ...matchers: readonly string[]): string =>
  `rate(${of(metric, ...matchers)}[$__rate_interval])`;

/** Several counters as one, each absent until it first rises. Not one `sum` over all: `or` drops the like-named of another metric. */
const added = (each: readonly string[]): string => each.map((expr) => `(sum(${expr}) or vector(0))`).join(" + ");
const rates = (metrics: readonly string[]): string => added(metrics.map((metric) => rate(metric)));
const risen = (metrics: readonly string[], ...matchers: readonly string[]): string =>
  added(metrics.map((metric) => `increase(${of(metric, ...matchers)}[$__range])`));

const isServer = ({ telemetry }: Policy): string =>
  `${LABELS.service}=~"${telemetry.collector_job}|${telemetry.prometheus_job}|${telemetry.alertmanager_job}"`;
const byServer = (expr: string): string => `max by (${SERVER}) (${expr})`;

/** The servers' own scrapes: where the variables Job and Instance take their values from. */
export const servers = (policy: Policy): NonNullable<DashboardSpec["servers"]> => ({
  metric: SERVER_METRICS.up,
  matchers: isServer(policy),
});

/** 1 for each server that answers. */
export const up = (policy: Policy): string => byServer(of(SERVER_METRICS.up, isServer(policy)));
export const serversDown = (policy: Policy): string => orNone(`count(${of(SERVER_METRICS.up, isServer(policy))} == 0)`);
/** Seconds since each started. */
export const runningFor = (policy: Policy): string =>
  byServer(`${of(SERVER_METRICS.collectorUptime)} or time() - ${of(SHOWN_SERVER_METRICS.startedAt, isServer(policy))}`);
/** 0 where the last reload was refused. */
export const reloaded: string = byServer(
  `${of(SERVER_METRICS.prometheusReloaded)} or ${of(SERVER_METRICS.alertmanagerReloaded)}`,
);
export const memory = (policy: Policy): string =>
  byServer(
    `${of(SHOWN_SERVER_METRICS.collectorMemory)} or ${of(SHOWN_SERVER_METRICS.processMemory, isServer(policy))}`,
  );

/** Seconds since the dead man's switch began to fire; none where it is silent. */
export const deadMansSwitch: string = `time() - max(${of(SHOWN.deadMansSwitch)})`;

/** Share of its capacity that each exporter's queue holds. */
const fill = `${of(SERVER_METRICS.queueSize)} / ${of(SERVER_METRICS.queueCapacity)}`;
export const queueFill: string = `max by (${LABELS.instance}, exporter) (${fill})`;
export const fullestQueue: string = `max(${fill})`;

const LOSSES = [...EXPORTED.sendFailed, ...EXPORTED.enqueueFailed, ...REFUSED];
/** Points, spans and log records that were lost or sent back. The Collector has no such counter before its first, which `increase()` would not see. */
export const lost: string = added(
  LOSSES.map((metric) => `${of(metric)} unless ${of(metric)} offset $__range or increase(${of(metric)}[$__range])`),
);
export const gaveUp: string = rates(EXPORTED.sendFailed);
export const noPlace: string = rates(EXPORTED.enqueueFailed);
export const refused: string = rates(REFUSED);

export const accepted: string = `sum by (receiver) (${rate(SHOWN_SERVER_METRICS.acceptedPoints)})`;
export const sent: string = `sum by (exporter) (${rate(SERVER_METRICS.sentPoints)})`;
export const otlpAnswers: string = `sum by (code) (${rate(SERVER_METRICS.httpRequests, OTLP)})`;

/** Rules that failed, and rounds of a group that were left out. */
export const rulesFailed: string = risen(
  [SERVER_METRICS.evaluationFailures, SERVER_METRICS.iterationsMissed],
  OUR_GROUPS,
);
const byGroup = (expr: string): string =>
  `max by (group) (label_replace(${expr}, "group", "$1", "rule_group", ".+;(.+)"))`;
/** Share of its interval that the last round of each group took. */
export const ruleLoad: string = byGroup(
  `${of(SHOWN_SERVER_METRICS.groupSeconds, OUR_GROUPS)} / ${of(SHOWN_SERVER_METRICS.groupInterval, OUR_GROUPS)}`,
);
/** Intervals since each group's last round. */
export const ruleAge: string = byGroup(
  `(time() - ${of(SHOWN_SERVER_METRICS.groupEvaluatedAt, OUR_GROUPS)}) / ${of(SHOWN_SERVER_METRICS.groupInterval, OUR_GROUPS)}`,
);
export const headSeries: string = `max by (${LABELS.instance}) (${of(SHOWN_SERVER_METRICS.headSeries)})`;
/** Series into which everything past an instrument's limit falls. */
export const overflown: string = orNone(`count({${OVERFLOW_LABEL}="true",${OF_KIND}})`);

/** Alerts that did not reach Alertmanager, and notifications that did not reach a receiver. */
export const pagesFailed: string = risen([SERVER_METRICS.alertsNotSent, SERVER_METRICS.notificationsFailed]);
export const alertsSent: string = rates([SERVER_METRICS.alertsSent]);
export const alertsNotSent: string = rates([SERVER_METRICS.alertsNotSent]);
/** By kind of receiver; Alertmanager knows many more kinds than are in use. */
export const notifications: string = `sum by (integration) (${rate(SHOWN_SERVER_METRICS.notifications)}) > 0 or on () label_replace(vector(0), "integration", "none", "", "")`;
export const notificationsFailed: string = rates([SERVER_METRICS.notificationsFailed]);

/** Workers whose clock is furthest off the job service's. */
const offset = `${METRICS.clockOffset.prometheusName}{${OF_WORKER}}`;
export const clockOffsets: string = `topk(${TABLE_ROWS}, max by (${WORKER}) (abs(${offset})))`;
export const furthestClock: string = `max(abs(${offset}))`;
