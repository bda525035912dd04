/**
 * Recording rules that the alerts stand on: rows that only grow, merged over replicas and instances, minus what closes them.
 *
 * Two groups. The deep scans read hours, once in a slow interval, and what stands still for minutes is judged by them alone. The rules of
 * every tick read a quick window and take the rest from the deep scans, so that a change pages within one interval.
 */
import { METRICS, type MetricKey } from "@worker-watchdog/sdk/semconv";
import { duration } from "./durations.ts";
import { ATTEMPT, INCIDENT, JOB, LABELS, WORKER } from "./labels.ts";
import { lastValue, lastValueAmong, rawLast } from "./last-value.ts";
import type { Ranges } from "./ranges.ts";

/** One recording rule. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

const row = (key: MetricKey): string => METRICS[key].prometheusName;

/** Names of the recorded series, as `level:metric:operations`. */
export const RECORDED = {
  unsettledLeaseDeep: `attempt:${row("claimLeaseExpiresAt")}:max_unsettled_deep`,
  startedDeep: `attempt:${row("claimStartedAt")}:max_unsettled_deep`,
  openLeaseDeep: `attempt:${row("claimLeaseExpiresAt")}:max_open_deep`,
  verifiedDeep: `attempt:${row("claimArtifactVerifiedAt")}:max_open_deep`,
  incidentStartedDeep: `attempt:${row("claimStartedAt")}:max_incident_deep`,
  endedIncidentsDeep: `attempt:${row("claimIncidents")}:max_ended_deep`,
  supersededDeep: `attempt:${row("claimIncidents")}:max_superseded_deep`,
  attemptAlive: `attempt:${row("claimAliveAt")}:max_open`,
  progress: `attempt:${row("claimProgressAt")}:max_open`,
  alive: `worker:${row("aliveAt")}:max`,
  stopped: `worker:${row("stoppedAt")}:max`,
  heldBeside: `attempt:${row("claimStartedAt")}:max_held_beside`,
  workedOn: `attempt:${row("claimStartedAt")}:max_worked_on`,
  claimsTooMany: `attempt:${row("claimStartedAt")}:count_too_many`,
  polled: `worker:${row("claimPolledAt")}:max`,
  noJobStreak: `worker:${row("noJobStreak")}:last`,
  silentHeartbeats: `worker:${row("silentHeartbeats")}:last`,
  poolWorkers: `pool:${row("aliveAt")}:count`,
  poolClaimed: `pool:${row("claimStartedAt")}:max`,
  started: `attempt:${row("claimStartedAt")}:max`,
  openLease: `attempt:${row("claimLeaseExpiresAt")}:max_open`,
  verified: `attempt:${row("claimArtifactVerifiedAt")}:max_open`,
  openIncidents: `attempt:${row("claimIncidents")}:max_open`,
} as const;

/** Behind a vector of workers: without those that signed off, or were retired, and have given no sign of life since. */
export const UNLESS_STOPPED: string = `unless on (${WORKER})\n${RECORDED.stopped} >= ${RECORDED.alive}`;

/** Incidents that end for a job once an artifact is verified, in this or a later attempt at it. */
const ENDED_BY_ARTIFACT = ["artifact_missing", "missing_deliverable_id"] as const;
/** Incidents that are the job's: its newest claim speaks for it. */
const OF_THE_JOB = ["missing_deliverable_id", "complete_unknown"] as const;

const ofKinds = (kinds: readonly string[]): string => `${LABELS.kind}=~"${kinds.join("|")}"`;

function last(by: string, key: MetricKey, seconds: number, matchers?: string): string {
  return lastValue(by, row(key), seconds, matchers);
}

/** The same among what is recorded: see {@link lastValueAmong}. */
function lastAmong(by: string, key: MetricKey, seconds: number, among: string, on: string = by): string {
  return lastValueAmong(by, row(key), seconds, { on, among });
}

/** The higher of two vectors of one label set each; where only one has the series, that one. */
function higher(left: string, right: string): string {
  return `(${left} >= ${right})\nor\n${right}\nor\n${left}`;
}

/** What the newest of a worker's processes says, by the row that tells which one that is: neither an older one nor a replica that lags behind may. */
export function ofNewestProcess(key: MetricKey, newest: MetricKey, seconds: number): string {
  const window = duration(seconds);
  return `max by (${WORKER}) (
  last_over_time(${row(key)}[${window}])
  and
  last_over_time(${row(newest)}[${window}])
    == on (${WORKER}) group_left ()
  ${last(WORKER, newest, seconds)}
)`;
}

/**
 * The scans over hours, in order, and what needs no quicker look.
 *
 * What is joined with many attempts is first cut down to the few that matter: a job that is done costs each scan a look at its
 * rows, and no more. Nothing is recorded for it.
 */
export function deepRules(range: Ranges): readonly RecordingRule[] {
  const beside = range.besideEventSeconds;
  const incidentsOf = (kinds: readonly string[]): string =>
    last(INCIDENT, "claimIncidents", range.eventSeconds, ofKinds(kinds));
  return [
    {
      record: RECORDED.unsettledLeaseDeep,
      expr: `max by (${ATTEMPT}) (
${rawLast(row("claimLeaseExpiresAt"), range.openSeconds)}
unless on (${ATTEMPT})
${rawLast(row("claimSettledAt"), range.closeSeconds)}
)`,
    },
    {
      record: RECORDED.startedDeep,
      expr: lastAmong(ATTEMPT, "claimStartedAt", range.closeSeconds, RECORDED.unsettledLeaseDeep),
    },
    {
      record: RECORDED.openLeaseDeep,
      expr: `${RECORDED.unsettledLeaseDeep}
unless
${RECORDED.startedDeep} < on (${JOB}) group_left () ${lastAmong(JOB, "claimStartedAt", range.closeSeconds, RECORDED.startedDeep)}`,
    },
    {
      record: RECORDED.verifiedDeep,
      expr: lastAmong(ATTEMPT, "claimArtifactVerifiedAt", range.closeSeconds, RECORDED.openLeaseDeep),
    },
    {
      record: RECORDED.incidentStartedDeep,
      expr: lastAmong(
        ATTEMPT,
        "claimStartedAt",
        beside,
        rawLast(
          row("claimIncidents"),
          range.eventSeconds,
          ofKinds([...new Set([...ENDED_BY_ARTIFACT, ...OF_THE_JOB])]),
        ),
      ),
    },
    {
      record: RECORDED.endedIncidentsDeep,
      expr: `${incidentsOf(ENDED_BY_ARTIFACT)}
and on (${ATTEMPT})
${RECORDED.incidentStartedDeep} < on (${JOB}) group_left () ${lastAmong(JOB, "claimArtifactVerifiedAt", beside, RECORDED.incidentStartedDeep)}`,
    },
    {
      record: RECORDED.supersededDeep,
      expr: `${incidentsOf(OF_THE_JOB)}
and on (${ATTEMPT})
${RECORDED.incidentStartedDeep} < on (${JOB}) group_left () ${lastAmong(JOB, "claimStartedAt", beside, RECORDED.incidentStartedDeep)}`,
    },
    {
      record: RECORDED.attemptAlive,
      expr: lastAmong(ATTEMPT, "claimAliveAt", range.openSeconds, RECORDED.openLeaseDeep),
    },
    {
      record: RECORDED.progress,
      expr: lastAmong(ATTEMPT, "claimProgressAt", range.openSeconds, RECORDED.openLeaseDeep),
    },
    { record: RECORDED.alive, expr: last(WORKER, "aliveAt", range.aliveSeconds) },
    { record: RECORDED.stopped, expr: last(WORKER, "stoppedAt", range.stoppedSeconds) },
    { record: RECORDED.polled, expr: last(WORKER, "claimPolledAt", range.streakSeconds) },
    { record: RECORDED.noJobStreak, expr: ofNewestProcess("noJobStreak", "claimPolledAt", range.streakSeconds) },
    { record: RECORDED.silentHeartbeats, expr: ofNewestProcess("silentHeartbeats", "aliveAt", range.streakSeconds) },
    {
      record: RECORDED.poolWorkers,
      expr: `count by (${LABELS.workerPool}) (
  ${RECORDED.alive}
  unless on (${WORKER})
  ${RECORDED.stopped} >= ${RECORDED.alive}
)`,
    },
    { record: RECORDED.poolClaimed, expr: last(LABELS.workerPool, "claimStartedAt", range.poolClaimSeconds) },
  ];
}

/** The rules of every tick, in order: the alerts follow them in the same group, and so see their values at once. */
export function quickRules(range: Ranges): readonly RecordingRule[] {
  return [
    {
      record: RECORDED.started,
      expr: `${last(ATTEMPT, "claimStartedAt", range.quickCloseSeconds)}\nor\n${RECORDED.startedDeep}`,
    },
    {
      record: RECORDED.openLease,
      expr: `(
${higher(last(ATTEMPT, "claimLeaseExpiresAt", range.quickOpenSeconds), RECORDED.openLeaseDeep)}
)
unless on (${ATTEMPT})
${rawLast(row("claimSettledAt"), range.quickCloseSeconds)}
unless
${RECORDED.started} < on (${JOB}) group_left () max by (${JOB}) (${RECORDED.started})`,
    },
    {
      record: RECORDED.verified,
      expr: `(
${last(ATTEMPT, "claimArtifactVerifiedAt", range.quickCloseSeconds)}
or
${RECORDED.verifiedDeep}
)
and on (${ATTEMPT})
${RECORDED.openLease}`,
    },
    { record: RECORDED.openIncidents, expr: openIncidents(range) },
  ];
}

/** Incidents that nothing has cleared, with how many of them are open. */
function openIncidents(range: Ranges): string {
  const counted = last(INCIDENT, "claimIncidents", range.eventSeconds);
  const cleared = last(INCIDENT, "claimIncidentsCleared", range.eventCloseSeconds);
  return `(
  (
    ${counted}
    -
    ${cleared}
  ) > 0
  or
  (
    ${counted}
    unless
    ${cleared}
  )
)
unless
${RECORDED.endedIncidentsDeep}`;
}
