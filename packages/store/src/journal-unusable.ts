/** The one error of a journal: what, where, what was found, what is allowed, and the next step. */
import { WatchdogError } from "@worker-watchdog/sdk";
import { lockHolder } from "./lock-holder.ts";

/** Why a journal can not be used; the `reason` of its `WatchdogError` `journal_unusable`. */
export type JournalTrouble =
  | "locked"
  | "damaged"
  | "not_a_journal"
  | "newer_schema"
  | "not_writable"
  | "not_a_file"
  | "disk_full"
  | "network_file_system"
  | "replaced"
  | "closed"
  | "failed";

const WRITABLE = "a file on a local disk that this process may read and write, in a folder where it may make files";
const WHOLE = "a file that nothing but SQLite has written, with its -wal and -shm files beside it";

/** What is allowed, and what to do next. */
const ADVICE: Readonly<Record<JournalTrouble, readonly [allowed: string, nextStep: string]>> = {
  locked: [
    "writes of milliseconds, by any number of processes of this machine",
    "Wait for that process or end it, then try again",
  ],
  damaged: [
    WHOLE,
    "Move it aside, with its -wal and -shm files, to start a new one; `sqlite3 FILE .recover` prints what is left of the old one",
  ],
  not_a_journal: ["a path where there is nothing yet, or a journal", "Name another path, or move this file aside"],
  newer_schema: ["a journal of this release or an older one", "Update worker-watchdog, or name another path"],
  not_writable: [WRITABLE, "Mend the permissions or the mount, or name another path"],
  not_a_file: [WRITABLE, "Name a path where a file can be"],
  disk_full: ["room on its disk; nothing of what failed is kept", "Make room, or lower journal.retention_days"],
  network_file_system: [
    "a local disk: locks and shared memory do not work over a network",
    "Name a path on a local disk",
  ],
  replaced: [
    "one file for as long as a process has it open",
    "Restart this process, so that it opens the file that is there now",
  ],
  closed: ["calls before close()", "Open it again"],
  failed: [WRITABLE, "See the cause; move the file aside to start a new one where it can not be mended"],
};

/** The error for a trouble; `found` completes "The journal … can not be used: ". */
export function journalTrouble(file: string, trouble: JournalTrouble, found: string, cause?: unknown): WatchdogError {
  const [allowed, nextStep] = ADVICE[trouble];
  return new WatchdogError(
    "journal_unusable",
    `The journal ${file} can not be used: ${found}. Allowed: ${allowed}. ${nextStep.replace("FILE", file)}.`,
    {
      reason: trouble,
      isRetryable: trouble === "locked" || trouble === "disk_full",
      ...(cause !== undefined && { cause }),
    },
  );
}

/** The error for what SQLite or the file system threw; one that is a `WatchdogError` already is given back as it is. */
export function journalUnusable(file: string, cause: unknown): WatchdogError {
  if (WatchdogError.isInstance(cause)) return cause;
  const trouble = troubleOf(cause);
  const message = cause instanceof Error ? cause.message : String(cause);
  const found =
    trouble === "locked"
      ? `another process is writing to it and does not end (${message}): ${lockHolder(file)}`
      : message;
  return journalTrouble(file, trouble, found, cause);
}

/** Whether another process's lock is what SQLite threw for. */
export function isLocked(cause: unknown): boolean {
  return !WatchdogError.isInstance(cause) && troubleOf(cause) === "locked";
}

/** By SQLite's primary result code: https://sqlite.org/rescode.html */
const BY_RESULT: Readonly<Record<number, JournalTrouble>> = {
  3: "not_writable",
  5: "locked",
  6: "locked",
  8: "not_writable",
  11: "damaged",
  13: "disk_full",
  14: "not_writable",
  15: "locked",
  26: "not_a_journal",
};

/** A read beyond the file's end, and a file system that reports damage. */
const DAMAGED_RESULTS: ReadonlySet<number> = new Set([522, 8458]);

const BY_SYSTEM_CODE: Readonly<Record<string, JournalTrouble>> = {
  EACCES: "not_writable",
  EPERM: "not_writable",
  EROFS: "not_writable",
  ENOSPC: "disk_full",
  EDQUOT: "disk_full",
  EISDIR: "not_a_file",
  ENOTDIR: "not_a_file",
  EEXIST: "not_a_file",
  ENAMETOOLONG: "not_a_file",
};

function troubleOf(cause: unknown): JournalTrouble {
  const { errcode, code, message } = cause as { errcode?: unknown; code?: unknown; message?: unknown };
  if (typeof errcode === "number") {
    if (DAMAGED_RESULTS.has(errcode) || /^no such (?:table|column|index)/.test(String(message))) return "damaged";
    return BY_RESULT[errcode & 0xff] ?? "failed";
  }
  return BY_SYSTEM_CODE[String(code)] ?? "failed";
}
