/** What every part of one worker's watchdog shares: its options, telemetry, rows and verdicts. */
import { type Attributes, type Context, context, trace } from "@opentelemetry/api";
import type { ArtifactGate } from "../artifact/index.ts";
import { AttemptRows, memoryTallies, type TallyStore } from "../attempt/attempt-rows.ts";
import { AttemptStore } from "../attempt/attempt-store.ts";
import { JournalSwitch } from "../journal/journal-switch.ts";
import { recordId } from "../journal/record-id.ts";
import { redactingJournal } from "../journal/redacting-journal.ts";
import { ClockOffset } from "../lease/clock-offset.ts";
import type { CallBounds } from "../phase/bounded-call.ts";
import { PhaseRunner } from "../phase/phase-runner.ts";
import { compilePassExpression } from "../policy/pass-expression.ts";
import { KEPT_ROWS, RowTable } from "../rows/row-table.ts";
import { WorkerControl } from "../run-control/worker-control.ts";
import { ATTRIBUTES, type ClaimOutcome, PHASES, type RecordFields, type RecordKind } from "../semconv/index.ts";
import { RedactedSecrets } from "./redacted-secrets.ts";
import { Telemetry } from "./telemetry.ts";
import type { CheckedOptions } from "./watchdog-options.ts";

const alwaysPasses = (): boolean => true;

/** One worker. */
export class WorkerContext<P> {
  readonly options: CheckedOptions<P>;
  readonly table: RowTable;
  readonly telemetry: Telemetry;
  readonly runner: PhaseRunner;
  readonly gate: ArtifactGate;
  readonly journal: JournalSwitch;
  readonly attempts: AttemptStore;
  readonly clockOffset: ClockOffset<P>;
  readonly control: WorkerControl<P>;
  /** What leaves the library goes through it. */
  readonly secrets: RedactedSecrets<P>;
  /** Attributes of the rows that are of the worker itself, and of no job. */
  readonly rowAttributes: Readonly<Record<string, string>>;
  #hasBegun = false;
  #countClaim: (outcome: ClaimOutcome) => void = (outcome) => this.telemetry.countClaim(outcome);
  readonly #passes: ReadonlyMap<string, (result: unknown) => boolean>;

  constructor(options: CheckedOptions<P>, gate: ArtifactGate) {
    const { policy, clock } = options;
    this.secrets = new RedactedSecrets(this);
    const { outgoing } = this.secrets;
    const worker = outgoing.fields(options.worker, "row");
    const journal = new JournalSwitch(redactingJournal(options.journal, outgoing));
    this.options = { ...options, worker, journal };
    this.journal = journal;
    this.gate = gate;
    this.table = new RowTable(() => clock.now());
    this.telemetry = new Telemetry(clock, journal, worker, outgoing);
    this.attempts = new AttemptStore(journal, worker, clock, (error) => this.telemetry.failed(error));
    const spanAttributes: Attributes = {
      [ATTRIBUTES.workerPool.key]: worker.pool,
      [ATTRIBUTES.workerId.key]: worker.id,
      [ATTRIBUTES.workerRole.key]: worker.role,
    };
    this.clockOffset = new ClockOffset(this);
    this.control = new WorkerControl(this);
    this.runner = new PhaseRunner(this.telemetry, clock, spanAttributes, { observer: this.control.observer() });
    this.rowAttributes = { [ATTRIBUTES.workerPool.key]: worker.pool, [ATTRIBUTES.workerId.key]: worker.id };
    const passes = new Map<string, (result: unknown) => boolean>();
    for (const phase of PHASES) {
      const { pass } = policy.checks[phase];
      if (pass !== undefined) passes.set(phase, compilePassExpression(pass));
    }
    this.#passes = passes;
    this.secrets.tell();
  }

  /** The verdict of the policy's pass expression; a phase without one passes when its function returns. */
  passes(phase: string): (result: unknown) => boolean {
    return this.#passes.get(phase) ?? alwaysPasses;
  }

  /** Bound of a job service's command, in milliseconds. */
  get commandTimeoutMillis(): number {
    return this.options.policy.thresholds.job_command_timeout_seconds * 1_000;
  }

  /** Bounds of a call of the library's own to the job service. */
  bounds(parent: Context, signal?: AbortSignal): CallBounds {
    return { clock: this.options.clock, timeoutMillis: this.commandTimeoutMillis, parent, signal };
  }

  /** Unix seconds by the worker's clock. */
  nowSeconds(): number {
    return this.options.clock.now() / 1_000;
  }

  /** Writes one record; what can not be written is counted, and stops the next phase (R7.3). */
  write<K extends RecordKind>(
    kind: K,
    record: {
      readonly id?: string | undefined;
      readonly jobId?: string | undefined;
      readonly traceId?: string | undefined;
      readonly data: RecordFields<K>;
    },
  ): void {
    const { journal, worker, clock } = this.options;
    this.telemetry.guard(() =>
      journal.append({
        kind,
        id: record.id ?? recordId(),
        atMillis: clock.now(),
        workerPool: worker.pool,
        workerId: worker.id,
        jobId: record.jobId,
        traceId: record.traceId,
        data: record.data,
      }),
    );
  }

  /** A job's id as rows carry it. */
  exportedId(jobId: string): string {
    return this.secrets.outgoing.text(jobId, "row");
  }

  /** Rows of the worker beside those of the attempt that it works on; without `tallies` they live with the process. */
  rowsOf(jobId: string, traceId: string, tallies: TallyStore = memoryTallies()): AttemptRows {
    const { worker, clock } = this.options;
    const identity = { workerPool: worker.pool, workerId: worker.id, jobId: this.exportedId(jobId), traceId };
    return new AttemptRows(this.table, clock, identity, {
      ...tallies,
      changed: (kind, reason, state) => this.recordIncident(identity, kind, reason, state),
    });
  }

  /** Writes the record of an incident that opened or was closed. */
  recordIncident(
    of: { readonly jobId: string; readonly traceId: string },
    kind: string,
    reason: string,
    state: "open" | "closed",
  ): void {
    const { jobId, traceId } = of;
    this.write("watchdog_incident", {
      jobId: jobId === "" ? undefined : jobId,
      traceId,
      data: { class: kind, reason, evidence: `attempt:${traceId}`, state, owner: null },
    });
  }

  /** Counts one claim. */
  countClaim(outcome: ClaimOutcome): void {
    this.#countClaim(outcome);
  }

  /** Counts claims elsewhere than with OpenTelemetry's counter, which starts with the process. */
  useClaimTotals(count: (outcome: ClaimOutcome) => void): void {
    this.#countClaim = count;
  }

  /** A sign of life. */
  alive(): void {
    const atMillis = this.options.clock.now();
    if (!this.#hasBegun) this.#begin(atMillis);
    this.table.set("aliveAt", this.rowAttributes, atMillis / 1_000, KEPT_ROWS, { atMillis });
  }

  /** The first sign of life of this process: since when it is there, and with which role. */
  #begin(atMillis: number): void {
    this.#hasBegun = true;
    const attributes = { ...this.rowAttributes, [ATTRIBUTES.workerRole.key]: this.options.worker.role };
    this.table.set("startedAt", attributes, atMillis / 1_000, KEPT_ROWS, { atMillis });
  }

  /** The worker asked for a job. */
  polled(): void {
    this.table.set("claimPolledAt", this.rowAttributes, this.nowSeconds(), KEPT_ROWS);
  }

  /** The count of consecutive empty claims. */
  noJobStreak(streak: number): void {
    this.table.set("noJobStreak", this.rowAttributes, streak, KEPT_ROWS, { urgency: "urgent", mayFall: true });
  }

  /** The worker signed off with no job held. */
  stopped(): void {
    this.alive();
    this.table.set("stoppedAt", this.rowAttributes, this.nowSeconds(), KEPT_ROWS, { urgency: "urgent" });
  }
}

/** Trace id of a context, or random where no SDK is registered: attempts must stay apart all the same. */
export function traceIdOf(active: Context = context.active()): string {
  const span = trace.getSpanContext(active);
  if (span !== undefined && !/^0*$/.test(span.traceId)) return span.traceId;
  return crypto.randomUUID().replaceAll("-", "");
}
