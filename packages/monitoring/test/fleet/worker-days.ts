/** Days of one healthy worker: heartbeats, jobs, restarts and stops, as the rows that it exports. Times are seconds since the fleet's start. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { IncidentKind, MetricKey } from "@worker-watchdog/sdk/semconv";
import type { Change } from "../../src/rule-tests/series.ts";
import { LABELS } from "../../src/rules/labels.ts";
import type { Random } from "./random.ts";

const MINUTE = 60;
/** A sign of life goes out as often as an unchanged row. */
const SIGN_SECONDS = MINUTE;
/** How long a row stays after its attempt's end, for a slow exporter. */
const KEPT_SECONDS = 60;
/** A lease of the queue, and the least that is left when the library renews it. */
const LEASE_SECONDS = 15 * MINUTE;

/** One row of one process, over its time. */
export interface FleetRow {
  readonly metric: MetricKey;
  readonly labels: Readonly<Record<string, string>>;
  readonly from: number;
  readonly until: number;
  /** Values are times since the fleet's start, or counts. Made when a slice asks: a month of signs of life is long. */
  readonly changes: () => readonly Change[];
  readonly isTime: boolean;
}

/** Who works, and for how long. */
export interface WorkerDays {
  readonly policy: Policy;
  readonly random: Random;
  readonly pool: string;
  readonly worker: string;
  readonly seconds: number;
  /** When its pool's deploys reach it. */
  readonly deploys: readonly number[];
  /** When it is killed, and started again. */
  readonly crashes: readonly number[];
  /** How long its jobs take: the least and the most. */
  readonly jobMinutes: readonly [least: number, most: number];
  /** Each process is an instance of its own: a worker with its own MeterProvider. */
  readonly isInstancePerProcess: boolean;
  /** It is killed at this time, with no job, and nobody starts it again. */
  readonly diesAt?: number | undefined;
  /** Its first job that ends after this time is rejected for good. */
  readonly rejectedAfter?: number | undefined;
}

/** What was injected: the worker's last sign of life, or the attempt whose complete was rejected, and when. */
export interface Fault {
  readonly at: number;
  readonly labels: Readonly<Record<string, string>>;
  /** As in the alert: a count, or a time since the fleet's start. */
  readonly value: number;
}

/** The worker's rows. */
export function workerDays(options: WorkerDays): {
  readonly rows: readonly FleetRow[];
  readonly faults: readonly Fault[];
} {
  const { policy, random, pool, worker, seconds, deploys, crashes, jobMinutes } = options;
  const { isInstancePerProcess, diesAt, rejectedAfter } = options;
  const rows: FleetRow[] = [];
  const faults: Fault[] = [];
  const who = { [LABELS.workerPool]: pool, [LABELS.workerId]: worker };
  // The clock of its host is wrong by up to 25 s; the queue's is right.
  const skew = random.between(-25, 25);
  const wall = (at: number): number => at + skew;
  const heartbeat = policy.heartbeat_interval_minutes * MINUTE;
  const stops = [...deploys, ...crashes].sort((left, right) => left - right);
  let streak = 0;
  let jobs = 0;
  let isRejected = false;
  let at = random.between(0, heartbeat);
  let heldJob: string | undefined;

  for (let process = 0; at < seconds; process += 1) {
    const labels = { job: "ai/worker", instance: isInstancePerProcess ? `${worker}-${process}` : worker, ...who };
    const stop = stops.find((time) => time > at) ?? Number.POSITIVE_INFINITY;
    const isClean = deploys.includes(stop);
    const end = Math.min(stop, diesAt ?? Number.POSITIVE_INFINITY, seconds);
    const polled: Change[] = [];
    const streaks: Change[] = [];
    const pending: Change[] = [];
    const oldest: Change[] = [];
    let drained = end;
    for (let now = at; now < end; ) {
      // A job that was held when its process was killed is claimed again at once; nobody claims shortly before dying.
      const isDying = diesAt !== undefined && now > diesAt - 3 * 3_600;
      const hasJob =
        heldJob !== undefined ||
        (!isDying && (streak >= policy.thresholds.repeated_no_job_warn_count - 1 || random.chance(0.8)));
      streak = hasJob ? 0 : isDying ? 1 : streak + 1;
      polled.push([now, wall(now)]);
      streaks.push([now, streak]);
      pending.push([now, hasJob ? random.between(0, 9) : 0]);
      oldest.push([now, now - random.between(0, 480)]);
      if (!hasJob) {
        now += heartbeat + random.between(-20, 20);
        continue;
      }
      jobs += 1;
      const job: string = heldJob ?? `J-${worker}-${jobs}`;
      heldJob = undefined;
      const done = now + random.between(...jobMinutes) * MINUTE + random.between(0, 59);
      const isKilled = done > end && !isClean && end !== seconds;
      // Told to stop, it drains for half a minute, and gives back what it can not finish.
      const isReleased = done > end + 30 && isClean;
      const settledAt = isKilled ? undefined : isReleased ? end + random.between(1, 30) : done;
      const last = settledAt ?? end;
      drained = Math.max(drained, Math.min(last, seconds));
      const attempt = { ...labels, [LABELS.jobId]: job, [LABELS.traceId]: `${job}-${process}-${now}` };
      const isFailed = random.chance(0.05);
      const rejects = rejectedAfter !== undefined && !isRejected && done > rejectedAfter && !isKilled && !isReleased;
      const kept = { labels: attempt, until: isKilled ? end : last + KEPT_SECONDS };
      const time = (metric: MetricKey, at: number, value: number): void => {
        rows.push({ metric, from: at, changes: () => [[at, value]], isTime: true, ...kept });
      };
      const incident = (kind: IncidentKind, reason: string, clearedAt?: number): void => {
        const of = { ...kept, labels: { ...attempt, [LABELS.kind]: kind, [LABELS.reason]: reason }, isTime: false };
        const once = (at: number) => ({ from: at, changes: () => [[at, 1]] as const, ...of });
        rows.push({ metric: "claimIncidents", ...once(last - 1) });
        if (clearedAt !== undefined) rows.push({ metric: "claimIncidentsCleared", ...once(clearedAt) });
      };
      const claimedAt = now;
      const rising = { from: claimedAt, isTime: true, ...kept };
      time("claimStartedAt", claimedAt, claimedAt);
      rows.push({ metric: "claimLeaseExpiresAt", changes: () => leases(claimedAt, last), ...rising });
      rows.push({ metric: "claimAliveAt", changes: () => every(claimedAt, last, SIGN_SECONDS, wall), ...rising });
      const progress: Change[] = [];
      for (let sign = now; sign <= last; sign += random.between(60, 540)) progress.push([sign, wall(sign)]);
      rows.push({ metric: "claimProgressAt", changes: () => progress, ...rising });
      if (settledAt !== undefined) {
        // The honest end of a job without an artifact is no page; nor is a verified one whose complete was repaired.
        if (!isFailed && !isReleased) time("claimArtifactVerifiedAt", settledAt - 2, wall(settledAt - 2));
        time("claimSettledAt", settledAt, settledAt);
        if (isReleased) time("claimReleasedAt", settledAt, settledAt);
        if (random.chance(0.02)) incident("phase_failed", "build", last - 1);
        if (rejects) {
          isRejected = true;
          incident("complete_rejected", "other");
          const { job: _, instance: __, ...own } = attempt;
          faults.push({
            at: last - 1,
            labels: { ...own, [LABELS.kind]: "complete_rejected", [LABELS.reason]: "other" },
            value: 1,
          });
        }
        if (random.chance(0.02) && settledAt - now > 20 * MINUTE) {
          time("sessionLimitedUntil", now + MINUTE, now + 9 * MINUTE);
          time("sessionLimitCleared", now + 8 * MINUTE, now + 9 * MINUTE);
        }
      }
      // Given back or left behind, it is claimed anew, in another attempt.
      if (isKilled || isReleased) heldJob = job;
      now = Math.max(last, now + heartbeat) + random.between(0, 20);
    }
    const stopped = isClean && end === stop ? drained + 1 : undefined;
    const until = stopped ?? end;
    const begun = at;
    const own = (metric: MetricKey, isTime: boolean, changes: () => readonly Change[], from = begun): void => {
      rows.push({ metric, labels, from, until, isTime, changes });
    };
    own("aliveAt", true, () => every(begun, until, SIGN_SECONDS, wall));
    if (stopped !== undefined) own("stoppedAt", true, () => [[stopped, wall(stopped)]], stopped);
    own("claimPolledAt", true, () => polled);
    own("noJobStreak", false, () => streaks);
    own("silentHeartbeats", false, () => streaks);
    own("queuePendingJobs", false, () => pending);
    own("queueOldestPendingAt", true, () => oldest);
    if (diesAt !== undefined && end === diesAt) {
      faults.push({ at: end, labels: who, value: wall(lastOf(begun, end, SIGN_SECONDS)) });
      break;
    }
    // Back within seconds, also of a crash; now and then a worker is taken out for hours, which it says.
    at =
      until +
      (isClean ? (random.chance(0.05) ? random.between(1, 6) * 3_600 : random.between(3, 60)) : random.between(5, 30));
  }
  return { rows, faults };
}

/** Granted at the claim, and renewed when less than seven minutes are left. */
function leases(claimedAt: number, endedAt: number): readonly Change[] {
  const changes: Change[] = [];
  for (let at = claimedAt; at <= endedAt; at += LEASE_SECONDS - 7 * MINUTE) changes.push([at, at + LEASE_SECONDS]);
  return changes;
}

function every(from: number, until: number, seconds: number, value: (at: number) => number): readonly Change[] {
  return Array.from({ length: Math.floor((until - from) / seconds) + 1 }, (_, index) => {
    const at = from + index * seconds;
    return [at, value(at)] as const;
  });
}

function lastOf(from: number, until: number, seconds: number): number {
  return from + Math.floor((until - from) / seconds) * seconds;
}
