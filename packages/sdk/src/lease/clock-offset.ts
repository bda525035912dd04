/** Measures how far the worker's clock is off the job service's, exports it, and names it once when it is too far (design §5). */
import { diag } from "@opentelemetry/api";
import { KEPT_ROWS } from "../rows/row-table.ts";
import { EVENTS } from "../semconv/index.ts";
import type { WorkerContext } from "../worker/worker-context.ts";
import { queueTimeOf } from "./queue-time.ts";

/** Both clocks, just before the job service was asked. */
export interface AskedAt {
  readonly askedAtMillis: number;
  readonly askedAtMonotonic: number;
}

/** One measurement, in seconds; positive where the worker's clock is ahead. */
export interface MeasuredOffset {
  readonly seconds: number;
  /** How far it may be off: half the round trip, and what the queue's time is cut to. */
  readonly uncertainSeconds: number;
}

/** The offset between the worker's clock and the job service's. */
export class ClockOffset<P> {
  readonly #worker: WorkerContext<P>;
  #isNamed = false;
  #latest: MeasuredOffset | undefined;

  constructor(worker: WorkerContext<P>) {
    this.#worker = worker;
  }

  /** The newest measurement. */
  get latest(): MeasuredOffset | undefined {
    return this.#latest;
  }

  /** Both clocks now, to be handed to {@link ClockOffset.observe} with the answer. */
  ask(): AskedAt {
    const { clock } = this.#worker.options;
    return { askedAtMillis: clock.now(), askedAtMonotonic: clock.monotonic() };
  }

  /** Looks at an answer of the job service that has just come. */
  observe(result: unknown, asked: AskedAt): void {
    const queue = queueTimeOf(result);
    if (queue === undefined) return;
    const { clock, policy } = this.#worker.options;
    const roundTrip = clock.monotonic() - asked.askedAtMonotonic;
    const seconds = (asked.askedAtMillis + roundTrip / 2) / 1_000 - (queue.earliest + queue.latest) / 2;
    const uncertainSeconds = (queue.latest - queue.earliest) / 2 + roundTrip / 2_000;
    this.#latest = { seconds, uncertainSeconds };
    this.#worker.table.set("clockOffset", this.#worker.rowAttributes, seconds, KEPT_ROWS, { mayFall: true });
    const limit = policy.thresholds.clock_offset_warn_seconds;
    if (this.#isNamed || Math.abs(seconds) - uncertainSeconds <= limit) return;
    this.#isNamed = true;
    const size = Math.round(Math.abs(seconds));
    diag.warn(
      `worker-watchdog: this machine's clock is ${size} s ${seconds > 0 ? "ahead of" : "behind"} the job service's. Allowed without a warning: ` +
        `${limit} s (thresholds.clock_offset_warn_seconds). Leases are counted by the job service's clock all the same; set this one by NTP.`,
    );
    this.#worker.telemetry.record(EVENTS.clockOff, {
      data: { offset_seconds: Math.round(seconds), uncertain_seconds: Math.ceil(uncertainSeconds) },
    });
  }
}
