/** For command lines that run one phase per process: `watchdog exec` is made of it. May change between minor versions. */

export { type OperatorAct, OperatorRecord, type OperatorSubject } from "../operator/operator-record.ts";
export { exportStamp } from "./export-stamp.ts";
export { type HeartbeatPhase, type OneShotWorker, openOneShotWorker } from "./one-shot-worker.ts";
export { type JobStatus, knownWorkers, type WorkerHealth, type WorkerStatus, workerStatus } from "./worker-status.ts";
