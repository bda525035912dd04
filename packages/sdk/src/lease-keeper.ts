/** Keeps a job's lease while the job moves, and ends the job's signal when the lease has run out (R4.6, R6, R6.4). */
import type { Attempt } from "./attempt.ts";
import { boundedCall } from "./bounded-call.ts";
import type { Timer } from "./clock.ts";
import { WatchdogError } from "./errors.ts";
import type { Job } from "./job.ts";
import { leaseFromResult } from "./job-description.ts";
import type { JobServiceHelper } from "./job-service-helper.ts";
import { failureOfError, failureOfResult } from "./phase-failure.ts";
import { repairFor } from "./repair-table.ts";
import { EVENTS } from "./semconv/index.ts";

/** How many renewals are tried between the keep-alive threshold and the warning, so that one lost request pages nobody. */
const TRIES_BEFORE_WARNING = 4;

/** Watches one lease until {@link LeaseKeeper.stop}. */
export class LeaseKeeper<P> {
  readonly #attempt: Attempt<P>;
  readonly #job: Job<P>;
  #expiryTimer: Timer | undefined;
  #renewalTimer: Timer | undefined;
  #nextTryMonotonic = 0;
  #emergencyTried = false;
  #stopped = false;

  constructor(attempt: Attempt<P>, job: Job<P>) {
    this.#attempt = attempt;
    this.#job = job;
    this.#watchExpiry();
    this.#watchRenewal();
  }

  stop(): void {
    this.#stopped = true;
    this.#expiryTimer?.cancel();
    this.#renewalTimer?.cancel();
  }

  #watchExpiry(): void {
    if (this.#stopped) return;
    const left = this.#attempt.lease.remainingSeconds();
    if (left <= 0) {
      this.#expire();
      return;
    }
    this.#expiryTimer?.cancel();
    this.#expiryTimer = this.#attempt.worker.options.clock.after(left * 1_000 + 1, () => this.#watchExpiry());
  }

  #watchRenewal(): void {
    const { clock, policy, helper } = this.#attempt.worker.options;
    if (this.#stopped || helper.renew === undefined) return;
    const left = this.#attempt.lease.remainingSeconds();
    const untilTry = (this.#nextTryMonotonic - clock.monotonic()) / 1_000;
    let due = Math.max(left - policy.thresholds.lease_keepalive_minutes * 60, untilTry);
    if (!this.#emergencyTried) due = Math.min(due, left - policy.thresholds.lease_emergency_minutes * 60);
    this.#renewalTimer = clock.after(Math.max(0, due) * 1_000 + 1, () => {
      void this.#renewIfDue().finally(() => this.#watchRenewal());
    });
  }

  #expire(): void {
    this.stop();
    const { id } = this.#attempt.description;
    this.#attempt.stick("lease_expired");
    this.#attempt.abort(
      new WatchdogError(
        "lease_lost",
        `The lease of job ${id} ran out: another worker may hold the job now. Stop working on it; the finished work is kept with its evidence.`,
      ),
    );
  }

  async #renewIfDue(): Promise<void> {
    const { clock, policy, helper } = this.#attempt.worker.options;
    const { thresholds } = policy;
    const left = this.#attempt.lease.remainingSeconds();
    if (helper.renew === undefined || left <= 0 || left > thresholds.lease_keepalive_minutes * 60) return;
    const emergency = left <= thresholds.lease_emergency_minutes * 60 && !this.#emergencyTried;
    if (!emergency && clock.monotonic() < this.#nextTryMonotonic) return;
    if (emergency) this.#emergencyTried = true;
    const window = thresholds.lease_keepalive_minutes - thresholds.lease_remaining_minutes_warn;
    this.#nextTryMonotonic = clock.monotonic() + Math.max(1, (window * 60) / TRIES_BEFORE_WARNING) * 1_000;
    // A job that does not move must lose its lease, so that another worker gets it.
    if (this.#attempt.notFound) return;
    if (this.#attempt.sinceProgressSeconds() > thresholds.progress_stall_minutes * 60) {
      this.#attempt.stick("no_progress");
      return;
    }
    if (emergency && repairFor("lease_emergency", policy.self_heal) === undefined) return;
    const failure = await this.#renew(helper.renew);
    if (failure === undefined) {
      this.#nextTryMonotonic = 0;
      this.#emergencyTried = false;
      return;
    }
    this.#attempt.record(EVENTS.leaseRenewalFailed, {
      data: { failure, emergency, remaining_seconds: Math.round(this.#attempt.lease.remainingSeconds()) },
    });
    if (emergency) this.#attempt.stick("lease_renewal_failed");
  }

  /** One renewal; the failure's code, or undefined where the lease was renewed. */
  async #renew(renew: NonNullable<JobServiceHelper<P>["renew"]>): Promise<string | undefined> {
    const { worker, parent, signal } = this.#attempt;
    const askedAtMonotonic = worker.options.clock.monotonic();
    try {
      const result = await boundedCall(worker.bounds(parent, signal), (call) => renew(this.#job, call));
      const lease = leaseFromResult(result);
      if (lease === undefined) return failureOfResult(result).code;
      const before = this.#attempt.lease.expiresAt;
      this.#attempt.renew({ ...lease, askedAtMonotonic });
      if (this.#attempt.lease.expiresAt <= before) return "not_extended";
      this.#watchExpiry();
      this.#attempt.record(EVENTS.leaseRenewed, { data: { lease_expires_at: lease.expiresAt } });
      return undefined;
    } catch (error) {
      return failureOfError(error).code;
    }
  }
}
