/** Keeps the finished work of an attempt that may not complete any more, where the job's next worker finds it (R6.4). */

import { type Journal, type JsonValue, jobScope } from "../journal/journal.ts";
import { ownNumber, ownText } from "../own-field.ts";
import { EVENTS } from "../semconv/index.ts";
import { dropHandovers } from "../session/handover.ts";
import type { Attempt } from "./attempt.ts";

const KEY = "finished_work";

/** A verified artifact that an earlier attempt at a job could not complete with. Whoever uses it lets the gate prove it again. */
export interface FinishedWork {
  /** Trace id of the attempt that made it. */
  readonly attemptId: string;
  /** The worker that made it. */
  readonly workerId: string;
  /** Id of the gate's check. */
  readonly checkId: string;
  /** The artifact's address, without query and credentials. */
  readonly url: string;
  /** Address of its file list, without query and credentials. */
  readonly filesUrl: string;
  /** Entries of its file list; at least 1. */
  readonly fileCount: number;
  /** SHA-256 of the artifact, in hex. */
  readonly sha256: string;
  /** When the gate passed, in unix milliseconds. */
  readonly checkedAt: number;
}

/** Keeps what the attempt has finished, where it has; gives words for a message. */
export function keepFinishedWork<P>(attempt: Attempt<P>, reason: string): string {
  const { artifact, worker, traceId, description } = attempt;
  const { verified } = attempt.snapshot;
  if (artifact === undefined || verified === null) return "No artifact was verified.";
  const work = {
    attemptId: traceId,
    workerId: worker.options.worker.id,
    checkId: artifact.checkId,
    url: artifact.recordUrl,
    filesUrl: verified.filesUrl,
    fileCount: artifact.fileCount,
    sha256: artifact.sha256,
    checkedAt: artifact.checkedAt,
  } satisfies FinishedWork;
  const { journal } = worker.options;
  if (finishedWork(journal, description.id)?.checkId !== artifact.checkId) {
    worker.telemetry.guard(() => journal.set(jobScope(description.id), KEY, work as unknown as JsonValue));
    attempt.record(EVENTS.workKept, {
      data: {
        reason,
        check_id: work.checkId,
        url: work.url,
        files_url: work.filesUrl,
        file_count: work.fileCount,
        sha256: work.sha256,
      },
    });
  }
  return `The finished work is kept: ${work.url} (check ${work.checkId}, SHA-256 ${work.sha256}), in the journal under the job's id.`;
}

/** The job is done: what was kept for it is of no more use. */
export function dropFinishedWork<P>(attempt: Attempt<P>): void {
  const { worker, description } = attempt;
  const { journal } = worker.options;
  worker.telemetry.guard(() => {
    if (journal.get(jobScope(description.id), KEY) !== undefined) journal.set(jobScope(description.id), KEY, undefined);
    dropHandovers(journal, description.id);
  });
}

/**
 * The finished work that an earlier attempt at a job left in this journal; undefined where there is none.
 *
 * @throws WatchdogError `journal_unusable`.
 */
export function finishedWork(journal: Journal, jobId: string): FinishedWork | undefined {
  const stored = journal.get(jobScope(jobId), KEY);
  const text = (key: string): string | undefined => ownText(stored, key) || undefined;
  const [attemptId, workerId, checkId, url] = [text("attemptId"), text("workerId"), text("checkId"), text("url")];
  const [filesUrl, sha256] = [text("filesUrl"), text("sha256")];
  const [fileCount, checkedAt] = [ownNumber(stored, "fileCount"), ownNumber(stored, "checkedAt")];
  if (attemptId === undefined || workerId === undefined || checkId === undefined || url === undefined) return undefined;
  if (filesUrl === undefined || sha256 === undefined || fileCount === undefined || checkedAt === undefined)
    return undefined;
  return { attemptId, workerId, checkId, url, filesUrl, fileCount, sha256, checkedAt };
}
