/** The one error of a journal: what, where, what was found, what is allowed, and the next step. */
import { WatchdogError } from "@worker-watchdog/sdk";

/** The error for `cause`; one that is a `WatchdogError` already is given back as it is. */
export function journalUnusable(file: string, cause: unknown): WatchdogError {
  if (WatchdogError.isInstance(cause)) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new WatchdogError(
    "journal_unusable",
    `The journal ${file} can not be used: ${why}. Allowed: a file on a local disk that this process may write and that this release made. ` +
      "Mend its permissions, or move it aside to start a new one.",
    { cause },
  );
}
