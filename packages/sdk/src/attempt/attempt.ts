/** One worker's run at one job: its lease, rows, state and the signal that ends it. */
import { type Attributes, type Context, INVALID_SPANID, trace } from "@opentelemetry/api";
import type { ArtifactCheck, VerifiedArtifact } from "../artifact/index.ts";
import { issueVerifiedArtifact } from "../artifact/verified-artifact.ts";
import { WatchdogError } from "../errors.ts";
import { Lease, type LeaseGrant } from "../lease/lease.ts";
import { contextBelow } from "../phase/trace-context.ts";
import { ATTRIBUTES, EVENTS, type EventName } from "../semconv/index.ts";
import type { RecordDetails } from "../worker/telemetry.ts";
import type { WorkerContext } from "../worker/worker-context.ts";
import { attemptRecord, recordedState } from "./attempt-record.ts";
import { AttemptRows } from "./attempt-rows.ts";
import { type AttemptState, type CompleteStatus, isGivenBackState, isHeldState } from "./attempt-state.ts";
import { writeStateRows } from "./attempt-state-rows.ts";
import type { JobDescription } from "./job-description.ts";
import type { JobState, Settlement } from "./job-state.ts";

/** Signs of progress that come closer together than this are one: limits are minutes, and a phase may take a microsecond. */
const SIGN_RESOLUTION_MILLIS = 100;

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
  #state: AttemptState;
  #artifact: VerifiedArtifact | undefined;
  #progressAtMonotonic: number;
  #progressSaidMonotonic = Number.NEGATIVE_INFINITY;
  #spanAttributes: Readonly<Attributes> | undefined;
  #isSettling = false;

  private constructor(
    worker: WorkerContext<P>,
    description: JobDescription<P>,
    parent: Context,
    lease: Lease,
    state: AttemptState,
  ) {
    const { clock, worker: identity } = worker.options;
    this.worker = worker;
    this.description = description;
    this.traceId = state.traceId;
    this.parent = parent;
    this.lease = lease;
    this.#state = state;
    const names = {
      workerPool: identity.pool,
      workerId: identity.id,
      jobId: worker.exportedId(description.id),
      traceId: state.traceId,
    };
    this.rows = new AttemptRows(worker.table, clock, names, {
      read: () => this.#state.incidents,
      change: (apply) => this.#change((stored) => apply(stored.incidents)),
      changed: (kind, reason, incident) => worker.recordIncident(names, kind, reason, incident),
    });
    this.#progressAtMonotonic = clock.monotonic() - Math.max(0, lease.queueNow() - state.progressAt) * 1_000;
  }

  /** An attempt that begins: the queue has just given the job. */
  static claimed<P>(
    worker: WorkerContext<P>,
    description: JobDescription<P>,
    parent: Context,
    traceId: string,
    grant: LeaseGrant,
  ): Attempt<P> {
    const lease = new Lease(worker.options.clock, worker.options.policy.thresholds.lease_max_minutes, grant);
    const span = trace.getSpanContext(parent);
    const startedAt = grant.queueTime ?? worker.nowSeconds();
    const attempt = new Attempt(worker, description, parent, lease, {
      jobId: description.id,
      traceId,
      parentSpanId: span?.spanId ?? INVALID_SPANID,
      traceFlags: span?.traceFlags ?? 0,
      deliverableId: description.deliverableId ?? null,
      artifactKinds: description.artifactKinds ?? [],
      startedAt,
      revision: 0,
      leaseExpiresAt: lease.expiresAt,
      queueOffsetMillis: lease.queueOffsetMillis,
      state: "running",
      stuckReason: null,
      phase: "claim",
      progressAt: startedAt,
      aliveAt: startedAt,
      contextFailed: false,
      notFound: false,
      verified: null,
      settledAt: null,
      completeStatus: null,
      endedAtMillis: null,
      sessionDeath: null,
      limitedUntil: null,
      limitCleared: null,
      incidents: {},
    });
    worker.attempts.begin(attempt.#state);
    attempt.rows.setTime("claimStartedAt", startedAt, "routine");
    attempt.#writeLease();
    attempt.#writeRecord();
    return attempt;
  }

  /** An attempt that another process began: its rows go on, under the same trace. */
  static resumed<P>(worker: WorkerContext<P>, state: AttemptState): Attempt<P> {
    const { clock, policy } = worker.options;
    const lease = Lease.stored(clock, policy.thresholds.lease_max_minutes, state);
    const attempt = new Attempt<P>(
      worker,
      {
        id: state.jobId,
        leaseExpiresAt: state.leaseExpiresAt,
        deliverableId: state.deliverableId ?? undefined,
        artifactKinds: state.artifactKinds,
      },
      contextBelow({ traceId: state.traceId, spanId: state.parentSpanId, traceFlags: state.traceFlags }),
      lease,
      state,
    );
    if (state.verified !== null)
      attempt.#artifact = issueVerifiedArtifact({ ...state.verified, url: state.verified.recordUrl });
    attempt.#writeAll();
    return attempt;
  }

  get state(): JobState {
    return this.#state.state;
  }

  get stuckReason(): string | undefined {
    return this.#state.stuckReason ?? undefined;
  }

  /** Where the attempt stands, as our records say it: a dead session blocks the job, whatever the queue knows (R8.2). */
  get recordedState(): string {
    return recordedState(this.#state);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Whether the worker still answers for the job. */
  get isHeld(): boolean {
    return isHeldState(this.#state);
  }

  /** The queue said that it does not know the job. */
  get notFound(): boolean {
    return this.#state.notFound;
  }

  /** The gate has passed in this attempt. */
  get verified(): boolean {
    return this.#state.verified !== null;
  }

  /** What the gate has verified in this attempt. */
  get artifact(): VerifiedArtifact | undefined {
    return this.#artifact;
  }

  /** Whether the job's context could not be read. */
  get contextFailed(): boolean {
    return this.#state.contextFailed;
  }

  /** The attempt as plain JSON. */
  get snapshot(): Readonly<AttemptState> {
    return this.#state;
  }

  /** Attributes of the attempt's spans: the same object until the lease is renewed, so it is not to be written to. */
  spanAttributes(): Readonly<Attributes> {
    const { expiresAt } = this.lease;
    const known = this.#spanAttributes;
    if (known?.[ATTRIBUTES.leaseExpiresAt.key] === expiresAt) return known;
    const made = {
      [ATTRIBUTES.jobId.key]: this.description.id,
      [ATTRIBUTES.leaseExpiresAt.key]: expiresAt,
    };
    this.#spanAttributes = made;
    return made;
  }

  /** A sign of life: the process works on the job. */
  alive(): void {
    const now = this.lease.queueNow();
    this.#take(
      this.worker.attempts.changeRoutine(this.#state, (state) => {
        state.aliveAt = Math.max(state.aliveAt, now);
      }),
    );
    this.rows.setTime("claimAliveAt", this.#state.aliveAt, "routine");
  }

  /** A phase begins: it is stored with the next change, and its run has a record of its own. */
  entered(phase: string): void {
    this.worker.alive();
    this.refresh();
    this.#state.phase = phase;
  }

  /** A sign of progress: the job moves. */
  progressed(): void {
    const nowMonotonic = this.worker.options.clock.monotonic();
    // The first one counts, however soon it comes: it is the difference between a job that moved and one that did not.
    if (nowMonotonic - this.#progressSaidMonotonic < SIGN_RESOLUTION_MILLIS) return;
    this.#progressSaidMonotonic = nowMonotonic;
    this.#progressAtMonotonic = nowMonotonic;
    const now = this.lease.queueNow();
    this.#state = this.worker.attempts.changeRoutine(this.#state, (state) => {
      state.progressAt = Math.max(state.progressAt, now);
    });
    this.rows.setTime("claimProgressAt", this.#state.progressAt, "routine");
  }

  /** Seconds since the last sign of progress, by whichever process saw it. */
  sinceProgressSeconds(): number {
    return (this.worker.options.clock.monotonic() - this.#progressAtMonotonic) / 1_000;
  }

  /** Takes in what other processes of this worker have made of the attempt. */
  refresh(): void {
    const before = this.#state;
    this.#take(this.worker.attempts.latest(before));
  }

  /** Takes a renewed lease. */
  renew(grant: LeaseGrant): void {
    this.lease.renew(grant);
    this.#writeLease();
  }

  /** The gate has passed. */
  verify(artifact: VerifiedArtifact, check: ArtifactCheck): void {
    this.#artifact = artifact;
    // Plain copies without the stated addresses, which may be signed.
    const { url: _url, ...fields } = { ...artifact, filesUrl: check.filesUrl, kinds: [...artifact.kinds] };
    this.#change((state) => {
      state.verified = fields;
    });
    this.rows.setTime("claimArtifactVerifiedAt", this.lease.queueNow());
  }

  /** Whether the context was read. */
  setContextFailed(failed: boolean): void {
    if (this.#state.contextFailed === failed) return;
    this.#change((state) => {
      state.contextFailed = failed;
    });
  }

  /** The queue does not know the job. */
  markNotFound(): void {
    this.#change((state) => {
      state.notFound = true;
    });
  }

  /** A complete was tried, and did not end well. */
  completeFailed(status: Exclude<CompleteStatus, "ok">): void {
    this.#change((state) => {
      state.completeStatus = status;
      if (status === "not_found") state.notFound = true;
    });
    this.#writeRecord();
  }

  /** Marks the job stuck; the first reason stays. */
  stick(reason: string): void {
    if (!this.isHeld || this.#state.state === "stuck") return;
    this.#change((state) => {
      if (state.state !== "running") return;
      state.state = "stuck";
      state.stuckReason = reason;
    });
    this.record(EVENTS.jobStuck, { data: { reason } });
    this.#writeRecord();
  }

  /** Ends the attempt: the queue acknowledged it. */
  settle(settlement: Settlement, data: NonNullable<RecordDetails["data"]> = {}): void {
    const previous = this.#state.state;
    const settledAt = this.lease.queueNow();
    this.#isSettling = true;
    this.#change((state) => {
      state.state = settlement;
      state.settledAt = settledAt;
      if (settlement === "completed") state.completeStatus = "ok";
    });
    this.rows.setTime("claimSettledAt", settledAt);
    if (isGivenBackState(this.#state)) this.rows.setTime("claimReleasedAt", settledAt);
    this.end();
    this.record(EVENTS.jobSettled, { data: { old_state: previous, new_state: settlement, ...data } });
    this.#writeRecord(data);
  }

  /** The worker is done with the job, settled or not: its rows have said all, and the rules remember them. */
  end(): void {
    const nowMillis = this.worker.options.clock.now();
    if (this.#state.endedAtMillis === null)
      this.#change((state) => {
        state.endedAtMillis = nowMillis;
      });
    this.rows.keepUntil(Math.min(nowMillis, this.lease.localExpiryMillis()));
  }

  /** The session behind the worker waits for a limit, has died, or works again. */
  changeSession(apply: (state: AttemptState) => void): void {
    this.#change(apply);
    this.#writeAll();
    this.#writeRecord();
  }

  /** Aborts the job's signal. */
  abort(reason: WatchdogError): void {
    this.#abort.abort(reason);
  }

  /** Writes an audit record of the attempt. */
  record(name: EventName, details: Omit<RecordDetails, "jobId" | "traceId"> = {}): void {
    this.worker.telemetry.record(name, { jobId: this.description.id, traceId: this.traceId, data: details.data });
  }

  /** @throws WatchdogError `job_settled` where the attempt has ended. */
  assertHeld(action: string): void {
    if (this.isHeld) return;
    throw new WatchdogError(
      "job_settled",
      `${action} was called on job ${this.description.id}, whose attempt has ended as ${this.#state.state}. Claim again to work on it.`,
    );
  }

  /** Changes the stored state, together with what other processes have made of it. */
  #change(apply: (state: AttemptState) => void): void {
    this.#take(this.worker.attempts.change(this.#state, apply));
  }

  #take(state: AttemptState): void {
    const before = this.#state;
    this.#state = state;
    if (state === before) return;
    if (state.progressAt > before.progressAt) this.#progressAtMonotonic = this.worker.options.clock.monotonic();
    this.lease.adopt(state.leaseExpiresAt, state.queueOffsetMillis);
    this.#writeAll();
    if (isHeldState(before) && state.settledAt !== null && state.settledAt !== before.settledAt && !this.#isSettling) {
      const by = `The attempt at job ${this.description.id} was ended as ${state.state} by another process of this worker.`;
      this.abort(new WatchdogError("job_settled", `${by} Stop working on it.`));
    }
  }

  #writeLease(): void {
    const { expiresAt, queueOffsetMillis } = this.lease;
    if (expiresAt !== this.#state.leaseExpiresAt)
      this.#change((state) => {
        if (expiresAt <= state.leaseExpiresAt) return;
        state.leaseExpiresAt = expiresAt;
        state.queueOffsetMillis = queueOffsetMillis;
      });
    this.rows.setTime("claimLeaseExpiresAt", expiresAt);
    this.rows.keepUntil(this.lease.localExpiryMillis());
  }

  #writeAll(): void {
    writeStateRows(this.rows, this.#state, this.lease.localExpiryMillis());
  }

  #writeRecord(data: NonNullable<RecordDetails["data"]> = {}): void {
    const { reason } = data;
    this.worker.write("worker_job_attempt", {
      id: this.traceId,
      jobId: this.description.id,
      traceId: this.traceId,
      data: attemptRecord(this.#state, typeof reason === "string" ? reason : undefined),
    });
  }
}
