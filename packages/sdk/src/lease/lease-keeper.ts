/** Keeps a job's lease while the job moves, and ends the job's signal when the lease is lost (R4.6, R4.9, R6, R6.4). */
import type { Attempt } from "../attempt/attempt.ts";
import { keepFinishedWork } from "../attempt/finished-work.ts";
import type { Job } from "../attempt/job.ts";
import { leaseFromResult } from "../attempt/job-description.ts";
import { WatchdogError } from "../errors.ts";
import { boundedCall } from "../phase/bounded-call.ts";
import { failureOfError, failureOfResult, type PhaseFailure } from "../phase/phase-failure.ts";
import { repairRow } from "../repair/repair-table.ts";
import { carryOut } from "../repair/repairs.ts";
import { proposeForStuck } from "../repair/stuck-proposal.ts";
import { escalateStale, escalateStalled } from "../repair/supervisor-proposal.ts";
import { EVENTS, type LeaseRisk } from "../semconv/index.ts";
import type { JobServiceHelper } from "../worker/job-service-helper.ts";
import type { AskedAt } from "./clock-offset.ts";
import { LeaseWatch } from "./lease-watch.ts";
import { queueTimeOf } from "./queue-time.ts";

/** How many renewals are tried between the keep-alive threshold and the warning, so that one lost request pages nobody. */
const TRIES_BEFORE_WARNING = 4;

/** Watches one lease until {@link LeaseKeeper.stop}. */
export class LeaseKeeper<P> {
  readonly #attempt: Attempt<P>;
  readonly #job: Job<P>;
  readonly #watch: LeaseWatch<P>;
  #nextTryMonotonic = 0;
  #emergencyTried = false;
  #doubtAsked = false;
  #renewing = false;
  #stalled = false;
  /** The worker still works on the job. */
  #working = true;
  #lost = false;

  constructor(attempt: Attempt<P>, job: Job<P>) {
    this.#attempt = attempt;
    this.#job = job;
    const watcher = {
      onRunOut: () => this.#runOut(),
      onStale: () => escalateStale(attempt),
      onLook: () => this.#look(),
    };
    // Twice for each try, so that all of them come before the warning, however short a policy makes the time until then.
    this.#watch = new LeaseWatch(attempt, watcher, this.#secondsBetweenTries / 2);
    this.#watch.look();
  }

  /** How near the lease is to its end. */
  get risk(): LeaseRisk {
    return this.#watch.risk;
  }

  /** Whether the lease ran out, or the job was taken over. */
  get isLost(): boolean {
    return this.#lost;
  }

  /** The queue has answered a progress report of the worker's own: where it names a later expiry, that is a renewal. */
  answered(result: unknown, asked: AskedAt): void {
    if (this.#lost || leaseFromResult(result) === undefined) return;
    const { telemetry } = this.#attempt.worker;
    telemetry.guard(() => {
      if (this.#take(result, asked) === undefined) this.#renewed();
    });
  }

  /** The job has ended, or this process has no more to do with it. */
  stop(): void {
    this.#working = false;
    this.#watch.stop();
  }

  /** Nobody works on the job any more: it is renewed no more, and still watched until it is stale. */
  leave(): void {
    this.#working = false;
    if (this.#lost) this.#watch.look();
  }

  /** The queue said that the job is not this worker's any more. */
  lose(reason: "expired" | "taken_over"): void {
    if (this.#lost) return;
    this.#lost = true;
    const { worker, description } = this.#attempt;
    if (this.#working && !this.#attempt.rows.isOpen("lease_lost")) this.#attempt.rows.incident("lease_lost", reason);
    this.#attempt.stick(reason === "expired" ? "lease_expired" : "lease_lost");
    const found = reason === "expired" ? "ran out: another worker may hold the job now" : "is another worker's now";
    // Whatever goes wrong in here, the worker is stopped.
    const kept = worker.telemetry.guard(() => keepFinishedWork(this.#attempt, `lease_${reason}`)) ?? "";
    // A worker that hangs never ends its heartbeat: this is the last moment that is sure to come.
    worker.telemetry.guard(() => proposeForStuck(this.#attempt));
    const message = `The lease of job ${description.id} ${found}. Stop working on it. ${kept}`;
    this.#attempt.abort(new WatchdogError("lease_lost", message, { reason }));
    // Somebody else's lease is somebody else's to watch.
    if (reason === "taken_over") this.stop();
  }

  /** This worker has claimed the job anew: what was left of the earlier attempt is nobody's matter. */
  #isSuperseded(): boolean {
    const { attempt } = this.#attempt.worker.control.focus;
    return (
      attempt !== undefined && attempt !== this.#attempt && attempt.description.id === this.#attempt.description.id
    );
  }

  #look(): void {
    if (!this.#attempt.isHeld || this.#isSuperseded()) {
      this.stop();
      return;
    }
    if (!this.#working || this.#lost) return;
    const { thresholds } = this.#attempt.worker.options.policy;
    if (!this.#stalled && this.#attempt.sinceProgressSeconds() > thresholds.progress_stall_minutes * 60) {
      this.#stalled = true;
      this.#attempt.stick("no_progress");
      escalateStalled(this.#attempt);
    }
    this.#inBackground(this.#renewIfDue());
  }

  /** Out by the wall clock alone is no proof: the queue is asked once, and nothing completes meanwhile. */
  #runOut(): void {
    if (this.#lost || this.#renewing) return;
    const { helper } = this.#attempt.worker.options;
    const mayAsk = this.#working && !this.#doubtAsked && this.#attempt.lease.isInDoubt() && this.#isMoving();
    if (!mayAsk || helper.renew === undefined) {
      this.lose("expired");
      return;
    }
    this.#doubtAsked = true;
    this.#inBackground(this.#renew(helper.renew, false).then(() => this.#watch.look()));
  }

  get #secondsBetweenTries(): number {
    const { lease_keepalive_minutes, lease_remaining_minutes_warn } = this.#attempt.worker.options.policy.thresholds;
    return Math.max(1, ((lease_keepalive_minutes - lease_remaining_minutes_warn) * 60) / TRIES_BEFORE_WARNING);
  }

  /** A job that does not move must lose its lease, so that another worker gets it. */
  #isMoving(): boolean {
    const { thresholds } = this.#attempt.worker.options.policy;
    return !this.#attempt.notFound && this.#attempt.sinceProgressSeconds() <= thresholds.progress_stall_minutes * 60;
  }

  async #renewIfDue(): Promise<void> {
    const { clock, policy, helper } = this.#attempt.worker.options;
    const { thresholds } = policy;
    const left = this.#attempt.lease.remainingSeconds();
    if (this.#renewing || helper.renew === undefined || left <= 0) return;
    if (left > thresholds.lease_keepalive_minutes * 60) return;
    const emergency = left <= thresholds.lease_emergency_minutes * 60 && !this.#emergencyTried;
    if (!emergency && clock.monotonic() < this.#nextTryMonotonic) return;
    if (emergency) this.#emergencyTried = true;
    this.#nextTryMonotonic = clock.monotonic() + this.#secondsBetweenTries * 1_000;
    // A stage that another process of this worker reached is progress as well.
    this.#attempt.refresh();
    if (!this.#isMoving()) return;
    const { renew } = helper;
    const row = emergency ? repairRow("lease_emergency") : undefined;
    if (row === undefined) {
      await this.#renew(renew, emergency);
      return;
    }
    const { worker, traceId, rows, description } = this.#attempt;
    const details = { jobId: description.id, traceId, rows, phase: "progress", oldState: this.#attempt.state };
    const result = await carryOut(worker, row, details, async () =>
      (await this.#renew(renew, emergency)) ? "success" : "failed",
    );
    if (result === "failed") this.#attempt.stick("lease_renewal_failed");
  }

  #inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#attempt.worker.telemetry.failed(error));
  }

  /** One renewal; whether the lease was renewed. */
  async #renew(renew: NonNullable<JobServiceHelper<P>["renew"]>, emergency: boolean): Promise<boolean> {
    this.#renewing = true;
    const failure = await this.#ask(renew);
    this.#renewing = false;
    if (!this.#attempt.isHeld || this.#lost) return failure === undefined;
    if (failure === undefined) {
      this.#renewed();
      return true;
    }
    this.#attempt.record(EVENTS.leaseRenewalFailed, {
      data: {
        failure: failure.code,
        emergency,
        remaining_seconds: Math.round(this.#attempt.lease.remainingSeconds()),
      },
    });
    if (failure.class === "lease_lost") this.lose("taken_over");
    return false;
  }

  #renewed(): void {
    this.#nextTryMonotonic = 0;
    this.#emergencyTried = false;
    this.#doubtAsked = false;
    this.#watch.look();
  }

  async #ask(
    renew: NonNullable<JobServiceHelper<P>["renew"]>,
  ): Promise<Pick<PhaseFailure, "class" | "code"> | undefined> {
    const { worker, parent, signal } = this.#attempt;
    const asked = worker.clockOffset.ask();
    try {
      const result = await boundedCall(worker.bounds(parent, signal), (call) => renew(this.#job, call));
      return this.#take(result, asked);
    } catch (error) {
      return failureOfError(error);
    }
  }

  /** Takes the lease that an answer names; why it can not be taken, or undefined. @throws WatchdogError `response_invalid`. */
  #take(result: unknown, asked: AskedAt): Pick<PhaseFailure, "class" | "code"> | undefined {
    this.#attempt.worker.clockOffset.observe(result, asked);
    const lease = leaseFromResult(result);
    if (lease === undefined) return failureOfResult(result);
    const wasInDoubt = this.#attempt.lease.isInDoubt();
    const before = this.#attempt.lease.expiresAt;
    this.#attempt.renew({ expiresAt: lease.expiresAt, queueTime: queueTimeOf(result)?.latest, ...asked });
    const isHealed = wasInDoubt && this.#attempt.lease.remainingSeconds() > 0;
    if (this.#attempt.lease.expiresAt <= before && !isHealed) return { class: "error", code: "not_extended" };
    this.#attempt.record(EVENTS.leaseRenewed, { data: { lease_expires_at: lease.expiresAt } });
    return undefined;
  }
}
