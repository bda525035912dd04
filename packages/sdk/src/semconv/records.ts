/** The records that a journal keeps (R9.1): their kinds, and the fields of each beside id, worker, job, trace and time. */

/** One field of a kind of record. */
export interface RecordField {
  /** JSON type of the value; every field may be null where it does not apply. */
  readonly type: "string" | "number" | "boolean";
  /** What it holds, in one sentence; shown in the generated reference. */
  readonly description: string;
}

/** Shape of one kind of record in the table. */
export interface RecordDefinition {
  /** What one record says. */
  readonly description: string;
  /** Fields by snake_case name. `worker_watchdog_event` may hold more of them, as each event says. */
  readonly fields: Readonly<Record<string, RecordField>>;
}

const text = (description: string): RecordField => ({ type: "string", description });
const number = (description: string): RecordField => ({ type: "number", description });
const flag = (description: string): RecordField => ({ type: "boolean", description });

/** Every kind of record. */
export const RECORDS = {
  worker_heartbeat: {
    description: "One wake-up of a worker, written when it has claimed or has ended without a claim.",
    fields: {
      automation: text("The worker's role."),
      status: text("What the claim came back with: job, no_job or failed; `none` where the heartbeat made no claim."),
      doctor_ok: flag("Whether doctor passed."),
      touch_ok: flag("Whether touch passed."),
      claim_ok: flag("Whether claim passed."),
      current_job_id: text("The job that it holds."),
      lease_expires_at: number("The queue's lease expiry, in unix seconds."),
    },
  },
  worker_job_attempt: {
    description:
      "One worker's run at one job: written at the claim and at its end; the newest record of a trace holds.",
    fields: {
      state: text(
        "Where the attempt stands: running, stuck, completed, failed, paused, released or blocked_on_session_death; closed_by_operator where a person closed its pages, which says nothing about the job.",
      ),
      phase: text("The last phase that was entered."),
      primary_artifact_ref: text("Id of the gate's check that passed."),
      complete_status: text("ok, rejected, unknown, not_found or lease_lost; null where complete was not called."),
      error_code: text("Why the attempt is stuck or failed, as a code."),
      error_message: text("The reason that the worker, or the operator, gave, redacted."),
      started: number("When it was claimed, in unix seconds."),
      completed: number("When it ended, in unix seconds."),
    },
  },
  worker_watchdog_event: {
    description: "One audit event (R9.4); `event_type` is the event's name.",
    fields: {
      severity: text("Severity, where an alert follows from it."),
      evidence_ref: text("Reference of the evidence kept on the worker's machine."),
      action_taken: text("What the watchdog did about it."),
      requires_human: flag("Whether a person has to act."),
    },
  },
  worker_run: {
    description: "One invocation of a phase: written before it starts and when it has ended, under one id.",
    fields: {
      phase: text("The phase."),
      status: text("started, ok, failed, retried or stuck."),
      error_code: text("Why it failed, as a code."),
      started: number("Unix seconds."),
      ended: number("Unix seconds; null while it runs, and for ever where its process was killed."),
    },
  },
  job_lease: {
    description: "A lease as it was granted, renewed or came nearer to its end.",
    fields: {
      lease_expires_at: number("The queue's expiry, in unix seconds."),
      last_heartbeat_at: number("The attempt's last sign of progress, in unix seconds."),
      risk: text("normal, near_expiry, expired or stale (R6.5)."),
    },
  },
  helper_event: {
    description: "One command that ran as a phase.",
    fields: {
      phase: text("The phase."),
      command: text("The command's first word, without its arguments."),
      exit_code: number("Its exit code; null where a signal ended it."),
      signal: text("The signal that ended it."),
      output_hash: text("SHA-256 of its raw output, in hex."),
      output_bytes: number("Length of its raw output."),
      evidence_ref: text("Reference of the redacted output in the evidence store."),
      error_code: text("Why its result is no result, as a code."),
    },
  },
  repair_action: {
    description: "One repair, or the proposal of one (R6.2).",
    fields: {
      trigger: text("What set it off."),
      action: text("What was done or is proposed."),
      phase: text("The phase that it was for."),
      old_state: text("The attempt's state before."),
      new_state: text("And after."),
      actor: text("Who did it: watchdog, worker, operator or supervisor."),
      authority: text("On whose authority: worker, system or supervisor."),
      reason: text("Why, as a code."),
      class: text("What kind of stuck the job was (R6.3)."),
      output_hash: text("SHA-256 of the output that led to it, in hex."),
      evidence_ref: text("Reference of its evidence."),
      result: text("success, failed or needs_human."),
    },
  },
  artifact_check: {
    description: "One check of the artifact gate (R5.2).",
    fields: {
      check_id: text("Its id; the complete span carries it."),
      primary_url: text("The artifact's address, without query and credentials."),
      files_url: text("Address of the file list, without query and credentials."),
      http_status: number("Status of the first response."),
      file_count: number("Entries in the file list."),
      sha256: text("SHA-256 of the artifact, in hex."),
      passed: flag("Whether the gate passed."),
      reason: text("Why not, as a code."),
      checked_at: number("Unix seconds."),
    },
  },
  watchdog_incident: {
    description: "An incident that opened or was closed.",
    fields: {
      class: text("Its kind."),
      reason: text("Its reason."),
      evidence: text("Reference of its evidence."),
      state: text("open or closed."),
      owner: text("Who answers for its alert, where the policy says."),
    },
  },
} as const satisfies Readonly<Record<string, RecordDefinition>>;

/** A kind of record. */
export type RecordKind = keyof typeof RECORDS;

type FieldValue<T extends RecordField["type"]> = T extends "string" ? string : T extends "number" ? number : boolean;

/** The fields of a kind of record: null where one does not apply. */
export type RecordFields<K extends RecordKind> = {
  readonly [F in keyof (typeof RECORDS)[K]["fields"]]: (typeof RECORDS)[K]["fields"][F] extends RecordField
    ? FieldValue<(typeof RECORDS)[K]["fields"][F]["type"]> | null
    : never;
};
