/** Every way out of a process: natural end, process.exit(), a crash, SIGTERM and SIGINT. None of them changes how the process ends. */

/** What the hooks call. Nothing here may throw or reject. */
export interface ExitActions {
  /** Sends what is unsent, taking at most so long. Holds the process until it resolves. */
  flush(deadlineMillis: number): Promise<void>;
  /** Sends what is unsent, for as long as the process goes on by itself. */
  flushInBackground(): Promise<void>;
  /** Sends what is unsent before it returns, taking at most so long. */
  flushSync(deadlineMillis: number): void;
  /** Says what was not sent, once. */
  report(): void;
  /** Changes whenever something new is unsent; empty where nothing is. */
  unsentKey(): string;
}

/** The part of `process` that the hooks use; tests give their own. */
export interface ExitProcess {
  readonly pid: number;
  prependListener(event: string, listener: ExitListener): unknown;
  on(event: string, listener: ExitListener): unknown;
  off(event: string, listener: ExitListener): unknown;
  listenerCount(event: string): number;
  kill(pid: number, signal: NodeJS.Signals): unknown;
}

/** A listener of `process`; signals hand over their name. */
export type ExitListener = (signal: NodeJS.Signals) => void;

/** Options of {@link installExitHooks}. */
export interface ExitHookOptions {
  readonly deadlineMillis: number;
  readonly now?: (() => number) | undefined;
  readonly process?: ExitProcess | undefined;
}

const SIGNALS: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT"];
/** The part of the deadline that is for sending; the rest is for what comes round it. */
const SENDING_SHARE = 0.95;
/** Below this a child process can not send anything any more. */
const MIN_SYNC_MILLIS = 300;

/** Installs the hooks. Returns the way to take them back. */
export function installExitHooks(actions: ExitActions, options: ExitHookOptions): () => void {
  const target = options.process ?? (process as ExitProcess);
  const now = options.now ?? Date.now;
  const budgetMillis = options.deadlineMillis * SENDING_SHARE;
  // What was tried and failed is not tried again, and all tries together stay within the deadline.
  let triedKey: string | undefined;
  let spentMillis = 0;
  let isEnding = false;

  const flushOnce = async (): Promise<void> => {
    const startedAt = now();
    await actions.flush(budgetMillis - spentMillis);
    triedKey = actions.unsentKey();
    spentMillis = triedKey === "" ? 0 : spentMillis + now() - startedAt;
  };

  // Emitted again each time the event loop runs empty, so also after this flush.
  const onBeforeExit = (): void => {
    if (triedKey === actions.unsentKey() || spentMillis >= budgetMillis) return;
    void flushOnce();
  };

  const onExit = (): void => {
    const key = actions.unsentKey();
    const leftMillis = budgetMillis - spentMillis;
    if (key !== "" && key !== triedKey && leftMillis >= MIN_SYNC_MILLIS) actions.flushSync(leftMillis);
    actions.report();
  };

  const onSignal = (signal: NodeJS.Signals): void => {
    if (countOthers(target, signal) > 0) {
      // The application decides when to end; what it does until then is sent by the other hooks.
      void actions.flushInBackground();
      return;
    }
    const end = (): void => {
      uninstall();
      target.kill(target.pid, signal);
    };
    if (isEnding) {
      end();
      return;
    }
    isEnding = true;
    void flushOnce().then(() => {
      actions.report();
      end();
    });
  };

  const uninstall = (): void => {
    target.off("beforeExit", onBeforeExit);
    target.off("exit", onExit);
    for (const signal of SIGNALS) target.off(signal, onSignal);
  };

  target.on("beforeExit", onBeforeExit);
  target.on("exit", onExit);
  for (const signal of SIGNALS) target.prependListener(signal, onSignal);
  return uninstall;
}

/**
 * How many other listeners will decide about the signal. Those of the npm package signal-exit (4 and 3) do not count: they end the
 * process only when nobody else listens, as we do, and both would wait for each other for ever.
 */
function countOthers(target: ExitProcess, signal: NodeJS.Signals): number {
  const holders = [
    (globalThis as Record<symbol, unknown>)[Symbol.for("signal-exit emitter")],
    (process as unknown as Record<string, unknown>)["__signal_exit_emitter__"],
  ];
  let polite = 0;
  for (const holder of new Set(holders)) {
    const count = (holder as { count?: unknown } | undefined)?.count;
    if (typeof count === "number") polite += count;
  }
  return target.listenerCount(signal) - 1 - polite;
}
