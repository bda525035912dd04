/** Carries out the touch and the wait that come before a retry, and writes down each repair and its result (R6.2). */
import { context } from "@opentelemetry/api";
import { boundedCall } from "./bounded-call.ts";
import { pause } from "./clock.ts";
import type { JsonValue } from "./journal.ts";
import { failureOfError, failureOfResult } from "./phase-failure.ts";
import type { RepairRow } from "./repair-table.ts";
import { EVENTS } from "./semconv/index.ts";
import type { WorkerContext } from "./worker-context.ts";

/** How a repair ended. */
export type RepairResult = "success" | "failed" | "needs_human";

/** Does what comes before a retry: touches the worker and waits, as the row says. A touch that fails does not stop the retry. */
export async function prepareRetry<P>(worker: WorkerContext<P>, row: RepairRow, signal?: AbortSignal): Promise<void> {
  const { policy, clock } = worker.options;
  if (row.touchFirst) await touch(worker, signal);
  if (row.waits) await pause(clock, policy.thresholds.repair_wait_seconds * 1_000, signal);
}

/** Writes the audit record of one repair. */
export function recordRepair<P>(
  worker: WorkerContext<P>,
  row: RepairRow,
  result: RepairResult,
  details: {
    readonly jobId?: string | undefined;
    readonly traceId: string;
    readonly phase: string;
    readonly data?: Readonly<Record<string, JsonValue>>;
  },
): void {
  worker.telemetry.record(EVENTS.repair, {
    jobId: details.jobId,
    traceId: details.traceId,
    data: {
      trigger: row.trigger,
      action: row.action,
      authority: row.authority,
      actor: "watchdog",
      phase: details.phase,
      result,
      evidence_ref: `attempt:${details.traceId}`,
      ...details.data,
    },
  });
}

async function touch<P>(worker: WorkerContext<P>, signal: AbortSignal | undefined): Promise<void> {
  const { helper } = worker.options;
  if (helper.touch === undefined) return;
  let failure: string | undefined;
  try {
    const result = await boundedCall(worker.bounds(context.active(), signal), helper.touch);
    if (worker.passes("touch")(result)) worker.alive();
    else failure = failureOfResult(result).code;
  } catch (error) {
    failure = failureOfError(error).code;
  }
  worker.telemetry.record(EVENTS.repair, {
    data: {
      action: "retouch_worker",
      result: failure === undefined ? "success" : "failed",
      ...(failure === undefined ? {} : { failure }),
    },
  });
}
