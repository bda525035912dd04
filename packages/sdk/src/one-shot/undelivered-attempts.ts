/** Attempts whose last state no receiver has seen: their process is gone, so that a later one has to tell. */
import { type AttemptState, attemptStateFrom, attemptStateJson, isWorkedOn } from "../attempt/attempt-state.ts";
import { type JsonValue, workerScope } from "../journal/journal.ts";
import { ownField } from "../own-field.ts";
import type { WorkerContext } from "../worker/worker-context.ts";

const LIST_KEY = "undelivered_attempts";
const SEEN_KEY = "delivered_attempt";
/** Older ones page no more. */
const MAX_ATTEMPTS = 20;

/** The list of one worker. */
export class UndeliveredAttempts<P> {
  readonly #worker: WorkerContext<P>;
  readonly #scope: string;

  constructor(worker: WorkerContext<P>) {
    this.#worker = worker;
    this.#scope = workerScope(worker.options.worker);
  }

  /** The attempts that have ended, oldest first: `last`, the worker's last attempt, joins them where no receiver has seen its end. */
  read(last: AttemptState | undefined): readonly AttemptState[] {
    const { telemetry, journal } = this.#worker;
    const attempts = telemetry.guard(() =>
      journal.transaction(() => {
        const listed = this.#stored();
        if (last === undefined || isWorkedOn(last) || this.#isSeen(last)) return listed;
        const joined = [...listed.filter(({ traceId }) => traceId !== last.traceId), last].slice(-MAX_ATTEMPTS);
        journal.set(this.#scope, LIST_KEY, joined.map(attemptStateJson));
        return joined;
      }),
    );
    return attempts?.filter(({ traceId }) => last === undefined || traceId !== last.traceId || !isWorkedOn(last)) ?? [];
  }

  /** A receiver has acknowledged what is known of these; the last one is the worker's own. */
  delivered(attempts: readonly (Readonly<AttemptState> | undefined)[]): void {
    const seen = new Map(
      attempts.filter((state) => state !== undefined).map((state) => [state.traceId, state.revision]),
    );
    const last = attempts.findLast((state) => state !== undefined);
    if (last === undefined) return;
    const { telemetry, journal } = this.#worker;
    telemetry.guard(() =>
      journal.transaction(() => {
        const left = this.#stored().filter(({ traceId, revision }) => seen.get(traceId) !== revision);
        journal.set(this.#scope, LIST_KEY, left.length === 0 ? undefined : left.map(attemptStateJson));
        journal.set(this.#scope, SEEN_KEY, { traceId: last.traceId, revision: last.revision });
      }),
    );
  }

  #stored(): readonly AttemptState[] {
    const stored = this.#worker.journal.get(this.#scope, LIST_KEY);
    if (!Array.isArray(stored)) return [];
    return stored
      .map((value: JsonValue) => attemptStateFrom(value))
      .filter((state): state is AttemptState => state !== undefined);
  }

  #isSeen(state: AttemptState): boolean {
    const seen = this.#worker.journal.get(this.#scope, SEEN_KEY);
    return ownField(seen, "traceId") === state.traceId && ownField(seen, "revision") === state.revision;
  }
}
