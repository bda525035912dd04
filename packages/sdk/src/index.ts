/** The library that a worker imports. */
export type { ArtifactCheck, ArtifactClaim, VerifiedArtifact } from "./artifact/index.ts";
export { type FinishedWork, finishedWork } from "./attempt/finished-work.ts";
export type { CompleteContext, Job } from "./attempt/job.ts";
export { type JobDescription, jobFromResult } from "./attempt/job-description.ts";
export type { JobState } from "./attempt/job-state.ts";
export { type Clock, systemClock, type Timer } from "./clock.ts";
export { WatchdogError, type WatchdogErrorCode, type WatchdogErrorOptions } from "./errors.ts";
export type { Heartbeat } from "./heartbeat/heartbeat.ts";
export {
  type Journal,
  type JournalRecord,
  type JournalWorker,
  type JsonValue,
  jobScope,
  type RecordQuery,
  runScope,
  workerScope,
} from "./journal/journal.ts";
export { type MemoryJournal, memoryJournal } from "./journal/memory-journal.ts";
export { jsonResult } from "./phase/json-result.ts";
export type { PhaseContext, PhaseFunction } from "./phase/phase-function.ts";
export { traceEnvironment, traceHeaders } from "./phase/trace-context.ts";
export { onRowSource, rowSources } from "./rows/row-sources.ts";
export type { Row, RowSource } from "./rows/row-table.ts";
export { createWatchdog } from "./worker/create-watchdog.ts";
export type { JobServiceHelper } from "./worker/job-service-helper.ts";
export type { StopReport, Watchdog } from "./worker/watchdog.ts";
export type { WatchdogOptions, WorkerIdentity } from "./worker/watchdog-options.ts";
