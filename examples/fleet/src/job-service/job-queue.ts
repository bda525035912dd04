/**
 * The queue: pg-boss on PostgreSQL. Its heartbeat is the lease: a job whose heartbeat is older than its `heartbeatSeconds` goes back
 * into the queue by pg-boss's own supervisor, and the next worker gets it.
 */
import { type CommandResponse, type JobWithMetadata, PgBoss } from "pg-boss";
import type { JobOrder, StoredOrder } from "./job-order.ts";

/** Options of {@link openJobQueue}. */
export interface JobQueueOptions {
  readonly databaseUrl: string;
  /** The schema that all tables go into: of this run alone. Created here, dropped by `close()`. */
  readonly schema: string;
  readonly onError?: ((error: Error) => void) | undefined;
}

/** A job that one worker holds. */
export interface HeldJob {
  readonly id: string;
  readonly order: StoredOrder;
  /** Expiry of the lease, in unix seconds of the database. */
  readonly leaseExpiresAt: number;
}

/** What became of a job that a worker asks about. */
export type Holding = HeldJob | "job_not_found" | "lease_lost";

/** The queue of every pool. Every call is safe to make at the same time as any other. */
export interface JobQueue {
  /** Puts a job in; gives its id. */
  send(pool: string, order: JobOrder): Promise<string>;
  claim(pool: string, worker: string): Promise<HeldJob | undefined>;
  /** The job, if this worker still holds it. */
  held(pool: string, worker: string, id: string): Promise<Holding>;
  /** Starts the lease anew. */
  renew(pool: string, worker: string, id: string): Promise<Holding>;
  /** Ends a held job: `completed`, `failed` for good, or back to the queue, at once or after `delaySeconds`. */
  end(pool: string, worker: string, id: string, how: Ending): Promise<Holding>;
  /** Makes the queue forget a job. */
  remove(pool: string, id: string): Promise<void>;
  /** pg-boss's state of a job; undefined where it knows none. */
  state(pool: string, id: string): Promise<string | undefined>;
  /** How many jobs wait. */
  waiting(pool: string): Promise<number>;
  /** The database's clock, in unix seconds. */
  now(): Promise<number>;
  close(): Promise<void>;
}

/** How a held job ends. */
export type Ending =
  | { readonly how: "completed" }
  | { readonly how: "failed"; readonly reason: string }
  | { readonly how: "returned"; readonly reason: string; readonly delaySeconds?: number | undefined };

/** pg-boss's own least heartbeat, and so the shortest lease. */
export const MIN_LEASE_SECONDS = 10;
const DEFAULT_RETRY_LIMIT = 3;
/** Longest run of one attempt, however often its lease is renewed. */
const MAX_ATTEMPT_SECONDS = 3_600;

/** Opens the queue, creating what it needs in the database. */
export async function openJobQueue(options: JobQueueOptions): Promise<JobQueue> {
  const boss = new PgBoss({
    connectionString: options.databaseUrl,
    schema: options.schema,
    application_name: "worker-watchdog fleet",
    // Expired leases are looked for every second, so that a job is free again as soon as its lease is over.
    superviseIntervalSeconds: 1,
    monitorIntervalSeconds: 1,
    schedule: false,
  });
  boss.on("error", options.onError ?? (() => {}));
  await boss.start();

  const pools = new Map<string, Promise<void>>();
  const turns = new Map<string, Promise<unknown>>();
  /** pg-boss knows that a job is active, but not whose: the attempt's number tells one holder from the next. */
  const holders = new Map<string, { readonly worker: string; readonly attempt: number }>();

  function ensurePool(pool: string): Promise<void> {
    const known = pools.get(pool) ?? boss.createQueue(pool, { expireInSeconds: MAX_ATTEMPT_SECONDS });
    pools.set(pool, known);
    return known;
  }

  /** One command of a pool at a time: nothing is claimed between the look at a job and its end. */
  function inTurn<R>(pool: string, run: () => Promise<R>): Promise<R> {
    const done = (turns.get(pool) ?? ensurePool(pool)).then(run, run);
    turns.set(pool, done);
    return done;
  }

  async function read(pool: string, id: string): Promise<JobWithMetadata<StoredOrder> | undefined> {
    // Ids are UUIDs to pg-boss; anything else is a database error, and simply no job.
    if (!/^[0-9a-f-]{36}$/i.test(id)) return undefined;
    const [job] = await boss.findJobs<StoredOrder>(pool, { id });
    return job;
  }

  async function look(pool: string, worker: string, id: string): Promise<Holding> {
    const job = await read(pool, id);
    if (job === undefined) return "job_not_found";
    const holder = holders.get(id);
    const isHolder = holder?.worker === worker && holder.attempt === job.retryCount && job.state === "active";
    const leaseExpiresAt = leaseEnd(job);
    if (!isHolder || leaseExpiresAt <= (await now())) return "lease_lost";
    return { id, order: job.data, leaseExpiresAt };
  }

  async function now(): Promise<number> {
    const { rows } = await boss.getDb().executeSql("SELECT extract(epoch FROM clock_timestamp())::float8 AS now");
    return (rows as readonly { readonly now: number }[])[0]?.now ?? Number.NaN;
  }

  return {
    async send(pool, order) {
      await ensurePool(pool);
      const stored: StoredOrder = {
        payload: order.payload,
        artifact_kinds: order.artifactKinds,
        deliverable_id: order.deliverableId ?? null,
        fault: order.fault ?? null,
      };
      const id = await boss.send(pool, stored, {
        heartbeatSeconds: order.leaseSeconds,
        retryLimit: order.retryLimit ?? DEFAULT_RETRY_LIMIT,
      });
      if (id === null) throw new Error(`pg-boss took no job for pool ${pool}.`);
      return id;
    },
    claim: (pool, worker) =>
      inTurn(pool, async () => {
        const [job] = await boss.fetch<StoredOrder>(pool, { batchSize: 1, includeMetadata: true });
        if (job === undefined) return undefined;
        holders.set(job.id, { worker, attempt: job.retryCount });
        return { id: job.id, order: job.data, leaseExpiresAt: leaseEnd(job) };
      }),
    held: (pool, worker, id) => inTurn(pool, () => look(pool, worker, id)),
    renew: (pool, worker, id) =>
      inTurn(pool, async () => {
        const before = await look(pool, worker, id);
        if (typeof before === "string") return before;
        return affected(await boss.touch(pool, id)) === 1 ? await look(pool, worker, id) : "lease_lost";
      }),
    end: (pool, worker, id, ending) =>
      inTurn(pool, async () => {
        const before = await look(pool, worker, id);
        if (typeof before === "string") return before;
        // `affected` is 0 where the supervisor has just given the job back.
        if ((await end(pool, id, ending)) !== 1) return "lease_lost";
        holders.delete(id);
        return before;
      }),
    remove: (pool, id) =>
      inTurn(pool, async () => {
        await boss.deleteJob(pool, id);
      }),
    state: async (pool, id) => {
      await ensurePool(pool);
      return (await read(pool, id))?.state;
    },
    waiting: async (pool) => {
      await ensurePool(pool);
      return (await boss.findJobs(pool, { queued: true })).length;
    },
    now,
    async close() {
      // From here on, what the supervisor misses is what was dropped.
      boss.removeAllListeners("error").on("error", () => {});
      await boss.getDb().executeSql(`DROP SCHEMA IF EXISTS ${options.schema} CASCADE`);
      await boss.stop({ graceful: false });
    },
  };

  async function end(pool: string, id: string, ending: Ending): Promise<number> {
    if (ending.how === "completed") return affected(await boss.complete(pool, id));
    // A failure with a reason is final; cancelled is the one state of pg-boss that no retry leaves.
    if (ending.how === "failed") return affected(await boss.cancel(pool, id));
    const returned = affected(await boss.fail(pool, id, { reason: ending.reason }));
    if (returned === 1 && ending.delaySeconds !== undefined) {
      await boss.update(pool, undefined, { id, startAfter: ending.delaySeconds });
    }
    return returned;
  }
}

/** How many jobs a command changed. pg-boss returns it, and leaves it out of its types. */
function affected(response: CommandResponse): number {
  return (response as { readonly affected: number }).affected;
}

function leaseEnd(job: Pick<JobWithMetadata<unknown>, "heartbeatOn" | "heartbeatSeconds">): number {
  if (job.heartbeatOn === null || job.heartbeatSeconds === null) return 0;
  return job.heartbeatOn.getTime() / 1_000 + job.heartbeatSeconds;
}
