/** One worker's run at one job: its lease, rows, state and the signal that ends it. */
import type { Attributes, Context } from "@opentelemetry/api";
import { AttemptRows } from "./attempt-rows.ts";
import { WatchdogError } from "./errors.ts";
import type { JobDescription } from "./job-description.ts";
import type { JobState, Settlement } from "./job-state.ts";
import { Lease, type LeaseGrant } from "./lease.ts";
import { ATTRIBUTES, EVENTS, type EventName } from "./semconv/index.ts";
import type { RecordDetails } from "./telemetry.ts";
import type { WorkerContext } from "./worker-context.ts";

/** The state of one attempt. */
export class Attempt<P> {
  readonly worker: WorkerContext<P>;
  readonly description: JobDescription<P>;
  readonly traceId: string;
  /** Parent of the phases' spans. */
  readonly parent: Context;
  readonly lease: Lease;
  readonly rows: AttemptRows;
  readonly #abort = new AbortController();
  #state: JobState = "running";
  #stuckReason: string | undefined;
  #progressAtMonotonic: number;
  /** The queue said that it does not know the job. */
  notFound = false;
  /** The gate has passed in this attempt. */
  verified = false;

  constructor(
    worker: WorkerContext<P>,
    description: JobDescription<P>,
    parent: Context,
    traceId: string,
    grant: LeaseGrant,
  ) {
    const { clock, policy } = worker.options;
    this.worker = worker;
    this.description = description;
    this.parent = parent;
    this.traceId = traceId;
    this.lease = new Lease(clock, policy.thresholds.lease_max_minutes, grant);
    this.rows = new AttemptRows(worker.table, clock, {
      workerPool: worker.options.worker.pool,
      workerId: worker.options.worker.id,
      jobId: description.id,
      traceId,
    });
    this.#progressAtMonotonic = clock.monotonic();
    this.rows.setTime("claimStartedAt", grant.queueTime ?? worker.nowSeconds(), "routine");
    this.#writeLease();
  }

  get state(): JobState {
    return this.#state;
  }

  get stuckReason(): string | undefined {
    return this.#stuckReason;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Whether the worker still answers for the job. */
  get isHeld(): boolean {
    return this.#state === "running" || this.#state === "stuck";
  }

  /** Attributes of the attempt's spans. */
  spanAttributes(): Attributes {
    return {
      [ATTRIBUTES.jobId.key]: this.description.id,
      [ATTRIBUTES.leaseExpiresAt.key]: this.lease.expiresAt,
    };
  }

  /** A sign of progress: the job moves. */
  progressed(): void {
    this.#progressAtMonotonic = this.worker.options.clock.monotonic();
    this.rows.setTime("claimProgressAt", this.lease.queueNow(), "routine");
  }

  /** Seconds since the last sign of progress. */
  sinceProgressSeconds(): number {
    return (this.worker.options.clock.monotonic() - this.#progressAtMonotonic) / 1_000;
  }

  /** Takes a renewed lease. */
  renew(grant: LeaseGrant): void {
    this.lease.renew(grant);
    this.#writeLease();
  }

  /** Marks the job stuck; the first reason stays. */
  stick(reason: string): void {
    if (!this.isHeld || this.#state === "stuck") return;
    this.#state = "stuck";
    this.#stuckReason = reason;
    this.record(EVENTS.jobStuck, { data: { reason } });
  }

  /** Ends the attempt: the queue acknowledged it. */
  settle(settlement: Settlement, data: NonNullable<RecordDetails["data"]> = {}): void {
    const previous = this.#state;
    this.#state = settlement;
    this.rows.setTime("claimSettledAt", this.lease.queueNow());
    this.end();
    this.record(EVENTS.jobSettled, { data: { old_state: previous, new_state: settlement, ...data } });
  }

  /** The worker is done with the job, settled or not: its rows have said all, and the rules remember them. */
  end(): void {
    this.rows.keepUntil(Math.min(this.worker.options.clock.now(), this.lease.localExpiryMillis()));
  }

  /** Aborts the job's signal. */
  abort(reason: WatchdogError): void {
    this.#abort.abort(reason);
  }

  /** Writes an audit record of the attempt. */
  record(name: EventName, details: Omit<RecordDetails, "jobId" | "traceId"> = {}): void {
    this.worker.telemetry.record(name, { ...details, jobId: this.description.id, traceId: this.traceId });
  }

  /** @throws WatchdogError `job_settled` where the attempt has ended. */
  assertHeld(action: string): void {
    if (this.isHeld) return;
    throw new WatchdogError(
      "job_settled",
      `${action} was called on job ${this.description.id}, whose attempt has ended as ${this.#state}. Claim again to work on it.`,
    );
  }

  #writeLease(): void {
    this.rows.setTime("claimLeaseExpiresAt", this.lease.expiresAt);
    this.rows.keepUntil(this.lease.localExpiryMillis());
  }
}
