/** Says that a credential was found and removed: an incident of the attempt, or of the worker, and an event; never the value (alert 17). */
import type { AttemptRows } from "../attempt/attempt-rows.ts";
import { type CredentialKind, EVENTS, type RedactionPlace } from "../semconv/index.ts";
import { OutgoingText } from "./outgoing-text.ts";
import type { WorkerContext } from "./worker-context.ts";

interface Find {
  readonly kind: CredentialKind;
  readonly place: RedactionPlace;
}

/** What was found in one worker's words. */
export class RedactedSecrets<P> {
  readonly outgoing = new OutgoingText((kind, place) => this.#found({ kind, place }));
  readonly #worker: WorkerContext<P>;
  readonly #waiting: Find[] = [];
  #isWaiting = true;
  #isTelling = false;
  #own: { readonly traceId: string; readonly rows: AttemptRows } | undefined;

  constructor(worker: WorkerContext<P>) {
    this.#worker = worker;
  }

  /** From now on finds wait: a claim's belong to the attempt that comes of it. */
  wait(): void {
    this.#isWaiting = true;
  }

  /** Tells what has waited, and from now on each find at once. */
  tell(): void {
    this.#isWaiting = false;
    for (const find of this.#waiting.splice(0)) this.#found(find);
  }

  #found(find: Find): void {
    // What tells of a find carries ids as well, which may be the very text that it was found in.
    if (this.#isTelling) return;
    if (this.#isWaiting) {
      this.#waiting.push(find);
      return;
    }
    this.#isTelling = true;
    try {
      this.#tell(find);
    } finally {
      this.#isTelling = false;
    }
  }

  #tell(find: Find): void {
    const { telemetry, control } = this.#worker;
    const { attempt, traceId } = control.focus;
    telemetry.guard(() => (attempt?.rows ?? this.#rows(traceId)).incident("secret_redacted", find.kind));
    telemetry.record(EVENTS.secretRedacted, { jobId: attempt?.description.id, traceId, data: { ...find } });
  }

  /** Of the worker itself: exported for a minute, and remembered by the rules. */
  #rows(traceId: string): AttemptRows {
    if (this.#own?.traceId !== traceId) this.#own = { traceId, rows: this.#worker.rowsOf("", traceId) };
    this.#own.rows.keepUntil(this.#worker.options.clock.now());
    return this.#own.rows;
  }
}
