/** A job service in memory, with real leases and faults on demand: a stand-in for tests of workers, modelled on examples/fleet's. */
import type { Clock } from "../clock.ts";

/** The commands of a job service. */
export type JobCommand =
  | "doctor"
  | "touch"
  | "claim"
  | "context"
  | "progress"
  | "complete"
  | "read"
  | "fail"
  | "pause"
  | "release";

/** What a fault does instead of the command. */
export type JobFault =
  | { readonly result: unknown }
  | { readonly throws: unknown }
  /** Carries the command out and loses the answer. */
  | { readonly losesAnswer: unknown }
  /** Never answers. */
  | { readonly hangs: true }
  /** Answers after the command was carried out, when `answer` settles. */
  | { readonly answersAfter: Promise<void> };

/** A job to put into the queue. */
export interface JobToDo {
  readonly id: string;
  /** Artifact kinds that a complete must name. Default: none. */
  readonly artifactKinds?: readonly string[] | undefined;
  /** Slot for uploads. Default: none. */
  readonly deliverableId?: string | undefined;
  /** What the claim hands out. Default: null. */
  readonly payload?: unknown;
}

interface StoredJob extends JobToDo {
  state: "pending" | "running" | "completed" | "failed" | "paused";
  holder: string | undefined;
  leaseExpiresAt: number;
  completedBy: string | undefined;
}

/** A job service in memory. */
export interface MemoryJobService {
  /** Puts a job into the queue. */
  add(job: JobToDo): void;
  /** Forgets a job, as if it had been deleted. */
  remove(id: string): void;
  /** Gives a job to another worker, as a supervisor who reclaims it does. */
  take(id: string, workerId: string): void;
  /** Makes the next `times` calls of a command fail. Default: 1. */
  fault(command: JobCommand, fault: JobFault, times?: number): void;
  /** The commands as one worker sends them. */
  client(workerId: string): JobServiceClient;
  /** A job's state. */
  state(id: string): StoredJob["state"] | undefined;
  /** How many times a command was called. */
  calls(command: JobCommand): number;
}

/** A worker's side of the job service. */
export interface JobServiceClient {
  doctor(): Promise<unknown>;
  touch(): Promise<unknown>;
  claim(): Promise<unknown>;
  context(jobId: string): Promise<unknown>;
  progress(jobId: string): Promise<unknown>;
  complete(jobId: string, kinds?: readonly string[]): Promise<unknown>;
  /** The job's state, with the worker that completed or holds it. */
  read(jobId: string): Promise<unknown>;
  fail(jobId: string): Promise<unknown>;
  pause(jobId: string): Promise<unknown>;
  release(jobId: string): Promise<unknown>;
}

/**
 * Makes a job service in memory.
 *
 * @param options.leaseSeconds Length of a lease, and of each renewal. Default: 900.
 * @param options.clockOffsetSeconds How far the queue's clock is ahead of the worker's. Default: 0.
 */
export function memoryJobService(options: {
  readonly clock: Clock;
  readonly leaseSeconds?: number | undefined;
  readonly clockOffsetSeconds?: number | undefined;
}): MemoryJobService {
  const { clock, leaseSeconds = 900, clockOffsetSeconds = 0 } = options;
  const jobs = new Map<string, StoredJob>();
  const faults = new Map<JobCommand, JobFault[]>();
  const counts = new Map<JobCommand, number>();
  const now = (): number => clock.now() / 1_000 + clockOffsetSeconds;

  async function call(command: JobCommand, act: () => unknown): Promise<unknown> {
    counts.set(command, (counts.get(command) ?? 0) + 1);
    const fault = faults.get(command)?.shift();
    if (fault === undefined) return act();
    if ("result" in fault) return fault.result;
    if ("throws" in fault) throw fault.throws;
    if ("hangs" in fault) return new Promise(() => {});
    const answer = act();
    if ("losesAnswer" in fault) throw fault.losesAnswer;
    await fault.answersAfter;
    return answer;
  }

  function held(id: string, workerId: string, act: (job: StoredJob) => unknown): unknown {
    const job = jobs.get(id);
    if (job === undefined) return { ok: false, error: "job_not_found" };
    if (job.state !== "running" || job.holder !== workerId || job.leaseExpiresAt <= now()) {
      return { ok: false, status: "rejected", error: "lease_lost" };
    }
    return act(job);
  }

  function end(id: string, workerId: string, state: StoredJob["state"]): unknown {
    return held(id, workerId, (job) => {
      job.state = state;
      job.holder = undefined;
      return { ok: true, status: state };
    });
  }

  function claim(workerId: string): unknown {
    for (const job of jobs.values()) {
      const isFree = job.state === "pending" || (job.state === "running" && job.leaseExpiresAt <= now());
      if (!isFree) continue;
      job.state = "running";
      job.holder = workerId;
      job.leaseExpiresAt = now() + leaseSeconds;
      return {
        ok: true,
        server_time: now(),
        job: {
          id: job.id,
          lease_expires_at: job.leaseExpiresAt,
          deliverable_id: job.deliverableId ?? null,
          artifact_kinds: job.artifactKinds ?? [],
          payload: job.payload ?? null,
        },
      };
    }
    return { ok: true, server_time: now(), job: null };
  }

  function read(id: string): unknown {
    const job = jobs.get(id);
    if (job === undefined) return { ok: false, error: "job_not_found" };
    return { ok: true, status: job.state, completed_by: job.completedBy ?? null, held_by: job.holder ?? null };
  }

  function complete(id: string, workerId: string, kinds: readonly string[]): unknown {
    return held(id, workerId, (job) => {
      const missing = (job.artifactKinds ?? []).filter((kind) => !kinds.includes(kind));
      if (missing.length > 0)
        return { ok: false, status: "rejected", error: "missing_artifact_kind", missing_kinds: missing };
      job.state = "completed";
      job.completedBy = workerId;
      return { ok: true, status: "completed" };
    });
  }

  return {
    add: (job) =>
      void jobs.set(job.id, { ...job, state: "pending", holder: undefined, leaseExpiresAt: 0, completedBy: undefined }),
    take(id, workerId) {
      const job = jobs.get(id);
      if (job === undefined) return;
      job.state = "running";
      job.holder = workerId;
      job.leaseExpiresAt = now() + leaseSeconds;
    },
    remove: (id) => void jobs.delete(id),
    fault(command, fault, times = 1) {
      const queue = faults.get(command) ?? [];
      for (let index = 0; index < times; index += 1) queue.push(fault);
      faults.set(command, queue);
    },
    state: (id) => jobs.get(id)?.state,
    calls: (command) => counts.get(command) ?? 0,
    client: (workerId) => ({
      doctor: () => call("doctor", () => ({ ok: true, token_present: true, touch: { ok: true } })),
      touch: () => call("touch", () => ({ ok: true, touched: true })),
      claim: () => call("claim", () => claim(workerId)),
      context: (id) => call("context", () => held(id, workerId, () => ({ ok: true }))),
      progress: (id) =>
        call("progress", () =>
          held(id, workerId, (job) => {
            job.leaseExpiresAt = now() + leaseSeconds;
            return { ok: true, status: "running", lease_expires_at: job.leaseExpiresAt, server_time: now() };
          }),
        ),
      complete: (id, kinds = []) => call("complete", () => complete(id, workerId, kinds)),
      read: (id) => call("read", () => read(id)),
      fail: (id) => call("fail", () => end(id, workerId, "failed")),
      pause: (id) => call("pause", () => end(id, workerId, "paused")),
      release: (id) => call("release", () => end(id, workerId, "pending")),
    }),
  };
}
