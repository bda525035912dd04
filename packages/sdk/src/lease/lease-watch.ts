/** Watches how near a lease is to its end: each change is a record, and the end is told once (R6.4, R6.5). */
import type { Attempt } from "../attempt/attempt.ts";
import type { Timer } from "../clock.ts";
import { ownField } from "../own-field.ts";
import { EVENTS, type LeaseRisk } from "../semconv/index.ts";
import { leaseRisk, leaseRiskFrom, secondsToNextRisk } from "./lease-risk.ts";

/** Longest time between two looks: timers stand still while a machine sleeps, so a look has to come soon after it wakes. */
const MAX_LOOK_SECONDS = 10;

/** Who is told. */
export interface LeaseWatcher {
  /** The lease has run out, or only the wall clock says so; called with every look until the watch stops. */
  onRunOut(): void;
  /** The lease ran out so long ago that somebody has to decide. Called once. */
  onStale(): void;
  /** Called first with every look; may stop the watch. */
  onLook(): void;
}

/** Watches the lease of one attempt. */
export class LeaseWatch<P> {
  readonly #attempt: Attempt<P>;
  readonly #watcher: LeaseWatcher;
  readonly #lookSeconds: number;
  #risk: LeaseRisk;
  #recordedExpiry: number;
  #timer: Timer | undefined;
  #stopped = false;

  /** `lookSeconds` is the longest time between two looks. */
  constructor(attempt: Attempt<P>, watcher: LeaseWatcher, lookSeconds: number) {
    const { worker, traceId } = attempt;
    this.#attempt = attempt;
    this.#watcher = watcher;
    this.#lookSeconds = Math.min(lookSeconds, MAX_LOOK_SECONDS);
    // Another process of the worker may have told this risk already.
    const [last] =
      worker.telemetry.guard(() => worker.options.journal.records({ kind: "job_lease", traceId, limit: 1 })) ?? [];
    const expiry = ownField(last?.data, "lease_expires_at");
    this.#risk = leaseRiskFrom(ownField(last?.data, "risk")) ?? "normal";
    this.#recordedExpiry = typeof expiry === "number" ? expiry : 0;
  }

  /** The risk now. */
  get risk(): LeaseRisk {
    return leaseRisk(this.#attempt.lease.remainingSeconds(), this.#attempt.worker.options.policy.thresholds);
  }

  /** Looks, tells what has changed, and looks again in time: the first call begins the watch. */
  look(): void {
    if (this.#stopped) return;
    const { lease, worker } = this.#attempt;
    // A fault in here must neither reach the worker nor end the watch.
    worker.telemetry.guard(() => this.#tell());
    if (this.#stopped) return;
    const next = secondsToNextRisk(lease.remainingSeconds(), worker.options.policy.thresholds) ?? this.#lookSeconds;
    const millis = Math.max(0, Math.min(next, this.#lookSeconds)) * 1_000 + 1;
    this.#timer?.cancel();
    this.#timer = worker.options.clock.after(millis, () => this.look());
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #tell(): void {
    const { risk } = this;
    this.#watcher.onLook();
    if (this.#stopped) return;
    if (risk !== this.#risk || this.#attempt.lease.expiresAt !== this.#recordedExpiry) this.#changed(risk);
    if (risk === "expired" || risk === "stale") this.#watcher.onRunOut();
  }

  #changed(risk: LeaseRisk): void {
    const { lease, worker, traceId, description } = this.#attempt;
    const before = this.#risk;
    this.#risk = risk;
    this.#recordedExpiry = lease.expiresAt;
    worker.write("job_lease", {
      id: traceId,
      jobId: description.id,
      traceId,
      data: {
        lease_expires_at: lease.expiresAt,
        last_heartbeat_at: this.#attempt.snapshot.progressAt,
        risk,
      },
    });
    if (risk === before) return;
    this.#attempt.record(EVENTS.leaseRisk, {
      data: { risk, before, remaining_seconds: Math.round(lease.remainingSeconds()) },
    });
    if (risk === "stale") this.#watcher.onStale();
  }
}
