/** Phases that failed before there was a job: one open incident a phase, however often it goes on failing. */
import { AttemptRows } from "./attempt-rows.ts";
import { phaseReason } from "./phase-name.ts";
import type { WorkerContext } from "./worker-context.ts";

/** The open trouble of one worker. */
export class WorkerTrouble<P> {
  readonly #worker: WorkerContext<P>;
  readonly #open = new Map<string, AttemptRows>();

  constructor(worker: WorkerContext<P>) {
    this.#worker = worker;
  }

  /** A phase failed for good in the heartbeat with this trace. */
  failed(phase: string, traceId: string): void {
    let rows = this.#open.get(phase);
    if (rows === undefined) {
      rows = this.rowsOf(traceId);
      this.#open.set(phase, rows);
    }
    rows.incident("phase_failed", phaseReason(phase));
  }

  /** A phase passed: its trouble, where there was any, is over. */
  passed(phase: string): void {
    const rows = this.#open.get(phase);
    if (rows === undefined) return;
    this.#open.delete(phase);
    rows.keepUntil(this.#worker.options.clock.now());
    rows.clear("phase_failed");
  }

  /** Rows of the worker that belong to no job. */
  rowsOf(traceId: string): AttemptRows {
    const { worker, clock } = this.#worker.options;
    return new AttemptRows(this.#worker.table, clock, {
      workerPool: worker.pool,
      workerId: worker.id,
      jobId: "",
      traceId,
    });
  }
}
