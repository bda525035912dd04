/**
 * Recording rules that the alerts stand on: rows that only grow, merged over replicas and instances, minus what closes them.
 *
 * Two groups. The deep scans read hours, once a minute. The rules of every tick read a quick window and take the rest from the
 * deep scans, so that a change pages within one interval whatever the number of jobs.
 */
import { METRICS, type MetricKey } from "@worker-watchdog/sdk/semconv";
import { duration } from "./durations.ts";
import { ATTEMPT, INCIDENT, JOB, LABELS, WORKER } from "./labels.ts";
import type { Ranges } from "./ranges.ts";

/** One recording rule. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

const row = (key: MetricKey): string => METRICS[key].prometheusName;

/** Names of the recorded series, as `level:metric:operations`. */
export const RECORDED = {
  startedDeep: `attempt:${row("claimStartedAt")}:max_deep`,
  openLeaseDeep: `attempt:${row("claimLeaseExpiresAt")}:max_open_deep`,
  verifiedDeep: `attempt:${row("claimArtifactVerifiedAt")}:max_open_deep`,
  endedIncidentsDeep: `attempt:${row("claimIncidents")}:max_ended_deep`,
  supersededDeep: `attempt:${row("claimIncidents")}:max_superseded_deep`,
  attemptAliveDeep: `attempt:${row("claimAliveAt")}:max_open_deep`,
  progressDeep: `attempt:${row("claimProgressAt")}:max_open_deep`,
  aliveDeep: `worker:${row("aliveAt")}:max_deep`,
  stoppedDeep: `worker:${row("stoppedAt")}:max_deep`,
  started: `attempt:${row("claimStartedAt")}:max`,
  openLease: `attempt:${row("claimLeaseExpiresAt")}:max_open`,
  verified: `attempt:${row("claimArtifactVerifiedAt")}:max_open`,
  openIncidents: `attempt:${row("claimIncidents")}:max_open`,
  attemptAlive: `attempt:${row("claimAliveAt")}:max_open`,
  progress: `attempt:${row("claimProgressAt")}:max_open`,
  alive: `worker:${row("aliveAt")}:max`,
  stopped: `worker:${row("stoppedAt")}:max`,
  heldBeside: `attempt:${row("claimStartedAt")}:max_held_beside`,
  workedOn: `attempt:${row("claimStartedAt")}:max_worked_on`,
  claimsTooMany: `attempt:${row("claimStartedAt")}:count_too_many`,
  poolWorkers: `pool:${row("aliveAt")}:count`,
} as const;

/** Behind a vector of workers: without those that signed off, or were retired, and have given no sign of life since. */
export const UNLESS_STOPPED: string = `unless on (${WORKER})\n${RECORDED.stopped} >= ${RECORDED.alive}`;

/** Incidents that end for a job once an artifact is verified, in this or a later attempt at it. */
const ENDED_BY_ARTIFACT = `${LABELS.kind}=~"artifact_missing|missing_deliverable_id"`;
/** Incidents that are the job's: its newest claim speaks for it. */
const OF_THE_JOB = `${LABELS.kind}=~"missing_deliverable_id|complete_unknown"`;

function last(by: string, key: MetricKey, seconds: number, matchers = ""): string {
  const selector = matchers === "" ? row(key) : `${row(key)}{${matchers}}`;
  return `max by (${by}) (last_over_time(${selector}[${duration(seconds)}]))`;
}

/** The higher of two vectors of one label set each; where only one has the series, that one. */
function higher(left: string, right: string): string {
  return `(${left} >= ${right})\nor\n${right}\nor\n${left}`;
}

function openDeep(key: MetricKey, range: Ranges): string {
  return `${last(ATTEMPT, key, range.openSeconds)}\nand on (${ATTEMPT})\n${RECORDED.openLeaseDeep}`;
}

function open(key: MetricKey, deep: string, range: Ranges): string {
  return `(\n${higher(last(ATTEMPT, key, range.quickOpenSeconds), deep)}\n)\nand on (${ATTEMPT})\n${RECORDED.openLease}`;
}

/** The scans over hours, in order. */
export function deepRules(range: Ranges): readonly RecordingRule[] {
  const newestClaim = `max by (${JOB}) (${RECORDED.startedDeep})`;
  const verifiedOfJob = last(JOB, "claimArtifactVerifiedAt", range.closeSeconds);
  return [
    { record: RECORDED.startedDeep, expr: last(ATTEMPT, "claimStartedAt", range.closeSeconds) },
    {
      record: RECORDED.openLeaseDeep,
      expr: `${last(ATTEMPT, "claimLeaseExpiresAt", range.openSeconds)}
unless
${last(ATTEMPT, "claimSettledAt", range.closeSeconds)}
unless
${RECORDED.startedDeep} < on (${JOB}) group_left () ${newestClaim}`,
    },
    {
      record: RECORDED.verifiedDeep,
      expr: `${last(ATTEMPT, "claimArtifactVerifiedAt", range.closeSeconds)}\nand on (${ATTEMPT})\n${RECORDED.openLeaseDeep}`,
    },
    {
      record: RECORDED.endedIncidentsDeep,
      expr: `${last(INCIDENT, "claimIncidents", range.eventSeconds, ENDED_BY_ARTIFACT)}
and on (${ATTEMPT})
${RECORDED.startedDeep} < on (${JOB}) group_left () ${verifiedOfJob}`,
    },
    {
      record: RECORDED.supersededDeep,
      expr: `${last(INCIDENT, "claimIncidents", range.eventSeconds, OF_THE_JOB)}
and on (${ATTEMPT})
${RECORDED.startedDeep} < on (${JOB}) group_left () ${newestClaim}`,
    },
    { record: RECORDED.attemptAliveDeep, expr: openDeep("claimAliveAt", range) },
    { record: RECORDED.progressDeep, expr: openDeep("claimProgressAt", range) },
    { record: RECORDED.aliveDeep, expr: last(WORKER, "aliveAt", range.aliveSeconds) },
    { record: RECORDED.stoppedDeep, expr: last(WORKER, "stoppedAt", range.stoppedSeconds) },
  ];
}

/** The rules of every tick, in order: the alerts follow them in the same group, and so see their values at once. */
export function quickRules(range: Ranges): readonly RecordingRule[] {
  return [
    {
      record: RECORDED.started,
      expr: `${last(ATTEMPT, "claimStartedAt", range.quickCloseSeconds)}
or
${RECORDED.startedDeep}
  and on (${ATTEMPT}) ${RECORDED.openLeaseDeep}`,
    },
    {
      record: RECORDED.openLease,
      expr: `(
${higher(last(ATTEMPT, "claimLeaseExpiresAt", range.quickOpenSeconds), RECORDED.openLeaseDeep)}
)
unless
${last(ATTEMPT, "claimSettledAt", range.quickCloseSeconds)}
unless
${RECORDED.started} < on (${JOB}) group_left () max by (${JOB}) (${RECORDED.started})`,
    },
    {
      record: RECORDED.verified,
      expr: `${last(ATTEMPT, "claimArtifactVerifiedAt", range.quickCloseSeconds)}\nor\n${RECORDED.verifiedDeep}`,
    },
    { record: RECORDED.openIncidents, expr: openIncidents(range) },
    { record: RECORDED.attemptAlive, expr: open("claimAliveAt", RECORDED.attemptAliveDeep, range) },
    { record: RECORDED.progress, expr: open("claimProgressAt", RECORDED.progressDeep, range) },
    { record: RECORDED.alive, expr: higher(last(WORKER, "aliveAt", range.quickOpenSeconds), RECORDED.aliveDeep) },
    {
      record: RECORDED.stopped,
      expr: higher(last(WORKER, "stoppedAt", range.quickCloseSeconds), RECORDED.stoppedDeep),
    },
    {
      record: RECORDED.poolWorkers,
      expr: `count by (${LABELS.workerPool}) (
  ${RECORDED.alive}
  unless on (${WORKER})
  ${RECORDED.stopped} >= ${RECORDED.alive}
)`,
    },
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
