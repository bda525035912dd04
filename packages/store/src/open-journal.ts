/** A journal in one SQLite file, for the processes of one machine (R9.1, R9.4): append-only, and readable by a restarted worker. */
import { dirname, resolve } from "node:path";
import { type Clock, systemClock, WatchdogError } from "@worker-watchdog/sdk";
import { defaultPolicy, type Policy } from "@worker-watchdog/sdk/policy";
import { Connection } from "./connection.ts";
import { type FileJournal, SqliteJournal } from "./file-journal.ts";
import { fileSystemOf } from "./file-system.ts";
import { type JournalRetention, Retention, type RetentionLimits } from "./retention.ts";

/** Where a journal is, and how long it keeps what it holds. */
export interface JournalFile {
  /** Path of the file, on a local disk; its folder is made. */
  readonly file: string;
  /** How long to wait for another process that is writing, in milliseconds, 0 to 60,000. Default: 2000. */
  readonly lockTimeoutMillis?: number | undefined;
  /** How long it keeps what it holds: {@link journalRetention} takes it from a policy. Default: the default policy's. */
  readonly retention?: JournalRetention | undefined;
  /** Default: the process's own clock. */
  readonly clock?: Clock | undefined;
}

const MAX_LOCK_TIMEOUT_MILLIS = 60_000;

/**
 * Opens a journal, and makes it where there is none. A journal of an older release is brought to this one's tables.
 *
 * @throws WatchdogError `invalid_option`; `journal_unusable` where the file can not be opened, is no journal, is damaged, or comes from a newer
 * release: its `reason` says which, and its message what to do.
 *
 * @example
 * ```ts
 * const journal = openJournal({ file: "/var/lib/worker/journal.db", retention: journalRetention(policy) });
 * const watchdog = createWatchdog({ worker: { id: "w1", pool: "builders", role: "builder" }, policy, journal });
 * ```
 */
export function openJournal(options: JournalFile): FileJournal {
  const { file, lockTimeoutMillis = 2_000, retention = {}, clock = systemClock } = options;
  if (typeof file !== "string" || file === "") throw invalid("file", file, "a path");
  checked("lockTimeoutMillis", lockTimeoutMillis, 0, MAX_LOCK_TIMEOUT_MILLIS);
  const defaults = journalRetention(defaultPolicy);
  const limits = {
    maxDays: checked("retention.maxDays", retention.maxDays ?? defaults.maxDays, 0),
    maxRecords: checked("retention.maxRecords", retention.maxRecords ?? defaults.maxRecords, 1),
    onceDays: checked("retention.onceDays", retention.onceDays ?? defaults.onceDays, 0),
  };
  // Absolute: a process may change its folder, and SQLite reads some relative paths as addresses.
  const path = resolve(file);
  const connection = new Connection(path, lockTimeoutMillis);
  const { name } = fileSystemOf(dirname(path));
  const warnings =
    name === undefined ? [] : [`${path} is on ${name}: a journal is safe only if that is a disk of this machine.`];
  return new SqliteJournal({ path, connection, clock, warnings, retention: new Retention(connection, limits) });
}

/** The retention that a policy asks for. */
export function journalRetention(policy: Policy): RetentionLimits {
  const { retention_days: maxDays, max_records: maxRecords, once_retention_days: onceDays } = policy.journal;
  return { maxDays, maxRecords, onceDays };
}

function checked(name: string, value: number, min: number, max: number = Number.MAX_SAFE_INTEGER): number {
  if (typeof value === "number" && value >= min && value <= max) return value;
  throw invalid(
    name,
    value,
    max === Number.MAX_SAFE_INTEGER ? `a number from ${min}` : `a number from ${min} to ${max}`,
  );
}

function invalid(name: string, value: unknown, allowed: string): WatchdogError {
  return new WatchdogError(
    "invalid_option",
    `openJournal: ${name}: found ${String(value).slice(0, 200)}. Allowed: ${allowed}. Change it where the journal is opened.`,
  );
}
