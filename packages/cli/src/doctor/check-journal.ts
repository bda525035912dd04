/** Can the journal be read and appended to, and is it where a journal may be? */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { type Journal, WatchdogError } from "@worker-watchdog/sdk";
import { knownWorkers } from "@worker-watchdog/sdk/one-shot";
import { EVENTS } from "@worker-watchdog/sdk/semconv";
import type { FileJournal, FileSystem } from "@worker-watchdog/store";
import { exportRecord } from "../exec/export-record.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

/** What is looked at, by the store: it is loaded where it is needed. */
export interface JournalQuestion {
  readonly file: string;
  readonly open: (file: string) => FileJournal;
  readonly fileSystemOf: (folder: string) => FileSystem;
}

const SUBJECT = "journal";
/** Retention keeps a journal far below this. */
const LARGE_BYTES = 1_073_741_824;

export function checkJournal(question: JournalQuestion): readonly Finding[] {
  const { file, open, fileSystemOf } = question;
  const place = checkPlace(file, fileSystemOf);
  if (!existsSync(file)) return [ok(SUBJECT, `none yet at ${file}: the first phase makes it`), ...place];
  let journal: FileJournal | undefined;
  try {
    journal = open(file);
    const [problem] = journal.check();
    if (problem !== undefined) return [damaged(file, problem), ...place];
    assertWritable(journal);
    const bytes = journal.sizeBytes();
    const size = `${(bytes / 1_048_576).toFixed(1)} MiB`;
    const whole =
      bytes > LARGE_BYTES
        ? warn(
            SUBJECT,
            `${file} is ${size} large`,
            "Lower journal.max_records or journal.retention_days in the policy.",
          )
        : ok(SUBJECT, `${file} reads and writes, ${size}`);
    return [whole, ...place, ...checkLeases(journal), ...checkUnusable(journal), ...checkExports(journal)];
  } catch (error) {
    if (!WatchdogError.isInstance(error)) throw error;
    return [
      fail(SUBJECT, error.message, "Until then no phase begins: what can not be recorded is not done."),
      ...place,
    ];
  } finally {
    journal?.close();
  }
}

/** Writes, and takes it back: a check leaves no trace. */
function assertWritable(journal: FileJournal): void {
  const takeBack = new Error("taken back");
  try {
    journal.transaction(() => {
      journal.set("doctor", "probe", Date.now());
      journal.get("doctor", "probe");
      throw takeBack;
    });
  } catch (error) {
    if (error !== takeBack && (error as Error).cause !== takeBack) throw error;
  }
}

function damaged(file: string, problem: string): Finding {
  return fail(
    SUBJECT,
    `${file} is damaged: ${problem}`,
    `Stop the workers that use it and move it aside, with its -wal and -shm files; \`sqlite3 ${file} .recover\` prints what is left of it.`,
  );
}

function checkPlace(file: string, fileSystemOf: JournalQuestion["fileSystemOf"]): readonly Finding[] {
  let folder = dirname(file);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  const { name, isNetwork } = fileSystemOf(folder);
  if (name === undefined) return [];
  const subject = "journal's disk";
  const move = "Put the journal on a local disk (--journal, WATCHDOG_JOURNAL): locks do not hold over a network.";
  return isNetwork
    ? [fail(subject, `${folder} is on ${name}`, move)]
    : [warn(subject, `${folder} is on ${name}, which may be a disk of this machine or not`, move)];
}

/** Leases that were granted too short for keep-alive (R4.6). */
function checkLeases(journal: Journal): readonly Finding[] {
  const short = journal.records({ kind: "worker_watchdog_event", name: EVENTS.leaseShort, limit: 1 })[0];
  if (short === undefined) return [ok("leases", "none seen that is too short for keep-alive")];
  const { lease_seconds, lease_keepalive_minutes } = short.data;
  return [
    warn(
      "leases",
      `the queue granted ${String(lease_seconds)} s to ${short.workerId} on ${new Date(short.atMillis).toISOString()}; keep-alive starts at ${String(lease_keepalive_minutes)} min`,
      "Have the queue grant longer leases, or lower thresholds.lease_keepalive_minutes: such a lease is renewed from its first second, and a hiccup pages.",
    ),
  ];
}

/** Exports of one-shot processes that did not arrive: nobody pages by what did not arrive. */
function checkExports(journal: Journal): readonly Finding[] {
  return knownWorkers(journal).flatMap((worker) => {
    const failed = exportRecord(journal, worker);
    if (failed === undefined) return [];
    const { failures, reason, atMillis } = failed;
    return warn(
      "telemetry",
      `the last ${failures} export${failures === 1 ? "" : "s"} of ${worker.pool}/${worker.id} did not arrive whole, last on ${new Date(atMillis).toISOString()}: ${reason}`,
      "Look at the Collector, and at OTEL_EXPORTER_OTLP_ENDPOINT of that worker. The next process that gets through sends the newest rows.",
    );
  });
}

/** Phases that a failing journal has stopped (R7.3). */
function checkUnusable(journal: Journal): readonly Finding[] {
  const stopped = journal.records({ kind: "worker_watchdog_event", name: EVENTS.journalUnusable, limit: 1 })[0];
  if (stopped === undefined) return [];
  return [
    warn(
      SUBJECT,
      `it failed on ${new Date(stopped.atMillis).toISOString()} for ${stopped.workerId}, and works again`,
      "Look at the disk and its free space around that time.",
    ),
  ];
}
