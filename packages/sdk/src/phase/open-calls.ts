/** The calls that are under way, and what ends all of them: their signal, or a process that has nothing left to do (decision 0070). */
import type { Clock, Timer } from "../clock.ts";
import { WatchdogError } from "../errors.ts";

/** A call that is waited for. */
export interface OpenCall {
  /** Ends the wait when it aborts. */
  readonly signal: AbortSignal | undefined;
  /** Its place among the open calls; theirs to write. */
  slot: number;
  /** Monotonic time, in milliseconds, at which its bound has passed; `Infinity` for one without a bound. */
  readonly deadline: number;
  /** Ends the wait now, with this error. */
  giveUp(error: unknown): void;
  /** Ends the wait now: its bound has passed. */
  overdue(): void;
}

/** Calls under way. Adding and removing one costs a few nanoseconds: there is one listener for each signal, not one for each call. */
export class OpenCalls {
  // Each call knows its place: a Set of calls that come and go is rebuilt again and again.
  readonly #calls: OpenCall[] = [];
  readonly #watched = new WeakSet<AbortSignal>();
  // One timer for all bounds, which stays set when its call has ended: a timer of its own would be the dearest part of a bounded phase.
  #alarm: Timer | undefined;
  #alarmAt = Number.POSITIVE_INFINITY;

  constructor() {
    endWithTheProcess(this);
  }

  /** Watches over a call until {@link OpenCalls.delete}. A signal that has aborted already is the caller's to see. */
  add(call: OpenCall): void {
    call.slot = this.#calls.length;
    this.#calls.push(call);
    const { signal } = call;
    if (signal === undefined || this.#watched.has(signal)) return;
    this.#watched.add(signal);
    signal.addEventListener("abort", () => this.#giveUp((open) => open.signal === signal, signal.reason), {
      once: true,
    });
  }

  /** Sees to it that a call is told when its bound has passed. */
  bound(call: OpenCall, clock: Clock): void {
    if (call.deadline < this.#alarmAt) this.#setAlarm(call.deadline, clock);
  }

  /** Takes its timer back where no call is bounded any more. */
  rest(): void {
    if (this.#calls.some(({ deadline }) => deadline < Number.POSITIVE_INFINITY)) return;
    this.#alarm?.cancel();
    this.#alarmAt = Number.POSITIVE_INFINITY;
  }

  #setAlarm(at: number, clock: Clock): void {
    this.#alarm?.cancel();
    this.#alarmAt = at;
    this.#alarm = clock.after(at - clock.monotonic(), () => this.#ring(clock));
  }

  #ring(clock: Clock): void {
    this.#alarmAt = Number.POSITIVE_INFINITY;
    const now = clock.monotonic();
    for (const call of [...this.#calls]) if (call.deadline <= now) call.overdue();
    let next = Number.POSITIVE_INFINITY;
    for (const { deadline } of this.#calls) next = Math.min(next, deadline);
    if (next < this.#alarmAt) this.#setAlarm(next, clock);
  }

  /** Takes a call out; harmless where it is not in. */
  delete(call: OpenCall): void {
    if (this.#calls[call.slot] !== call) return;
    const last = this.#calls.pop();
    if (last === undefined || last === call) return;
    last.slot = call.slot;
    this.#calls[call.slot] = last;
  }

  /** The event loop has run empty: what is still waited for can never come. */
  nothingIsLeft(): void {
    if (this.#calls.length === 0) return;
    this.#giveUp(
      () => true,
      new WatchdogError(
        "phase_timeout",
        "The call can give no result any more: its function has not settled, and nothing is left in the process that could settle it. " +
          "Look for a promise that is never resolved.",
        { isRetryable: true },
      ),
    );
  }

  #giveUp(isMeant: (call: OpenCall) => boolean, error: unknown): void {
    for (const call of [...this.#calls]) if (isMeant(call)) call.giveUp(error);
  }
}

const live = new Set<WeakRef<OpenCalls>>();

// One listener for the process: each worker's own would make Node warn of a leak from the eleventh on.
function endWithTheProcess(calls: OpenCalls): void {
  if (live.size === 0) {
    process.on("beforeExit", () => {
      for (const reference of [...live]) {
        const found = reference.deref();
        if (found === undefined) live.delete(reference);
        else found.nothingIsLeft();
      }
    });
  }
  live.add(new WeakRef(calls));
}
