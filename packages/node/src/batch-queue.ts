/** A bounded queue whose items stay readable until the receiver has acknowledged them, so that an exit can still send them. */
import type { SendResult } from "./otlp-sender.ts";
import type { Timers } from "./timers.ts";

/** Bounds of a queue. */
export interface BatchQueueOptions<T> {
  /** Sends items; never rejects. */
  readonly send: (items: readonly T[]) => Promise<SendResult>;
  readonly timers: Timers;
  /** How long an item may wait for others. Default: 1000, as OTEL_BSP_SCHEDULE_DELAY suggests for logs. */
  readonly delayMillis?: number | undefined;
  /** Items held at most, in flight included; later ones are counted and dropped. Default: 2048, as OTEL_BSP_MAX_QUEUE_SIZE. */
  readonly maxQueueSize?: number | undefined;
  /** Items for each request. Default: 512, as OTEL_BSP_MAX_EXPORT_BATCH_SIZE. */
  readonly maxBatchSize?: number | undefined;
}

const FIRST_BACKOFF_MILLIS = 1000;
const MAX_BACKOFF_MILLIS = 5000;

/** Sends items in batches, one request at a time. Adding one costs an array push. */
export class BatchQueue<T> {
  readonly #send: (items: readonly T[]) => Promise<SendResult>;
  readonly #timers: Timers;
  readonly #delayMillis: number;
  readonly #maxQueueSize: number;
  readonly #maxBatchSize: number;
  #waiting: T[] = [];
  // The batch under way, or the one that failed: it goes first, unchanged, so that its encoding can be kept.
  #head: readonly T[] = [];
  #running: Promise<void> | undefined;
  #sendAll = false;
  #dueAtMillis = Number.POSITIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;
  #backoffMillis = 0;
  #notBeforeMillis = 0;
  #lost = 0;
  #lastReason = "";
  #added = 0;

  constructor(options: BatchQueueOptions<T>) {
    this.#send = options.send;
    this.#timers = options.timers;
    this.#delayMillis = options.delayMillis ?? 1000;
    this.#maxQueueSize = options.maxQueueSize ?? 2048;
    this.#maxBatchSize = Math.min(options.maxBatchSize ?? 512, this.#maxQueueSize);
  }

  /** Items that were dropped, refused or rejected so far. */
  get lost(): number {
    return this.#lost;
  }

  /** Why the last request failed; empty once one was delivered in full. */
  get lastReason(): string {
    return this.#lastReason;
  }

  /** Grows with each item that was taken. */
  get added(): number {
    return this.#added;
  }

  /**
   * Takes an item. An urgent one is sent at once, with all that wait, but not within this call. After a failure nothing is sent
   * before the back-off is over: a worker is not slowed by a receiver that is down.
   */
  add(item: T, isUrgent = false): void {
    if (this.#waiting.length + this.#head.length >= this.#maxQueueSize) {
      this.#lost += 1;
      this.#lastReason ||= "queue full";
      return;
    }
    this.#waiting.push(item);
    this.#added += 1;
    if (isUrgent) this.#sendAll = true;
    this.#arm(isUrgent || this.#waiting.length >= this.#maxBatchSize ? 0 : this.#delayMillis);
  }

  /** Tries everything once. Resolves when all is delivered or a request has failed; never rejects. */
  async flush(): Promise<void> {
    this.#sendAll = true;
    if (this.#running !== undefined) {
      await this.#running;
      if (this.#backoffMillis > 0) return;
    }
    this.#sendAll = true;
    await this.#run();
  }

  /** What no receiver has acknowledged yet, oldest first. */
  unsent(): readonly T[] {
    return [...this.#head, ...this.#waiting];
  }

  /** Forgets what is unsent, as another path has sent it, all but `rejected` items. */
  clear(rejected = 0): void {
    this.#lost += rejected;
    this.#head = [];
    this.#waiting = [];
    this.#disarm();
  }

  #arm(delayMillis: number): void {
    const nowMillis = this.#timers.now();
    const dueAtMillis = Math.max(nowMillis + delayMillis, this.#notBeforeMillis);
    if (this.#running !== undefined || dueAtMillis >= this.#dueAtMillis) return;
    this.#disarm();
    this.#dueAtMillis = dueAtMillis;
    this.#cancelTimer = this.#timers.after(dueAtMillis - nowMillis, () => {
      this.#disarm();
      void this.#run();
    });
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#dueAtMillis = Number.POSITIVE_INFINITY;
  }

  #run(): Promise<void> {
    this.#running ??= this.#sendBatches().finally(() => {
      this.#running = undefined;
      if (this.#head.length + this.#waiting.length > 0) this.#arm(this.#backoffMillis > 0 ? 0 : this.#delayMillis);
    });
    return this.#running;
  }

  async #sendBatches(): Promise<void> {
    this.#disarm();
    do {
      if (this.#head.length === 0) this.#head = this.#waiting.splice(0, this.#maxBatchSize);
      const batch = this.#head;
      if (batch.length === 0) break;
      const result = await this.#send(batch);
      if (this.#head !== batch) return;
      this.#lastReason = result.reason;
      if (result.outcome === "retry") {
        const backoff = this.#backoffMillis === 0 ? FIRST_BACKOFF_MILLIS : this.#backoffMillis * 2;
        this.#backoffMillis = result.retryAfterMillis ?? Math.min(backoff, MAX_BACKOFF_MILLIS);
        this.#notBeforeMillis = this.#timers.now() + this.#backoffMillis;
        break;
      }
      this.#head = [];
      this.#backoffMillis = 0;
      this.#notBeforeMillis = 0;
      this.#lost += result.outcome === "refused" ? batch.length : result.rejected;
    } while (this.#sendAll || this.#waiting.length >= this.#maxBatchSize);
    this.#sendAll = false;
  }
}
