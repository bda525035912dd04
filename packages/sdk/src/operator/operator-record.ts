/** The record of what a person did about pages (R4.10): who, why, on what authority, and what came of it (R6.2). */
import { systemClock } from "../clock.ts";
import type { Journal, JsonValue } from "../journal/journal.ts";
import { recordId } from "../journal/record-id.ts";
import { redactingJournal } from "../journal/redacting-journal.ts";
import { EVENTS, type IncidentKind } from "../semconv/index.ts";
import { OutgoingText } from "../worker/outgoing-text.ts";
import { Telemetry } from "../worker/telemetry.ts";

/** What one act is about. */
export interface OperatorSubject {
  readonly workerPool: string;
  readonly workerId: string;
  /** The job that it was about; absent where it was about a worker alone. */
  readonly jobId?: string | undefined;
  /** Trace id of the attempt or event. */
  readonly traceId?: string | undefined;
  /** Whether the attempt itself is closed. */
  readonly closesAttempt: boolean;
  /** Incidents that are closed. */
  readonly incidents: readonly { readonly kind: IncidentKind; readonly reason: string }[];
}

/** One act of a person. */
export interface OperatorAct {
  readonly action: "settle" | "retire" | "page_test";
  /** Who, by name. */
  readonly operator: string;
  readonly reason: string;
  readonly subject: OperatorSubject;
}

const EVENT_OF = {
  settle: EVENTS.operatorSettled,
  retire: EVENTS.operatorRetired,
  page_test: EVENTS.operatorPageTested,
} as const;

const STATE_AFTER = { settle: "closed_by_operator", retire: "retired", page_test: "tested" } as const;

/**
 * The record of one act: written before anything is done, and once more, under the same id, when its outcome is known. Where the second is missing nobody
 * knows whether it arrived.
 */
export class OperatorRecord {
  readonly #journal: Journal;
  readonly #act: OperatorAct;
  readonly #outgoing = new OutgoingText();
  readonly #id = recordId();

  constructor(journal: Journal, act: OperatorAct) {
    this.#journal = redactingJournal(journal, this.#outgoing);
    this.#act = act;
  }

  /** Writes that it is about to be done. @throws WatchdogError `journal_unusable`. */
  begin(): void {
    this.#append(null);
  }

  /** Sends it as a log event, if OpenTelemetry is set up. */
  emit(): void {
    const { action, subject } = this.#act;
    const worker = { pool: subject.workerPool, id: subject.workerId };
    const telemetry = new Telemetry(systemClock, this.#journal, worker, this.#outgoing);
    telemetry.emit(EVENT_OF[action], { jobId: subject.jobId, traceId: subject.traceId, data: this.#data(null) });
  }

  /**
   * Writes how it ended. Of what was closed, the records say so from now on: the attempt's state is `closed_by_operator`, never `completed`.
   *
   * @throws WatchdogError `journal_unusable`.
   */
  end(result: "success" | "failed"): void {
    this.#journal.transaction(() => {
      this.#append(result);
      if (result === "success") this.#close();
    });
  }

  #append(result: "success" | "failed" | null): void {
    this.#journal.append({
      ...this.#of(),
      kind: "worker_watchdog_event",
      id: this.#id,
      name: EVENT_OF[this.#act.action],
      data: this.#data(result),
    });
  }

  #data(result: "success" | "failed" | null): Readonly<Record<string, JsonValue>> {
    const { action, operator, reason, subject } = this.#act;
    return {
      severity: null,
      evidence_ref: subject.traceId === undefined ? null : `attempt:${subject.traceId}`,
      action_taken: action,
      requires_human: false,
      actor: "operator",
      operator,
      authority: "operator",
      reason,
      old_state: action === "page_test" ? null : "open",
      new_state: STATE_AFTER[action],
      closed: [
        ...(subject.closesAttempt ? ["attempt"] : []),
        ...subject.incidents.map(({ kind, reason: why }) => `${kind}/${why}`),
      ],
      output_hash: null,
      result,
    };
  }

  #close(): void {
    const { reason, subject } = this.#act;
    const { traceId, jobId } = subject;
    for (const { kind, reason: why } of subject.incidents) {
      const evidence = traceId === undefined ? null : `attempt:${traceId}`;
      this.#journal.append({
        ...this.#of(),
        kind: "watchdog_incident",
        id: recordId(),
        data: { class: kind, reason: why, evidence, state: "closed", owner: null },
      });
    }
    if (!subject.closesAttempt || traceId === undefined) return;
    // On the worker's own machine the journal knows more of the attempt than Prometheus does.
    const known = this.#journal.records({ kind: "worker_job_attempt", jobId, traceId, limit: 1 })[0]?.data ?? {};
    const data = {
      state: STATE_AFTER.settle,
      phase: known["phase"] ?? null,
      primary_artifact_ref: known["primary_artifact_ref"] ?? null,
      complete_status: known["complete_status"] ?? null,
      error_code: known["error_code"] ?? null,
      error_message: reason,
      started: known["started"] ?? null,
      completed: null,
    };
    this.#journal.append({ ...this.#of(), kind: "worker_job_attempt", id: traceId, data });
  }

  #of(): Pick<Parameters<Journal["append"]>[0], "atMillis" | "workerPool" | "workerId" | "jobId" | "traceId"> {
    const { workerPool, workerId, jobId, traceId } = this.#act.subject;
    return { atMillis: systemClock.now(), workerPool, workerId, jobId, traceId };
  }
}
