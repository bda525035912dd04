/**
 * What the objectives are counted from: rows, as everything that alerts (docs/decisions/0140-slos-count-claims-from-rows.md).
 *
 * A claim has ended when the queue settled it or its lease ran out, so a killed worker's claims count without a word from it. The
 * claims of the last `slo.late_minutes` are counted anew each time, so that what comes late is counted as what it is; what is older
 * is counted once, as it leaves that horizon, and longer windows are sums of such counts: cheap, and linear in pools.
 */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { METRICS, type MetricKey } from "@worker-watchdog/sdk/semconv";
import { duration, minutes } from "../rules/durations.ts";
import { ATTEMPT, JOB, LABELS } from "../rules/labels.ts";
import { lastValueAmong, rawLast } from "../rules/last-value.ts";
import type { RecordingRule } from "../rules/recording-rules.ts";
import { ENDED_CLAIMS, SLOS, type Slo } from "./slo-table.ts";
import { burnWindows, periodSeconds } from "./slo-windows.ts";

const POOL = LABELS.workerPool;

/** How much longer what closes a claim is readable than what opens it: a row is sent again once a minute, the last of two may be older. */
const CLOSE_MARGIN_SECONDS = 300;

/** Names of the recorded series of an objective, one for each pool. Windows are in seconds. */
export const SLO_RECORDED = {
  /** Claims that count, in a window. */
  events: (slo: Slo, seconds: number): string => `pool:worker_${slo.name}_slo_events:count${duration(seconds)}`,
  /** Bad claims, in a window; absent where there is none. */
  errors: (slo: Slo, seconds: number): string => `pool:worker_${slo.name}_slo_errors:count${duration(seconds)}`,
  /** Share of bad claims, in a window; absent where no claim ended. */
  ratio: (slo: Slo, seconds: number): string => `pool:worker_${slo.name}_slo_errors:ratio${duration(seconds)}`,
  /** Share of bad claims in the whole period. */
  periodRatio: (slo: Slo): string => `pool:worker_${slo.name}_slo_errors:ratio_period`,
  /** Share of the period's error budget that is left; negative where it is overspent. */
  budgetLeft: (slo: Slo): string => `pool:worker_${slo.name}_slo_budget:ratio_left`,
  /** Claims, and bad ones, that ended within one interval, counted when they are too old for late telemetry. */
  finalEvents: (slo: Slo): string => `pool:worker_${slo.name}_slo_events:count_final`,
  finalErrors: (slo: Slo): string => `pool:worker_${slo.name}_slo_errors:count_final`,
  /** Claims, and bad ones, that may still turn out to be otherwise: those since then. Where no window is as long as that. */
  recentEvents: (slo: Slo): string => `pool:worker_${slo.name}_slo_events:count_recent`,
  recentErrors: (slo: Slo): string => `pool:worker_${slo.name}_slo_errors:count_recent`,
} as const;

/** The recording rules, in order. */
export function sloRecords(policy: Policy): readonly RecordingRule[] {
  return [...endedClaims(policy), ...Object.values(SLOS).flatMap((slo) => countsOf(slo, policy))];
}

/**
 * Each metric's rows are scanned once, twice where that is cheaper than recording them; what is joined with rows of all claims is
 * first cut down to the few that matter.
 */
function endedClaims(policy: Policy): readonly RecordingRule[] {
  const { slo, thresholds } = policy;
  const grace = thresholds.lease_expired_grace_seconds;
  const horizon = minutes(slo.late_minutes) + slo.rule_interval_seconds;
  // The last sample of a lease may be as old as the lease itself when it runs out.
  const open = horizon + grace + minutes(thresholds.lease_max_minutes);
  const close = open + CLOSE_MARGIN_SECONDS;
  const rows = (key: MetricKey, seconds: number) => rawLast(METRICS[key].prometheusName, seconds);
  const settled = rows("claimSettledAt", close);
  const { unsettled, besideUnsettled } = ENDED_CLAIMS;
  const newestClaim = `on (${JOB}) group_left () max by (${JOB}) (${besideUnsettled})`;
  return [
    {
      record: unsettled,
      expr: `max by (${ATTEMPT}) (
${rows("claimLeaseExpiresAt", open)}
unless on (${ATTEMPT})
${settled}
) + ${grace} <= time() > time() - ${horizon}`,
    },
    {
      record: besideUnsettled,
      expr: lastValueAmong(ATTEMPT, METRICS.claimStartedAt.prometheusName, close, { on: JOB, among: unsettled }),
    },
    {
      // Nobody claimed the job before its lease ran out. A claim that was replaced before goes on in the newer one.
      record: ENDED_CLAIMS.leaseExpired,
      expr: `${unsettled}
unless (
  ${unsettled} - ${grace} >= ${newestClaim}
  and
  ${besideUnsettled} < ${newestClaim}
)`,
    },
    {
      record: ENDED_CLAIMS.all,
      expr: `max by (${ATTEMPT}) (${settled}) > time() - ${horizon}\nor\n${ENDED_CLAIMS.leaseExpired}`,
    },
    {
      record: ENDED_CLAIMS.unverified,
      expr: `${ENDED_CLAIMS.all}\nunless on (${ATTEMPT})\n${rows("claimArtifactVerifiedAt", close)}`,
    },
    {
      record: ENDED_CLAIMS.released,
      expr: `${ENDED_CLAIMS.unverified}\nand on (${ATTEMPT})\n${rows("claimReleasedAt", close)}`,
    },
    { record: ENDED_CLAIMS.withoutArtifact, expr: `${ENDED_CLAIMS.unverified}\nunless\n${ENDED_CLAIMS.released}` },
  ];
}

function countsOf(slo: Slo, policy: Policy): readonly RecordingRule[] {
  const windows = burnWindows(policy);
  const period = periodSeconds(policy);
  const late = minutes(policy.slo.late_minutes);
  // The horizon may be one of the windows: then it is recorded as that.
  const isWindow = windows.includes(late);
  const recentEvents = isWindow ? SLO_RECORDED.events(slo, late) : SLO_RECORDED.recentEvents(slo);
  const recentErrors = isWindow ? SLO_RECORDED.errors(slo, late) : SLO_RECORDED.recentErrors(slo);
  const recentEventsIn = (seconds: number) => eventCount(slo, (of) => recentCount(of, seconds), recordedIn(seconds));
  const recordedIn = (seconds: number) =>
    windows.includes(seconds) ? SLO_RECORDED.events(SLOS.lease, seconds) : SLO_RECORDED.recentEvents(SLOS.lease);
  const events = (seconds: number) =>
    seconds <= late ? recentEventsIn(seconds) : longCount(recentEvents, SLO_RECORDED.finalEvents(slo), seconds - late);
  const errors = (seconds: number) =>
    seconds <= late
      ? recentCount(slo.errors, seconds)
      : longCount(recentErrors, SLO_RECORDED.finalErrors(slo), seconds - late);
  const finalOf = (ended: string) => finalCount(ended, policy);
  return [
    { record: SLO_RECORDED.finalEvents(slo), expr: eventCount(slo, finalOf, SLO_RECORDED.finalEvents(SLOS.lease)) },
    { record: SLO_RECORDED.finalErrors(slo), expr: finalOf(slo.errors) },
    ...(isWindow
      ? []
      : [
          { record: recentEvents, expr: recentEventsIn(late) },
          { record: recentErrors, expr: recentCount(slo.errors, late) },
        ]),
    ...windows.flatMap((seconds) => [
      { record: SLO_RECORDED.events(slo, seconds), expr: events(seconds) },
      { record: SLO_RECORDED.errors(slo, seconds), expr: errors(seconds) },
      {
        record: SLO_RECORDED.ratio(slo, seconds),
        expr: ratio(SLO_RECORDED.errors(slo, seconds), SLO_RECORDED.events(slo, seconds)),
      },
    ]),
    {
      record: SLO_RECORDED.periodRatio(slo),
      expr: ratio(errors(period), events(period)),
    },
    {
      record: SLO_RECORDED.budgetLeft(slo),
      expr: `1 - ${SLO_RECORDED.periodRatio(slo)} / ${slo.errorBudget(policy)}`,
    },
  ];
}

/** Claims that count. Where some do not, they are taken from the count of all, which is recorded: counting all again would be a look at each. */
function eventCount(slo: Slo, count: (ended: string) => string, recordedOfAll: string): string {
  if (slo.uncounted === undefined) return count(ENDED_CLAIMS.all);
  return `(
  ${recordedOfAll}
  -
  ${count(slo.uncounted)}
) > 0
or
(
  ${recordedOfAll}
  unless
  ${count(slo.uncounted)}
)`;
}

/** Claims of one interval, when they leave the horizon: each is in exactly one such count. */
function finalCount(ended: string, { slo }: Policy): string {
  const late = minutes(slo.late_minutes);
  return `count by (${POOL}) (${ended} <= time() - ${late} > time() - ${late + slo.rule_interval_seconds})`;
}

/** Claims of the last `seconds`, all of them within the horizon: counted anew. */
function recentCount(ended: string, seconds: number): string {
  return `count by (${POOL}) (${ended} > time() - ${seconds})`;
}

/** Claims of a window that is longer than the horizon by `seconds`. A pool may have either part alone, so the two are told apart by a label. */
function longCount(recent: string, final: string, seconds: number): string {
  return `sum by (${POOL}) (
  label_replace(${recent}, "part", "recent", "", "")
  or
  sum_over_time(${final}[${duration(seconds)}])
)`;
}

/** Bad claims by all claims: 0 where none is bad. */
function ratio(errors: string, events: string): string {
  return `(\n${errors}\nor\n0 * ${events}\n)\n/\n${events}`;
}
