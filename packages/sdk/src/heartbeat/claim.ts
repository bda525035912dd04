/** One claim: bounded, made once more when it is silent, and never losing a job that comes late (R6). */
import { type Context, trace } from "@opentelemetry/api";
import { checkJobId, type JobDescription } from "../attempt/job-description.ts";
import type { AskedAt } from "../lease/clock-offset.ts";
import { Lease, type LeaseGrant } from "../lease/lease.ts";
import { queueTimeOf } from "../lease/queue-time.ts";
import { outputHash } from "../phase/output-hash.ts";
import type { PhaseFunction } from "../phase/phase-function.ts";
import type { PhaseOutcome } from "../phase/phase-runner.ts";
import { repairFor } from "../repair/repair-table.ts";
import { prepareRetry, recordRepair, refuseRepair } from "../repair/repairs.ts";
import { ATTRIBUTES } from "../semconv/index.ts";
import type { WorkerContext } from "../worker/worker-context.ts";

/** A job that a claim got. */
export interface ClaimedJob<P> {
  readonly description: JobDescription<P>;
  readonly grant: LeaseGrant;
  /** Context of the claim's span: parent of the job's phases. */
  readonly context: Context;
}

/** What a claim came back with. */
export type ClaimResult<P> =
  | { readonly kind: "job"; readonly claimed: ClaimedJob<P> }
  | { readonly kind: "no_job" }
  | { readonly kind: "failed"; readonly thrown?: { readonly error: unknown } };

interface Try<P> {
  readonly outcome: PhaseOutcome<unknown>;
  /** The job, where the function's result named one; for a late result, once it is there. */
  claimed: ClaimedJob<P> | undefined;
}

/** Makes one claim for a heartbeat. */
export class Claim<P> {
  readonly #worker: WorkerContext<P>;
  readonly #parent: Context;
  readonly #traceId: string;
  readonly #signal: AbortSignal;
  readonly #onLateJob: (late: ClaimedJob<P>) => void;

  constructor(
    worker: WorkerContext<P>,
    parent: Context,
    traceId: string,
    signal: AbortSignal,
    onLateJob: (late: ClaimedJob<P>) => void,
  ) {
    this.#worker = worker;
    this.#parent = parent;
    this.#traceId = traceId;
    this.#signal = signal;
    this.#onLateJob = onLateJob;
  }

  async make(run: PhaseFunction<unknown>): Promise<ClaimResult<P>> {
    const row = repairFor("claim_silent", this.#worker.options.policy.self_heal, "claim");
    this.#worker.polled();
    this.#worker.alive();
    const first = await this.#try(run, { mayRetry: row !== undefined });
    const audit = { traceId: this.#traceId, phase: "claim" };
    if (first.outcome.status !== "retried" || row === undefined) {
      if (first.outcome.status !== "ok" && first.outcome.failure.class === "timeout")
        refuseRepair(this.#worker, "claim_silent", { ...audit, reason: first.outcome.failure.code });
      this.#watchLate(first);
      return this.#resultOf(first);
    }
    await prepareRetry(this.#worker, row, this.#signal);
    if (first.claimed !== undefined) {
      recordRepair(this.#worker, row, "success", {
        ...audit,
        jobId: first.claimed.description.id,
        data: { late_output: true },
      });
      return { kind: "job", claimed: first.claimed };
    }
    this.#watchLate(first);
    const second = await this.#try(run, { mayRetry: false, isRetry: true });
    this.#watchLate(second);
    const { outcome } = second;
    recordRepair(this.#worker, row, outcome.status === "ok" ? "success" : "failed", {
      ...audit,
      reason: outcome.status === "ok" ? first.outcome.failure.code : outcome.failure.code,
      outputHash: outputHash(outcome),
    });
    return this.#resultOf(second);
  }

  async #try(
    run: PhaseFunction<unknown>,
    { mayRetry, isRetry = false }: { readonly mayRetry: boolean; readonly isRetry?: boolean },
  ): Promise<Try<P>> {
    const passes = this.#worker.passes("claim");
    const asked = this.#worker.clockOffset.ask();
    let found: Omit<ClaimedJob<P>, "context"> | undefined;
    let claimContext = this.#parent;
    const outcome = await this.#worker.runner.invoke<unknown>({
      phase: "claim",
      parent: this.#parent,
      traceId: this.#traceId,
      isRetry,
      attributes: {},
      passes,
      timeoutMillis: this.#worker.commandTimeoutMillis,
      signal: this.#signal,
      retries: (failure) => mayRetry && failure.class === "timeout",
      run: async (context) => {
        const result = await run(context);
        this.#worker.clockOffset.observe(result, asked);
        if (passes(result)) found = this.#read(result, asked);
        return result;
      },
      onEnd: (span, ended) => {
        claimContext = trace.setSpan(this.#parent, span);
        const kind = ended.status !== "ok" ? "failed" : found === undefined ? "no_job" : "job";
        span.setAttribute(ATTRIBUTES.claimOutcome.key, kind);
        if (found === undefined) return;
        const { outgoing } = this.#worker.secrets;
        span.setAttribute(ATTRIBUTES.jobId.key, outgoing.text(found.description.id, "span"));
        span.setAttribute(ATTRIBUTES.leaseExpiresAt.key, found.description.leaseExpiresAt);
        const { deliverableId } = found.description;
        if (deliverableId !== undefined)
          span.setAttribute(ATTRIBUTES.deliverableId.key, outgoing.text(deliverableId, "span"));
      },
    });
    const attempt: Try<P> = { outcome, claimed: found === undefined ? undefined : { ...found, context: claimContext } };
    if (outcome.status !== "ok" && outcome.late !== undefined) {
      outcome.late.then(
        () => {
          if (found !== undefined) attempt.claimed = { ...found, context: claimContext };
        },
        () => {},
      );
    }
    return attempt;
  }

  /** Reads the job out of a result that passed, and refuses a lease that would never page. */
  #read(result: unknown, asked: AskedAt): Omit<ClaimedJob<P>, "context"> | undefined {
    const { clock, policy, toJob } = this.#worker.options;
    const description = toJob(result);
    if (description === undefined || description === null) return undefined;
    checkJobId(description.id);
    const queueTime = description.queueTime ?? queueTimeOf(result)?.latest;
    const grant = { expiresAt: description.leaseExpiresAt, queueTime, ...asked };
    new Lease(clock, policy.thresholds.lease_max_minutes, grant);
    return { description, grant };
  }

  #resultOf(attempt: Try<P>): ClaimResult<P> {
    const { outcome, claimed } = attempt;
    if (outcome.status !== "ok")
      return outcome.thrown === undefined ? { kind: "failed" } : { kind: "failed", thrown: outcome.thrown };
    return claimed === undefined ? { kind: "no_job" } : { kind: "job", claimed };
  }

  #watchLate(attempt: Try<P>): void {
    if (attempt.outcome.status === "ok" || attempt.outcome.late === undefined) return;
    attempt.outcome.late.then(
      () => {
        if (attempt.claimed !== undefined) this.#onLateJob(attempt.claimed);
      },
      () => {},
    );
  }
}
