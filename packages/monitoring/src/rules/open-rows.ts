/** What a person's commands ask Prometheus: what stands open for a job or a worker, by the very series that its pages stand on. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { scopedExpression } from "../promql/series-scope.ts";
import { ATTEMPT, INCIDENT, LABELS, WORKER } from "./labels.ts";
import { lastValue } from "./last-value.ts";
import { ranges } from "./ranges.ts";
import { RECORDED } from "./recording-rules.ts";

/** Whose rows: each part that is given narrows it. */
export interface RowSelection {
  readonly pool?: string | undefined;
  readonly worker?: string | undefined;
  readonly job?: string | undefined;
  /** The value of `series.cluster_label`, where the policy has one. */
  readonly cluster?: string | undefined;
}

/** PromQL of each question. */
export interface OpenRowQueries {
  /** Attempts that nothing has closed, with the end of their leases. */
  readonly attempts: string;
  /** Incidents that nothing has cleared, with how many there were in all. */
  readonly incidents: string;
  /** Sessions that wait for a limit, or waited in vain, with when they count as dead. */
  readonly waits: string;
  /** The newest sign of life of each worker. */
  readonly alive: string;
  /** When each worker signed off last. */
  readonly stopped: string;
  /** Attempts of which Prometheus knows anything, open or not, with the time of their claims. */
  readonly known: string;
  /** Alerts that fire. */
  readonly pages: string;
}

/** True where the rules of this product run: the dead man's switch, which no policy can switch off. */
export const RULES_RUN: string = `ALERTS{${LABELS.alertKey}="watchdog",alertstate="firing"}`;

/** The questions about `selection`. A job or a worker is asked for: a part that is missing matches every one. */
export function openRowQueries(policy: Policy, selection: RowSelection): OpenRowQueries {
  const range = ranges(policy);
  const parts: readonly (readonly [label: string, value: string | undefined])[] = [
    [LABELS.workerPool, selection.pool],
    [LABELS.workerId, selection.worker],
    [LABELS.jobId, selection.job],
  ];
  const matchers = parts.flatMap(([label, value]) =>
    value === undefined ? [] : [`${label}=${JSON.stringify(value)}`],
  );
  const selected = `{${matchers.join(",")}}`;
  const last = (by: string, metric: string, seconds: number) => lastValue(by, metric, seconds, matchers.join(","));
  // With the policy's selectors, and within the cluster that is asked for.
  const cluster = selection.cluster === undefined ? undefined : `=${JSON.stringify(selection.cluster)}`;
  const scoped = (expr: string) => scopedExpression(expr, policy, cluster);
  const until = last(ATTEMPT, METRICS.sessionLimitedUntil.prometheusName, range.openSeconds);
  return {
    attempts: scoped(`${RECORDED.openLease}${selected}`),
    incidents: scoped(`${last(INCIDENT, METRICS.claimIncidents.prometheusName, range.eventCloseSeconds)}
and on (${INCIDENT})
${RECORDED.openIncidents}${selected}`),
    waits: scoped(`${until}
unless
${last(ATTEMPT, METRICS.sessionLimitCleared.prometheusName, range.closeSeconds)} >= ${until}`),
    alive: scoped(last(WORKER, METRICS.aliveAt.prometheusName, range.aliveSeconds)),
    stopped: scoped(last(WORKER, METRICS.stoppedAt.prometheusName, range.stoppedSeconds)),
    known: scoped(last(ATTEMPT, METRICS.claimStartedAt.prometheusName, range.closeSeconds)),
    pages: scoped(`ALERTS{${[...matchers, 'alertstate="firing"'].join(",")}}`),
  };
}
