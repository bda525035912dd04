/** Writes down what becomes of a worker's session: it waits for a limit, it died, it works again (R8.2, R8.4). */
import type { Attempt } from "../attempt/attempt.ts";
import type { AttemptRows } from "../attempt/attempt-rows.ts";
import { WatchdogError } from "../errors.ts";
import { type JsonValue, workerScope } from "../journal/journal.ts";
import { EVENTS, type SessionClass } from "../semconv/index.ts";
import { traceIdOf, type WorkerContext } from "../worker/worker-context.ts";
import { isLimit, recoversAlone, type SessionFinding } from "./finding.ts";
import { type GitWork, type Handover, type HandoverReason, keepHandover } from "./handover.ts";
import { limitedUntilMillis } from "./limit-wait.ts";
import { SESSION_KEY, type SessionStanding, standingFrom } from "./session-standing.ts";

/** What is known of a death or a limit beside its class. */
export interface SessionFacts {
  /** The agent's own id of the session. */
  readonly sessionId?: string | undefined;
}

/** The session of one worker: a death is told once, also over restarts, until the session works again. */
export interface SessionLog {
  /** How the session stands; undefined while it is well. */
  readonly standing: SessionStanding | undefined;
  /** The session met a limit: it is waited for until the reset that it states, and longer; see `limitedUntilMillis`. */
  limited(finding: SessionFinding, facts?: SessionFacts): void;
  /** The session is dead: the job is `blocked_on_session_death` in the records, and its signal aborts. */
  died(kind: SessionClass, evidence: string, facts?: SessionFacts): void;
  /** The session fails, or does not answer: a wait that is over is a death then. */
  look(): void;
  /** The session works: a wait or a death before is over. */
  recovered(): void;
  /** Saves what a successor at the job needs; nothing where no job is held. */
  handOver(reason: HandoverReason, work: { readonly directory: string; readonly git: GitWork } & SessionFacts): void;
}

/** The log of one worker, and of the attempt that it works on. */
export class WorkerSessionLog<P> implements SessionLog {
  readonly #worker: WorkerContext<P>;
  readonly #attempt: Attempt<P> | undefined;
  readonly #scope: string;
  /** Holds where the journal fails. */
  #standing: SessionStanding | undefined;

  constructor(worker: WorkerContext<P>, attempt: Attempt<P> | undefined) {
    this.#worker = worker;
    this.#attempt = attempt;
    this.#scope = workerScope(worker.options.worker);
    this.#standing = worker.telemetry.guard(() => standingFrom(worker.journal.get(this.#scope, SESSION_KEY)));
    this.#showAgain();
  }

  get standing(): SessionStanding | undefined {
    return this.#standing;
  }

  limited(finding: SessionFinding, facts: SessionFacts = {}): void {
    if (!isLimit(finding.kind)) return;
    const { policy, clock } = this.#worker.options;
    const nowMillis = clock.now();
    const untilMillis = limitedUntilMillis(finding, policy.session, nowMillis);
    const { kind, evidence } = finding;
    let isFirst = false;
    const before = this.#standing;
    const changed = this.#change((standing) => {
      if (standing?.is === "dead") return standing;
      isFirst = standing === undefined;
      // Met again while it waits: only a reset that is later than the whole wait moves it, or a session would wait for ever.
      const isLonger = finding.resetsAtMillis !== undefined && finding.resetsAtMillis > (standing?.untilMillis ?? 0);
      if (standing !== undefined && !isLonger) return { ...standing, ...this.#identity() };
      const sinceMillis = standing?.sinceMillis ?? nowMillis;
      const limitedUntil = this.#queueSeconds(untilMillis);
      return {
        is: "limited",
        kind,
        evidence,
        sinceMillis,
        untilMillis,
        limitedUntil,
        ...this.#identity(),
        incidents: 0,
      };
    });
    if (changed?.is !== "limited" || changed.untilMillis === null) return;
    this.#leaveLimitOf(before);
    const { limitedUntil } = changed;
    this.#attempt?.changeSession((state) => {
      state.limitedUntil = Math.max(state.limitedUntil ?? 0, limitedUntil ?? 0);
    });
    if (!isFirst) return;
    this.#record(EVENTS.sessionLimited, facts, {
      class: kind,
      evidence,
      resets_at: finding.resetsAtMillis === undefined ? null : finding.resetsAtMillis / 1_000,
      limited_until: changed.untilMillis / 1_000,
      requires_human: false,
    });
  }

  died(kind: SessionClass, evidence: string, facts: SessionFacts = {}): void {
    const sinceMillis = this.#worker.options.clock.now();
    let isFirst = false;
    const before = this.#standing;
    this.#change((standing) => {
      isFirst = standing?.is !== "dead";
      if (!isFirst) return standing;
      const until = { untilMillis: null, limitedUntil: null };
      return { is: "dead", kind, evidence, sinceMillis, ...until, ...this.#identity(), incidents: 1 };
    });
    if (!isFirst) return;
    this.#leaveLimitOf(before);
    this.#attempt?.changeSession((state) => {
      state.sessionDeath = kind;
      // From here on the incident tells.
      state.limitCleared = state.limitedUntil;
      if (state.state !== "running") return;
      state.state = "stuck";
      state.stuckReason = "session_dead";
    });
    this.#rows().incident("session_dead", kind);
    this.#setIncidents();
    const recovers = recoversAlone(kind);
    this.#record(EVENTS.sessionDied, facts, {
      class: kind,
      evidence,
      recovers_alone: recovers,
      action_taken: this.#attempt === undefined ? "reported" : "job_blocked",
      requires_human: recovers === "never",
    });
    this.#attempt?.abort(
      new WatchdogError(
        "session_dead",
        `The session behind the worker is dead (${kind}). Stop working on job ${this.#attempt.description.id}. ` +
          (recovers === "never" ? "A person has to sign in again or add credit." : "It may work again after a while."),
        { reason: kind },
      ),
    );
  }

  look(): void {
    const standing = this.#standing;
    if (standing?.is !== "limited" || standing.untilMillis === null) return;
    if (this.#worker.options.clock.now() >= standing.untilMillis) this.died(standing.kind, standing.evidence);
  }

  recovered(): void {
    const before = this.#standing;
    if (before === undefined) return;
    this.#change(() => undefined);
    this.#attempt?.changeSession((state) => {
      state.limitCleared = state.limitedUntil;
      state.sessionDeath = null;
      if (state.state !== "stuck" || state.stuckReason !== "session_dead") return;
      state.state = "running";
      state.stuckReason = null;
    });
    if (before.is === "dead") this.#rowsOf(before).clearReason("session_dead", before.kind);
    this.#leaveLimitOf(before);
    this.#record(
      EVENTS.sessionRecovered,
      {},
      {
        class: before.kind,
        was: before.is,
        after_seconds: Math.round((this.#worker.options.clock.now() - before.sinceMillis) / 1_000),
      },
    );
  }

  handOver(reason: HandoverReason, work: { readonly directory: string; readonly git: GitWork } & SessionFacts): void {
    const attempt = this.#attempt;
    // The agent's own commands may have ended the attempt.
    attempt?.refresh();
    if (attempt === undefined || !attempt.isHeld) return;
    const { options, telemetry, journal } = this.#worker;
    const { phase, verified } = attempt.snapshot;
    const handover: Handover = {
      reason,
      jobId: attempt.description.id,
      workerPool: options.worker.pool,
      workerId: options.worker.id,
      attemptId: attempt.traceId,
      savedAtMillis: options.clock.now(),
      sessionClass: this.#standing?.kind,
      sessionId: work.sessionId,
      phase,
      state: attempt.recordedState,
      artifactCheckId: verified?.checkId,
      directory: work.directory,
      git: work.git,
    };
    telemetry.guard(() => keepHandover(journal, handover));
    // One a minute: they would be most of the journal.
    if (reason === "checkpoint") return;
    const { git } = work;
    attempt.record(EVENTS.handoverSaved, {
      data: {
        reason,
        phase,
        artifact_check_id: verified?.checkId ?? null,
        git: git.status,
        commits: git.commitCount,
        changed_files: git.changedFileCount ?? null,
        uncommitted_files: git.uncommittedCount,
        untracked_files: git.untrackedCount,
      },
    });
  }

  #change(apply: (standing: SessionStanding | undefined) => SessionStanding | undefined): SessionStanding | undefined {
    const { telemetry, journal } = this.#worker;
    const before = this.#standing;
    const isWritten = telemetry.guard(() =>
      journal.transaction(() => {
        this.#standing = apply(standingFrom(journal.get(this.#scope, SESSION_KEY)));
        journal.set(this.#scope, SESSION_KEY, this.#standing as JsonValue | undefined);
        return true;
      }),
    );
    // What can not be written is told all the same.
    if (isWritten !== true) this.#standing = apply(before);
    return this.#standing;
  }

  #setIncidents(): void {
    const key = `session_dead ${this.#standing?.kind}`;
    const count = this.#attempt?.snapshot.incidents[key]?.count;
    if (count === undefined || count === 1) return;
    this.#change((standing) => (standing === undefined ? undefined : { ...standing, incidents: count }));
  }

  /** The rows of what is worked on now. */
  #rows(): AttemptRows {
    return this.#attempt?.rows ?? this.#worker.rowsOf("", this.#standing?.traceId ?? traceIdOf());
  }

  /** The rows that tell of a death, also where an earlier attempt or process told. */
  #rowsOf({ jobId, traceId, kind, incidents }: SessionStanding): AttemptRows {
    if (traceId === this.#attempt?.traceId) return this.#attempt.rows;
    const tallies = { [`session_dead ${kind}`]: { count: Math.max(1, incidents), cleared: 0 } };
    return this.#worker.rowsOf(jobId, traceId, { read: () => tallies, change: (apply) => apply(tallies) });
  }

  /** A death that belongs to no job has no other place that tells of it again after a restart. */
  #showAgain(): void {
    const standing = this.#standing;
    if (standing?.is === "dead" && standing.jobId === "") this.#rowsOf(standing).writeIncidents();
  }

  /** A wait that an earlier attempt's row told of is told elsewhere now, or over. */
  #leaveLimitOf(before: SessionStanding | undefined): void {
    if (before === undefined || before.jobId === "" || before.limitedUntil === null) return;
    const isSame = before.traceId === this.#standing?.traceId || before.traceId === this.#attempt?.traceId;
    if (!isSame) this.#worker.rowsOf(before.jobId, before.traceId).setTime("sessionLimitCleared", before.limitedUntil);
  }

  #identity(): Pick<SessionStanding, "jobId" | "traceId"> {
    return { jobId: this.#attempt?.description.id ?? "", traceId: this.#attempt?.traceId ?? traceIdOf() };
  }

  /** By the queue's clock, as every row of an attempt. */
  #queueSeconds(millis: number): number {
    return (millis + (this.#attempt?.lease.queueOffsetMillis ?? 0)) / 1_000;
  }

  #record(
    name: (typeof EVENTS)["sessionDied" | "sessionLimited" | "sessionRecovered"],
    facts: SessionFacts,
    data: Readonly<Record<string, JsonValue>>,
  ): void {
    const last = this.#attempt?.snapshot ?? this.#worker.attempts.read();
    this.#worker.telemetry.record(name, {
      jobId: this.#attempt?.description.id,
      traceId: this.#attempt?.traceId ?? this.#standing?.traceId,
      data: {
        ...data,
        session_id: facts.sessionId ?? null,
        last_job_id: last?.jobId ?? null,
        last_phase: last?.phase ?? null,
      },
    });
  }
}
