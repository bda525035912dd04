/** Alerts 2, 3, 4 and 9: something happened in an attempt. The first time counts, and a dead process can not take it back. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { IncidentKind } from "@worker-watchdog/sdk/semconv";
import type { WatchdogAlertKey } from "../../alerts/alert-definition.ts";
import type { Firing } from "../expectation.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { attemptLabels, attemptSeries, type IncidentHistory } from "../worker-history.ts";

interface EventAlert {
  readonly alert: WatchdogAlertKey;
  readonly kind: IncidentKind;
  readonly reason: string;
  readonly count: (policy: Policy) => number;
}

const EVENT_ALERTS: readonly EventAlert[] = [
  {
    alert: "complete_rejected",
    kind: "complete_rejected",
    reason: "missing_artifact_kind",
    count: ({ thresholds }) => thresholds.complete_rejection_warn_count,
  },
  {
    alert: "job_not_found_after_claim",
    kind: "job_not_found",
    reason: "progress",
    count: ({ thresholds }) => thresholds.job_not_found_after_claim_critical_count,
  },
  { alert: "artifact_missing", kind: "artifact_missing", reason: "empty_file_list", count: () => 1 },
  {
    alert: "missing_deliverable_id",
    kind: "missing_deliverable_id",
    reason: "none_assigned",
    count: ({ thresholds }) => thresholds.missing_deliverable_id_warn_count,
  },
];

/** One scenario for each event alert. */
export const eventScenarios: Readonly<Record<string, (policy: Policy) => Scenario>> = Object.fromEntries(
  EVENT_ALERTS.map((event) => [event.alert.replaceAll("_", "-"), (policy: Policy) => eventScenario(policy, event)]),
);

function eventScenario(policy: Policy, { alert, kind, reason, count: needed }: EventAlert): Scenario {
  const { ticks, ranges, leaseSeconds } = setting(policy);
  const count = needed(policy);
  const at = 6 * ticks.step;
  const cleared = at + 6 * ticks.step;
  const attempt = (worker: string) => ({ worker, job: `J-${worker}`, trace: `t-${worker}` });
  const history = (
    worker: string,
    until: number,
    { replica, ...over }: { count?: number; clearedAt?: number; reason?: string; replica?: string } = {},
  ) =>
    attemptSeries(policy, {
      ...attempt(worker),
      replica,
      claimedAt: at - ticks.step,
      leases: [[at - ticks.step, at + leaseSeconds]],
      // Settled, so that no alert of the lease comes in; an event outlives the attempt.
      settledAt: at,
      incidents: [{ kind, reason, at, count, ...over }],
      until,
    });
  const firing = (worker: string, value = count): Firing => ({
    labels: { ...attemptLabels(attempt(worker)), kind, reason },
    value,
  });
  const other = (who: ReturnType<typeof attempt>, trace: string, incidents: readonly IncidentHistory[]) =>
    attemptSeries(policy, {
      ...who,
      trace,
      claimedAt: at - ticks.step,
      leases: [[at - ticks.step, at + leaseSeconds]],
      settledAt: at,
      incidents,
      until: at,
    });
  const both = [reason, "other"];
  const half = Math.ceil(count / 2);
  const reasons = both.map((each) => ({
    labels: { ...attemptLabels(attempt("reasons")), kind, reason: each },
    value: half,
  }));
  const ends = at + ranges.eventSeconds;
  return {
    name: `${alert}: the first event ever, told by a replica too, cleared, and held`,
    series: [
      // One sample and no more: a one-shot command, or a process that is killed as it says so.
      ...history("once", at),
      ...history("once", at, { replica: "2" }),
      ...history("recovers", cleared + 6 * ticks.step, { clearedAt: cleared }),
      ...(count > 1 ? history("below", at, { count: count - 1 }) : []),
      // The same worker and job as the first, in another attempt: what is below there stays below. Only alert 9 counts for the job.
      ...(count > 1 && kind !== "missing_deliverable_id"
        ? other(attempt("once"), "t-once-again", [{ kind, reason, at, count: count - 1 }])
        : []),
      // Other kinds do not count towards this one.
      ...other(attempt("mixed"), "t-mixed", [
        { kind: "phase_failed", reason: "build", at, count: 9 },
        ...(count > 1 ? [{ kind, reason, at, count: count - 1 }] : []),
      ]),
      // Reasons count together.
      ...other(attempt("reasons"), "t-reasons", [
        ...both.map((each) => ({ kind, reason: each, at, count: half })),
        { kind: "phase_failed", reason: "build", at },
      ]),
    ],
    expectations: [
      ...silent([alert], at - ticks.step),
      ...fires(alert, [firing("once"), firing("recovers"), ...reasons], at, cleared - ticks.step),
      ...fires(alert, [firing("once"), ...reasons], cleared, ticks.upTo(ends - ticks.step)),
      ...silent(
        [alert],
        ticks.after(ends),
        ticks.after(cleared + ranges.eventSeconds) + ticks.step,
        ticks.after(cleared + ranges.eventCloseSeconds) + 12 * ticks.step,
      ),
    ],
  };
}
