/** Exports what the queue says that it holds: how many eligible jobs wait, and since when the oldest does (alert 7c). */
import { ownField } from "../own-field.ts";
import type { RowOwner } from "../rows/row-table.ts";
import type { WorkerContext } from "../worker/worker-context.ts";

/** Unix seconds lie below this for the next three thousand years; above are milliseconds. */
const MAX_UNIX_SECONDS = 1e11;

/** The backlog of a worker's pool, as the worker last heard. */
export class BacklogRows<P> {
  readonly #worker: WorkerContext<P>;
  readonly #pending: RowOwner = { dropAtMillis: Number.POSITIVE_INFINITY };
  readonly #oldest: RowOwner = { dropAtMillis: Number.POSITIVE_INFINITY };

  constructor(worker: WorkerContext<P>) {
    this.#worker = worker;
  }

  /** Takes what `helper.backlog` gave: `{ pending_jobs?, oldest_pending_at? }`, the latter in unix seconds. */
  heard(backlog: unknown): void {
    const pending = numberOf(ownField(backlog, "pending_jobs"));
    const oldest = numberOf(ownField(backlog, "oldest_pending_at"));
    this.#set("queuePendingJobs", this.#pending, pending);
    this.#set("queueOldestPendingAt", this.#oldest, pending === 0 || oldest === 0 ? undefined : oldest);
  }

  /** A claim got a job: what was heard before is true no longer, and nothing newer is known. */
  forget(): void {
    this.#set("queuePendingJobs", this.#pending, undefined);
    this.#set("queueOldestPendingAt", this.#oldest, undefined);
  }

  #set(metric: "queuePendingJobs" | "queueOldestPendingAt", owner: RowOwner, value: number | undefined): void {
    owner.dropAtMillis = value === undefined ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    if (value === undefined) return;
    this.#worker.table.set(metric, this.#worker.rowAttributes, value, owner, { mayFall: true });
  }
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && value < MAX_UNIX_SECONDS ? value : undefined;
}
