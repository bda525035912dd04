/** Passes the signals that this process gets on to its child, so that a script may end either of the two. */
import { readFileSync } from "node:fs";

/** The signals that ask a process to end. */
export const FORWARDED_SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/** Sent by a terminal's keys to the whole foreground group: the child has them already. */
const FROM_KEYS: ReadonlySet<NodeJS.Signals> = new Set<NodeJS.Signals>(["SIGINT", "SIGQUIT"]);

/** Where signals come from and go to. */
export interface SignalForwarding {
  /** Gets each signal. */
  readonly onSignal: (signal: NodeJS.Signals, hasChildGotIt: boolean) => void;
  /** Default: this process. */
  readonly source?: Pick<NodeJS.Process, "on" | "off"> | undefined;
  /** Whether this process is in its terminal's foreground. Default: asks the system. */
  readonly isInForeground?: (() => boolean) | undefined;
}

/**
 * Listens for the signals that end a process; from now on none of them ends this one. Returns the way to stop.
 *
 * A program may take a second interrupt as the wish to end at once, so that one from the terminal's keys is told as one that the child has got.
 */
export function forwardSignals(options: SignalForwarding): () => void {
  const { onSignal, source = process, isInForeground = inForeground } = options;
  const listeners = FORWARDED_SIGNALS.map((signal) => {
    const listener = (): void => onSignal(signal, FROM_KEYS.has(signal) && isInForeground());
    source.on(signal, listener);
    return [signal, listener] as const;
  });
  return () => {
    for (const [signal, listener] of listeners) source.off(signal, listener);
  };
}

/** Whether this process's group is its terminal's foreground group: only then do the terminal's keys reach it. */
export function inForeground(stat: () => string = () => readFileSync("/proc/self/stat", "utf8")): boolean {
  try {
    // pid (name) state parent group session terminal foreground-group; the name may hold spaces and parentheses.
    const text = stat();
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return fields[2] === fields[5];
  } catch {
    // No such file on this system: a terminal at hand is the next best sign.
    return process.stdin.isTTY === true || process.stderr.isTTY === true;
  }
}
