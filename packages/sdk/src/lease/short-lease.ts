/** Names, once a process, leases that are too short for keep-alive: they are renewed from the first second, and a hiccup pages (R4.6). */
import { diag } from "@opentelemetry/api";
import type { Attempt } from "../attempt/attempt.ts";
import { EVENTS } from "../semconv/index.ts";

/** Remembers that it has spoken. */
export class ShortLease {
  #isNamed = false;

  /** Looks at a lease that was just granted. */
  grant<P>(attempt: Attempt<P>): void {
    const { lease_keepalive_minutes } = attempt.worker.options.policy.thresholds;
    const seconds = attempt.lease.remainingSeconds();
    if (this.#isNamed || seconds > lease_keepalive_minutes * 60) return;
    this.#isNamed = true;
    diag.warn(
      `worker-watchdog: the queue granted a lease of ${Math.round(seconds)} s. Allowed without a warning: more than ` +
        `${lease_keepalive_minutes} min (thresholds.lease_keepalive_minutes). Have the queue grant longer leases, or lower the threshold.`,
    );
    attempt.record(EVENTS.leaseShort, { data: { lease_seconds: Math.round(seconds), lease_keepalive_minutes } });
  }
}
