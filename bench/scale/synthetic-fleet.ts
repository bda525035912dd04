/** What a fleet of healthy workers exports, without the workers: rows of each worker and of each attempt, as often as the library exports them. */
import { METRICS, type MetricKey } from "@worker-watchdog/sdk/semconv";
import type { WrittenSeries } from "./remote-write.ts";

/** How large the fleet is. */
export interface FleetSize {
  readonly workers: number;
  readonly jobsPerMinute: number;
}

const WORKERS_OF_A_POOL = 100;
const ROLES = 3;
const REFRESH_SECONDS = 60;
/** A row goes on for this long after its attempt's end. */
const ROW_TAIL_SECONDS = 60;
const LEASE_SECONDS = 15 * 60;
const KEEPALIVE_SECONDS = 7 * 60;
const VERIFIED_BEFORE_END_SECONDS = 10;
/** One attempt in so many has an incident that is cleared. */
const ATTEMPTS_PER_INCIDENT = 100;

/** Series that one worker has, whatever it does: its rows, its counter by outcome, and its resource. */
export const SERIES_OF_A_WORKER: number = 12;
/** Series that one attempt leaves behind, without incidents. */
export const SERIES_OF_AN_ATTEMPT: number = 6;

/** Which worker of which size. */
interface Worker {
  readonly index: number;
  readonly jobSeconds: number;
  /** When its first attempt begins, and its minute, so that not all workers speak at once. */
  readonly staggerSeconds: number;
}

/** Every series with its samples after `fromSeconds` up to `toSeconds`, unix time. */
export function* fleetSamples(size: FleetSize, fromSeconds: number, toSeconds: number): Generator<WrittenSeries> {
  const jobSeconds = (size.workers / size.jobsPerMinute) * 60;
  for (let index = 0; index < size.workers; index += 1) {
    const worker = { index, jobSeconds, staggerSeconds: (index * 37) % Math.round(jobSeconds) };
    yield* workerSamples(worker, fromSeconds, toSeconds);
    yield* attemptSamples(worker, fromSeconds, toSeconds);
  }
}

function* workerSamples(worker: Worker, from: number, to: number): Generator<WrittenSeries> {
  const at = refreshes(worker.staggerSeconds, from, to);
  if (at.length === 0) return;
  const claims = (time: number) => Math.floor((time - worker.staggerSeconds) / worker.jobSeconds);
  const lastClaim = (time: number) => worker.staggerSeconds + claims(time) * worker.jobSeconds;
  const row = (key: MetricKey, value: (time: number) => number, ...labels: readonly string[]) =>
    written(labelsOf(worker, METRICS[key].prometheusName, labels), at, value);
  yield row("aliveAt", (time) => time);
  yield row("startedAt", () => worker.staggerSeconds, "worker_role", `role-${worker.index % ROLES}`);
  yield row("claimPolledAt", lastClaim);
  yield row("noJobStreak", () => 0);
  yield row("silentHeartbeats", () => 0);
  yield row("queueOldestPendingAt", lastClaim);
  yield row("queuePendingJobs", () => 5);
  yield row("clockOffset", () => 0.2);
  yield row("claims", claims, "worker_claim_outcome", "job");
  yield row("claims", () => 1, "worker_claim_outcome", "no_job");
  yield row("claims", () => 0, "worker_claim_outcome", "failed");
  yield written(sorted(["__name__", "target_info", ...resourceOf(worker), "service_version", "1.0.0"]), at, () => 1);
}

function* attemptSamples(worker: Worker, from: number, to: number): Generator<WrittenSeries> {
  const { jobSeconds, staggerSeconds } = worker;
  const first = Math.floor((from - staggerSeconds - jobSeconds - ROW_TAIL_SECONDS) / jobSeconds);
  const last = Math.floor((to - staggerSeconds) / jobSeconds);
  for (let attempt = first; attempt <= last; attempt += 1) {
    const start = staggerSeconds + attempt * jobSeconds;
    const end = start + jobSeconds - 5;
    const lives = refreshes(start, Math.max(from, start - 1), Math.min(to, end + ROW_TAIL_SECONDS));
    const since = (moment: number) => {
      const later = lives.filter((time) => time > moment);
      return moment > from && moment <= to ? [moment, ...later] : later;
    };
    const key = `${worker.index}-${attempt}`;
    const identity = [
      "job_id",
      `7d3f0c52-9a1e-4b8f-${key}`,
      "trace_id",
      key.padStart(32, "4bf92f3577b34da6a3ce929d0e0e4736"),
    ];
    const row = (
      metric: MetricKey,
      at: readonly number[],
      value: (time: number) => number,
      ...labels: readonly string[]
    ) => written(labelsOf(worker, METRICS[metric].prometheusName, [...identity, ...labels]), at, value);
    const renewal = LEASE_SECONDS - KEEPALIVE_SECONDS;
    yield row("claimStartedAt", lives, () => start);
    yield row(
      "claimLeaseExpiresAt",
      lives,
      (time) => start + LEASE_SECONDS + Math.floor(Math.max(0, Math.min(time, end) - start) / renewal) * renewal,
    );
    yield row("claimAliveAt", lives, (time) => Math.min(time, end));
    yield row("claimProgressAt", lives, (time) => Math.min(time, end));
    yield row(
      "claimArtifactVerifiedAt",
      since(end - VERIFIED_BEFORE_END_SECONDS),
      () => end - VERIFIED_BEFORE_END_SECONDS,
    );
    yield row("claimSettledAt", since(end), () => end);
    if ((worker.index + attempt) % ATTEMPTS_PER_INCIDENT !== 0) continue;
    const incident = ["kind", "phase_failed", "reason", "progress"];
    yield row("claimIncidents", since(start + 30), () => 1, ...incident);
    yield row("claimIncidentsCleared", since(start + 45), () => 1, ...incident);
  }
}

/** The times of a row's exports that are after `from` and not after `to`. */
function refreshes(phase: number, from: number, to: number): readonly number[] {
  const at: number[] = [];
  const first = phase + (Math.floor((from - phase) / REFRESH_SECONDS) + 1) * REFRESH_SECONDS;
  for (let time = first; time <= to; time += REFRESH_SECONDS) at.push(time);
  return at;
}

function written(labels: readonly string[], at: readonly number[], value: (time: number) => number): WrittenSeries {
  return { labels, atMillis: at.map((time) => time * 1_000), values: at.map(value) };
}

function labelsOf(worker: Worker, name: string, labels: readonly string[]): readonly string[] {
  const pool = `pool-${Math.floor(worker.index / WORKERS_OF_A_POOL)}`;
  return sorted([
    "__name__",
    name,
    ...resourceOf(worker),
    "worker_pool",
    pool,
    "worker_id",
    `worker-${worker.index}`,
    ...labels,
  ]);
}

function resourceOf({ index }: Worker): readonly string[] {
  return ["job", "ai/worker", "instance", `${index}`.padStart(32, "c0ffee")];
}

/** Label pairs in the order of their names, as the protocol asks for. */
function sorted(pairs: readonly string[]): readonly string[] {
  const labels: (readonly [string, string])[] = [];
  for (let index = 0; index < pairs.length; index += 2) labels.push([pairs[index] ?? "", pairs[index + 1] ?? ""]);
  return labels.sort(([left], [right]) => (left < right ? -1 : 1)).flat();
}
