/** The library that a worker imports. */
export type { ArtifactCheck, ArtifactClaim, VerifiedArtifact } from "./artifact/index.ts";
export { type Clock, systemClock, type Timer } from "./clock.ts";
export { createWatchdog } from "./create-watchdog.ts";
export { WatchdogError, type WatchdogErrorCode, type WatchdogErrorOptions } from "./errors.ts";
export { type FinishedWork, finishedWork } from "./finished-work.ts";
export type { Heartbeat } from "./heartbeat.ts";
export type { CompleteContext, Job } from "./job.ts";
export { type JobDescription, jobFromResult } from "./job-description.ts";
export type { JobServiceHelper } from "./job-service-helper.ts";
export type { JobState } from "./job-state.ts";
export {
  type Journal,
  type JournalRecord,
  type JournalWorker,
  type JsonValue,
  jobScope,
  type RecordQuery,
  runScope,
  workerScope,
} from "./journal.ts";
export { jsonResult } from "./json-result.ts";
export { type MemoryJournal, memoryJournal } from "./memory-journal.ts";
export type { PhaseContext, PhaseFunction } from "./phase-function.ts";
export { onRowSource, rowSources } from "./row-sources.ts";
export type { Row, RowSource } from "./row-table.ts";
export { traceEnvironment, traceHeaders } from "./trace-context.ts";
export type { StopReport, Watchdog } from "./watchdog.ts";
export type { WatchdogOptions, WorkerIdentity } from "./watchdog-options.ts";
