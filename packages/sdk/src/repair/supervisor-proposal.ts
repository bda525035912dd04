/** What only a supervisor may do about a stuck job is proposed, with what is known of it, and never done (R6, R6.1). */
import type { Attempt } from "../attempt/attempt.ts";
import type { JsonValue } from "../journal/journal.ts";
import type { RepairTrigger } from "../semconv/index.ts";
import { whyForbidden } from "./repair-authority.ts";
import { repairRow } from "./repair-table.ts";
import { isSpent, proposeRepair } from "./repairs.ts";

/** The lease ran out, and the job was neither released nor reclaimed: it is stale. */
export function escalateStale<P>(attempt: Attempt<P>): void {
  propose(attempt, "lease_expired", {
    lease_expires_at: attempt.lease.expiresAt,
    alternatives: ["release", "reclaim"],
  });
}

/** The job makes no progress. */
export function escalateStalled<P>(attempt: Attempt<P>): void {
  propose(attempt, "queue_stuck", { since_progress_seconds: Math.round(attempt.sinceProgressSeconds()) });
}

function propose<P>(attempt: Attempt<P>, trigger: RepairTrigger, facts: Readonly<Record<string, JsonValue>>): void {
  const { worker, description, traceId, rows } = attempt;
  const row = repairRow(trigger);
  if (row === undefined || isSpent(attempt, row)) return;
  const { role, pool } = worker.options.worker;
  const { phase, progressAt, artifactKinds, deliverableId, verified } = attempt.snapshot;
  proposeRepair(worker, row, whyForbidden(row, worker.options.policy.self_heal) ?? "authority", {
    jobId: description.id,
    traceId,
    phase,
    rows,
    oldState: attempt.state,
    newState: attempt.state,
    reason: attempt.stuckReason,
    // Worker kind, source, contract and last progress: what a supervisor looks at first.
    data: {
      worker_role: role,
      worker_pool: pool,
      deliverable_id: deliverableId,
      artifact_kinds: [...artifactKinds],
      last_phase: phase,
      last_progress_at: progressAt,
      artifact_check_id: verified?.checkId ?? null,
      ...facts,
    },
  });
}
