/** One line of `watchdog doctor`. */

/** What a check found out. */
export interface Finding {
  /** `warn` works for now; `fail` does not. */
  readonly level: "ok" | "warn" | "fail";
  /** What was looked at, in a word or two. */
  readonly subject: string;
  readonly found: string;
  /** What to do; absent where nothing is to be done. */
  readonly action?: string | undefined;
}

export function ok(subject: string, found: string): Finding {
  return { level: "ok", subject, found };
}

export function warn(subject: string, found: string, action: string): Finding {
  return { level: "warn", subject, found, action };
}

export function fail(subject: string, found: string, action: string): Finding {
  return { level: "fail", subject, found, action };
}
