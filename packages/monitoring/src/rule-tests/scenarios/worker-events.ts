/** Alerts 10, 11, 13, 15, 16, 17, 19 and 20: one event is enough, with or without a job, and the first one ever. */
import type { Policy, Severity } from "@worker-watchdog/sdk/policy";
import { INCIDENT_REASONS, type IncidentKind, SESSION_CLASSES } from "@worker-watchdog/sdk/semconv";
import type { WatchdogAlertKey } from "../../alerts/alert-definition.ts";
import type { Firing } from "../expectation.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { attemptLabels, attemptSeries, type EventHistory, eventLabels, eventSeries } from "../worker-history.ts";

interface WorkerEvent {
  readonly alert: WatchdogAlertKey & IncidentKind;
  readonly reason: string;
  readonly severity?: Severity;
  /** It happens within an attempt alone. */
  readonly isOfAttempt?: boolean;
}

const EVENTS: readonly WorkerEvent[] = [
  ...INCIDENT_REASONS.phase_failed.map((reason) => message("phase_failed", reason)),
  { alert: "multiple_primary_jobs", reason: "late_claim" },
  message("repair_exhausted", "transport"),
  { alert: "session_dead", reason: "token_revoked", severity: "critical" },
  { alert: "session_dead", reason: "credit_limit", severity: "critical" },
  ...SESSION_CLASSES.slice(2).map((reason) => ({ alert: "session_dead", reason, severity: "high" }) as const),
  { alert: "session_cancelled", reason: "wall_clock" },
  { alert: "secret_redacted", reason: "github_token" },
  { alert: "control_store_unreadable", reason: "unwritable" },
  { alert: "complete_unknown", reason: "not_found_on_retry", isOfAttempt: true },
];

/** Of one worker of many, or of a pool whose size is not known: a message. */
function message(alert: WorkerEvent["alert"], reason: string): WorkerEvent {
  return { alert, reason, severity: "medium" };
}

/** One scenario for each alert. */
export const workerEventScenarios: Readonly<Record<string, (policy: Policy) => Scenario>> = Object.fromEntries(
  [...new Set(EVENTS.map(({ alert }) => alert))].map((alert) => [
    alert.replaceAll("_", "-"),
    (policy: Policy) => workerEvents(policy, alert),
  ]),
);

function workerEvents(policy: Policy, alert: WorkerEvent["alert"]): Scenario {
  const { ticks, ranges } = setting(policy);
  const at = 6 * ticks.step;
  const cleared = at + 6 * ticks.step;
  const ends = at + ranges.eventSeconds;
  const histories = EVENTS.filter((event) => event.alert === alert).map((event) => eventHistories(event, at, cleared));
  const all = (times: readonly number[], which: (history: EventHistories) => readonly Firing[]) =>
    fires(alert, histories.flatMap(which), ...times);
  return {
    name: `${alert}: the first event ever, without a job, told by a replica too, cleared, and held`,
    series: histories.flatMap(({ events }) => events.flatMap((event) => eventSeries(policy, event))),
    expectations: [
      ...silent([alert], at - ticks.step),
      ...all([at, cleared - ticks.step], ({ held, recovers }) => [...held, recovers]),
      ...all([cleared, ticks.upTo(ends - ticks.step)], ({ held }) => held),
      ...silent(
        [alert],
        ticks.after(ends) + ticks.step,
        ticks.after(cleared + ranges.eventSeconds) + ticks.step,
        ticks.after(cleared + ranges.eventCloseSeconds) + 12 * ticks.step,
      ),
    ],
  };
}

interface EventHistories {
  readonly events: readonly EventHistory[];
  /** What fires until the end of its hold. */
  readonly held: readonly Firing[];
  readonly recovers: Firing;
}

function eventHistories(event: WorkerEvent, at: number, cleared: number): EventHistories {
  const { alert, reason, severity, isOfAttempt = false } = event;
  const incident = { kind: alert, reason, at } as const;
  const history = (name: string, over: Partial<EventHistory> = {}): EventHistory => ({
    worker: `${name}-${alert}-${reason}`,
    job: `J-${name}-${reason}`,
    trace: `t-${name}-${reason}`,
    incidents: [incident],
    // One sample and no more: a process that is killed as it says so.
    until: at,
    ...over,
  });
  const firing = (of: EventHistory): Firing => ({
    severity,
    labels: { ...eventLabels(of), kind: alert, reason },
    value: of.incidents[0]?.count ?? 1,
  });
  const once = history("once");
  const recovers = history("recovers", {
    incidents: [{ ...incident, clearedAt: cleared }],
    until: cleared + cleared - at,
  });
  const held = [
    once,
    // The same worker, job and trace in another pool is another event.
    { ...once, pool: "elsewhere" },
    history("again", { incidents: [{ ...incident, count: 2 }] }),
    ...(isOfAttempt ? [] : [history("jobless", { job: undefined })]),
  ];
  const other: IncidentKind = alert === "repair_exhausted" ? "missing_deliverable_id" : "repair_exhausted";
  return {
    held: held.map(firing),
    recovers: firing(recovers),
    events: [
      ...held,
      recovers,
      { ...once, replica: "2" },
      // Over before anybody heard of it.
      history("over", { incidents: [{ ...incident, clearedAt: at }] }),
      // Something else happened there, for the same reason.
      history("other", { incidents: [{ kind: other, reason, at }] }),
    ],
  };
}

/** A queue that gives the job out again has said that it was not completed: alert 20 ends for the older attempt. */
export function completeKnown(policy: Policy): Scenario {
  const { ticks, leaseSeconds } = setting(policy);
  const at = 3 * ticks.step;
  const again = at + 6 * ticks.step;
  const later = again + 8 * ticks.step;
  const first = { worker: "w1", job: "J1", trace: "t1" };
  const stays = { worker: "w2", job: "J2", trace: "t2" };
  const second = { ...first, trace: "t4" };
  const firing = (who: typeof first): Firing => ({
    labels: { ...attemptLabels(who), kind: "complete_unknown", reason: "transport" },
    value: 1,
  });
  const unknown = (who: typeof first) =>
    attemptSeries(policy, {
      ...who,
      claimedAt: 0,
      leases: [[0, leaseSeconds]],
      verifiedAt: ticks.step,
      incidents: [{ kind: "complete_unknown", reason: "transport", at }],
      until: at,
    });
  return {
    name: "complete_unknown: the job is claimed anew; another one's is not",
    series: [
      ...unknown(first),
      ...unknown(stays),
      ...attemptSeries(policy, {
        worker: "w3",
        job: "J1",
        trace: "t3",
        claimedAt: again,
        leases: [[again, again + leaseSeconds]],
        until: again + ticks.step,
      }),
      // The first worker gets it once more, and does not know either how that ended.
      ...attemptSeries(policy, {
        ...second,
        claimedAt: later,
        leases: [[later, later + leaseSeconds]],
        verifiedAt: later,
        incidents: [{ kind: "complete_unknown", reason: "transport", at: later }],
        until: later,
      }),
      // Another kind, for the same reason, in an attempt that is not over.
      ...attemptSeries(policy, {
        ...stays,
        job: "J3",
        claimedAt: 0,
        leases: [[0, leaseSeconds]],
        incidents: [{ kind: "phase_failed", reason: "transport", at }],
        until: at,
      }),
    ],
    expectations: [
      ...fires("complete_unknown", [firing(first), firing(stays)], at, again - ticks.step),
      ...fires("complete_unknown", [firing(stays)], again + 2 * ticks.step, later - ticks.step),
      ...fires("complete_unknown", [firing(stays), firing(second)], later + 2 * ticks.step),
    ],
  };
}
