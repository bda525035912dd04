/** Gives a job that ends stuck its class, and writes down what to do about it: no person has to look first (R6.3). */
import type { Attempt } from "../attempt/attempt.ts";
import type { JournalRecord } from "../journal/journal.ts";
import { EVENTS } from "../semconv/index.ts";
import { repairHistory } from "./repair-outcomes.ts";
import { classifyStuck, type StuckFacts } from "./stuck-class.ts";

/** What set the proposal off, in its audit record. */
export const STUCK_TRIGGER = "job_stuck";

/** Writes the proposal for a job that is stuck; nothing where it is not, or where it has one already. */
export function proposeForStuck<P>(attempt: Attempt<P>): void {
  const { worker, traceId, description, stuckReason } = attempt;
  if (stuckReason === undefined || attempt.state === "completed") return;
  const { journal, worker: identity } = worker.options;
  const records = worker.telemetry.guard(() => journal.records({ traceId, limit: 1_000 })) ?? [];
  if (records.some(({ kind, data }) => kind === "repair_action" && data["trigger"] === STUCK_TRIGGER)) return;
  const verdict = classifyStuck(factsOf(attempt, records));
  const history = worker.telemetry.guard(() => repairHistory(journal, identity.pool, verdict.class)) ?? [];
  const evidence = `attempt:${traceId}`;
  worker.write("repair_action", {
    jobId: description.id,
    traceId,
    data: {
      trigger: STUCK_TRIGGER,
      action: verdict.action,
      phase: attempt.snapshot.phase,
      old_state: "stuck",
      new_state: attempt.state,
      actor: "watchdog",
      authority: "supervisor",
      reason: stuckReason,
      class: verdict.class,
      output_hash: null,
      evidence_ref: evidence,
      result: "needs_human",
    },
  });
  attempt.record(EVENTS.stuckProposal, {
    data: {
      class: verdict.class,
      proposed_action: verdict.action,
      evidence: [...verdict.evidence],
      evidence_ref: evidence,
      history: history.map(({ action, tried, worked }) => `${action} worked ${worked} of ${tried} times`),
    },
  });
}

function factsOf<P>(attempt: Attempt<P>, records: readonly JournalRecord[]): StuckFacts {
  return {
    stuckReason: attempt.stuckReason,
    verified: attempt.verified,
    hasDeliverableId: attempt.description.deliverableId !== undefined,
    openIncidents: Object.entries(attempt.snapshot.incidents)
      .filter(([, { count, cleared }]) => cleared < count)
      .map(([incident]) => incident),
    failures: failuresIn(records),
    leaseRemainingSeconds: attempt.lease.remainingSeconds(),
    emptyClaims: 0,
  };
}

/** Each phase's newest failure, from the runs of phases and, where no journal outlives the process, from their repairs. */
function failuresIn(records: readonly JournalRecord[]): Readonly<Record<string, string>> {
  const failures = new Map<string, string>();
  for (const { kind, data } of records) {
    const { phase } = data;
    if (typeof phase !== "string") continue;
    const isRun = kind === "worker_run" && data["status"] !== "started";
    const isRepair = kind === "repair_action" && data["trigger"] === "transport";
    if (!isRun && !isRepair) continue;
    const code = data[isRun ? "error_code" : "reason"];
    if (data[isRun ? "status" : "result"] === (isRun ? "ok" : "success")) failures.delete(phase);
    else if (typeof code === "string") failures.set(phase, code);
  }
  return Object.fromEntries(failures);
}
