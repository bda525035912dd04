/** A worker's rows over time, as the library exports them: the material of rule tests. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { IncidentKind, MetricKey } from "@worker-watchdog/sdk/semconv";
import { LABELS } from "../rules/labels.ts";
import { ticks, unix } from "./clock.ts";
import { type InputSeries, type RowExport, rowSeries } from "./series.ts";

/** What tells a worker's process apart. */
export interface WorkerIdentity {
  readonly worker: string;
  readonly pool?: string | undefined;
  /** `service.instance.id`. Default: the worker's name. */
  readonly instance?: string | undefined;
  /** A label that one of two replicas adds. */
  readonly replica?: string | undefined;
}

/** One attempt. Times are seconds since the start; a lease is when it was set and when it ends. */
export interface AttemptHistory extends WorkerIdentity {
  readonly job: string;
  readonly trace: string;
  readonly claimedAt: number;
  readonly leases: readonly (readonly [at: number, expiresAt: number])[];
  readonly verifiedAt?: number | undefined;
  readonly settledAt?: number | undefined;
  /** Settled as a pause or a release: the job went back unfinished. */
  readonly isReleased?: boolean | undefined;
  /** Signs of life and of progress: when each row rose. */
  readonly aliveAt?: readonly number[] | undefined;
  readonly progressAt?: readonly number[] | undefined;
  /** When a session that waits for a limit counts as dead, and when the wait was over. */
  readonly limit?: { readonly at: number; readonly until: number; readonly clearedAt?: number | undefined } | undefined;
  readonly incidents?: readonly IncidentHistory[] | undefined;
  /** The last export: death, or when the rows are dropped. */
  readonly until: number;
}

/** Incidents of one kind and reason in one attempt. */
export interface IncidentHistory {
  readonly kind: IncidentKind;
  readonly reason: string;
  readonly at: number;
  readonly count?: number | undefined;
  readonly clearedAt?: number | undefined;
}

/** A worker's own rows: signs of life from `from` to `until`, at each export, and its claims. */
export interface LifeHistory extends WorkerIdentity {
  readonly from: number;
  readonly until: number;
  /** A clean stop. */
  readonly stoppedAt?: number | undefined;
  /** Heartbeats in a row that came to nothing, after each. */
  readonly silent?: readonly (readonly [at: number, count: number])[] | undefined;
  /** What the queue said that it holds: jobs, and since when the oldest waits. */
  readonly backlog?:
    | { readonly at: number; readonly pending: number; readonly oldestAt?: number | undefined }
    | undefined;
  /** Streak of empty claims after each claim. */
  readonly claims?: readonly (readonly [at: number, streak: number])[] | undefined;
}

export const POOL = "reports";

/** Labels that tell an attempt apart in an alert. */
export function attemptLabels(
  attempt: WorkerIdentity & { readonly job: string; readonly trace: string },
): Record<string, string> {
  return { ...workerLabels(attempt), [LABELS.jobId]: attempt.job, [LABELS.traceId]: attempt.trace };
}

/** Labels that tell a worker apart in an alert. */
export function workerLabels(worker: WorkerIdentity): Record<string, string> {
  return { [LABELS.workerPool]: worker.pool ?? POOL, [LABELS.workerId]: worker.worker };
}

/** The series of an attempt. */
export function attemptSeries(policy: Policy, attempt: AttemptHistory): readonly InputSeries[] {
  const exported = exporting(policy, attempt.until);
  const labels = { ...target(attempt), ...attemptLabels(attempt) };
  const once = (at: number) => [[at, unix(at)] as const];
  const leases = attempt.leases.map(([at, expiresAt]) => [at, unix(expiresAt)] as const);
  return [
    rowSeries("claimStartedAt", labels, once(attempt.claimedAt), exported),
    rowSeries("claimLeaseExpiresAt", labels, leases, exported),
    ...(attempt.verifiedAt === undefined
      ? []
      : [rowSeries("claimArtifactVerifiedAt", labels, once(attempt.verifiedAt), exported)]),
    ...(attempt.settledAt === undefined
      ? []
      : [rowSeries("claimSettledAt", labels, once(attempt.settledAt), exported)]),
    ...(attempt.settledAt === undefined || attempt.isReleased !== true
      ? []
      : [rowSeries("claimReleasedAt", labels, once(attempt.settledAt), exported)]),
    ...timesSeries("claimAliveAt", labels, attempt.aliveAt, exported),
    ...timesSeries("claimProgressAt", labels, attempt.progressAt, exported),
    ...limitSeries(labels, attempt.limit, exported),
    ...(attempt.incidents ?? []).flatMap((incident) => incidentSeries(labels, incident, exported)),
  ];
}

function timesSeries(
  metric: MetricKey,
  labels: Readonly<Record<string, string>>,
  times: readonly number[] | undefined,
  exported: RowExport,
): readonly InputSeries[] {
  if (times === undefined) return [];
  return [
    rowSeries(
      metric,
      labels,
      times.map((at) => [at, unix(at)] as const),
      exported,
    ),
  ];
}

function limitSeries(
  labels: Readonly<Record<string, string>>,
  limit: AttemptHistory["limit"],
  exported: RowExport,
): readonly InputSeries[] {
  if (limit === undefined) return [];
  const until = rowSeries("sessionLimitedUntil", labels, [[limit.at, unix(limit.until)]], exported);
  if (limit.clearedAt === undefined) return [until];
  return [until, rowSeries("sessionLimitCleared", labels, [[limit.clearedAt, unix(limit.until)]], exported)];
}

/** What happened to a worker, with or without a job: the series of its incidents alone. */
export interface EventHistory extends WorkerIdentity {
  readonly job?: string | undefined;
  readonly trace: string;
  readonly incidents: readonly IncidentHistory[];
  readonly until: number;
}

/** Labels of an event in an alert. */
export function eventLabels({
  job,
  trace,
  ...worker
}: Pick<EventHistory, "job" | "trace"> & WorkerIdentity): Record<string, string> {
  return { ...workerLabels(worker), ...(job === undefined ? {} : { [LABELS.jobId]: job }), [LABELS.traceId]: trace };
}

/** The series of an event. */
export function eventSeries(policy: Policy, event: EventHistory): readonly InputSeries[] {
  const labels = { ...target(event), ...eventLabels(event) };
  return event.incidents.flatMap((incident) => incidentSeries(labels, incident, exporting(policy, event.until)));
}

/** The series of a complete without proof, as the Collector makes it: one sample, and no word of the worker's own. */
export function unprovenSeries(
  policy: Policy,
  { at, ...event }: Omit<EventHistory, "incidents" | "until"> & { readonly at: number },
): readonly InputSeries[] {
  const labels = { ...target({ ...event, instance: "collector" }), ...eventLabels(event) };
  return [rowSeries("completeUnprovenAt", labels, [[at, unix(at)]], exporting(policy, at))];
}

function incidentSeries(
  attemptOf: Readonly<Record<string, string>>,
  { kind, reason, at, count = 1, clearedAt }: IncidentHistory,
  exported: RowExport,
): readonly InputSeries[] {
  const labels = { ...attemptOf, [LABELS.kind]: kind, [LABELS.reason]: reason };
  const incidents = rowSeries("claimIncidents", labels, [[at, count]], exported);
  if (clearedAt === undefined) return [incidents];
  return [incidents, rowSeries("claimIncidentsCleared", labels, [[clearedAt, count]], exported)];
}

/** The series of a worker's life. */
export function lifeSeries(policy: Policy, life: LifeHistory): readonly InputSeries[] {
  const exported = exporting(policy, life.until);
  const labels = { ...target(life), ...workerLabels(life) };
  const signs: (readonly [number, number])[] = [];
  const lastSign = Math.min(life.until, life.stoppedAt ?? life.until);
  for (let at = life.from; at <= lastSign; at += exported.refreshSeconds) signs.push([at, unix(at)]);
  return [
    rowSeries("aliveAt", labels, signs, exported),
    ...(life.stoppedAt === undefined
      ? []
      : [rowSeries("stoppedAt", labels, [[life.stoppedAt, unix(life.stoppedAt)]], exported)]),
    ...(life.silent === undefined ? [] : [rowSeries("silentHeartbeats", labels, life.silent, exported)]),
    ...(life.backlog === undefined
      ? []
      : [rowSeries("queuePendingJobs", labels, [[life.backlog.at, life.backlog.pending]], exported)]),
    ...(life.backlog?.oldestAt === undefined
      ? []
      : [rowSeries("queueOldestPendingAt", labels, [[life.backlog.at, unix(life.backlog.oldestAt)]], exported)]),
    ...(life.claims === undefined
      ? []
      : [
          rowSeries("noJobStreak", labels, life.claims, exported),
          rowSeries(
            "claimPolledAt",
            labels,
            life.claims.map(([at]) => [at, unix(at)] as const),
            exported,
          ),
        ]),
  ];
}

/** The labels that Prometheus gives to everything that comes over OTLP. */
function target({ worker, instance, replica }: WorkerIdentity): Record<string, string> {
  return { job: "ai/worker", instance: instance ?? worker, ...(replica === undefined ? {} : { collector: replica }) };
}

function exporting(policy: Policy, untilSeconds: number): RowExport {
  return { ticks: ticks(policy), refreshSeconds: policy.pipeline.row_refresh_seconds, untilSeconds };
}
