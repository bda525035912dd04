/** Phases that failed before there was a job: one open incident a phase, however often it goes on failing, and over restarts. */
import type { AttemptRows } from "../attempt/attempt-rows.ts";
import { type IncidentTallies, incidentTalliesFrom } from "../attempt/incident-tally.ts";
import { type JsonValue, workerScope } from "../journal/journal.ts";
import { ownField } from "../own-field.ts";
import { phaseReason } from "../phase/phase-name.ts";
import type { WorkerContext } from "../worker/worker-context.ts";

const KEY = "trouble";

interface Trouble {
  readonly traceId: string;
  readonly tallies: IncidentTallies;
  readonly rows: AttemptRows;
}

/** The open trouble of one worker. */
export class WorkerTrouble<P> {
  readonly #worker: WorkerContext<P>;
  readonly #troubles = new Map<string, Trouble>();

  constructor(worker: WorkerContext<P>) {
    this.#worker = worker;
    worker.telemetry.guard(() => this.#restore());
  }

  /** A phase failed for good in the heartbeat with this trace. */
  failed(phase: string, traceId: string): void {
    let trouble = this.#troubles.get(phase);
    // Within one trace the count goes on: a second 1 beside a cleared 1 would page nobody.
    if (trouble === undefined || (isOver(trouble) && trouble.traceId !== traceId)) {
      trouble = this.#trouble(traceId, {});
      this.#troubles.set(phase, trouble);
    }
    trouble.rows.incident("phase_failed", phaseReason(phase));
  }

  /** A phase passed: its trouble, where there was any, is over. */
  passed(phase: string): void {
    const trouble = this.#troubles.get(phase);
    if (trouble === undefined || isOver(trouble)) return;
    trouble.rows.keepUntil(this.#worker.options.clock.now());
    trouble.rows.clear("phase_failed");
  }

  /** A receiver knows of all that is over: it is forgotten, but for that of the heartbeat that goes on. */
  delivered(currentTraceId: string | undefined): void {
    for (const [phase, trouble] of this.#troubles)
      if (isOver(trouble) && trouble.traceId !== currentTraceId) this.#troubles.delete(phase);
    this.#save();
  }

  /** Rows of the worker that belong to no job. */
  rowsOf(traceId: string): AttemptRows {
    return this.#worker.rowsOf("", traceId);
  }

  #trouble(traceId: string, tallies: IncidentTallies): Trouble {
    const rows = this.#worker.rowsOf("", traceId, {
      read: () => tallies,
      change: (apply) => {
        apply(tallies);
        this.#save();
      },
    });
    return { traceId, tallies, rows };
  }

  #save(): void {
    const { journal, telemetry, options } = this.#worker;
    if (!journal.isDurable) return;
    const entries = [...this.#troubles].map(([phase, { traceId, tallies }]) => [phase, { traceId, tallies }]);
    const stored = Object.fromEntries(entries) as unknown as JsonValue;
    telemetry.guard(() => journal.set(workerScope(options.worker), KEY, entries.length === 0 ? undefined : stored));
  }

  #restore(): void {
    const { journal, options } = this.#worker;
    const stored = journal.get(workerScope(options.worker), KEY);
    if (typeof stored !== "object" || stored === null) return;
    for (const [phase, value] of Object.entries(stored)) {
      const traceId = ownField(value, "traceId");
      if (typeof traceId !== "string") continue;
      const trouble = this.#trouble(traceId, incidentTalliesFrom(ownField(value, "tallies") as JsonValue | undefined));
      this.#troubles.set(phase, trouble);
      trouble.rows.writeIncidents();
      if (isOver(trouble)) trouble.rows.keepUntil(options.clock.now());
    }
  }
}

function isOver({ tallies }: Trouble): boolean {
  return Object.values(tallies).every(({ count, cleared }) => cleared >= count);
}
