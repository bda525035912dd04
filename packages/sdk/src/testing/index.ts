/** For tests of workers: a clock that a test moves, a job service with faults, and a span recorder. */
export { type ManualClock, manualClock } from "./manual-clock.ts";
export {
  type JobCommand,
  type JobFault,
  type JobServiceClient,
  type JobToDo,
  type MemoryJobService,
  memoryJobService,
} from "./memory-job-service.ts";
export { type RecordedSpan, recordSpans, type SpanRecorder } from "./span-recorder.ts";
