/** Counts consecutive empty claims, and proposes a repair when there have been too many (R4 alert 5, R6). */
import type { Context } from "@opentelemetry/api";
import { type JsonValue, workerScope } from "../journal/journal.ts";
import { storedCount } from "../own-field.ts";
import { boundedCall } from "../phase/bounded-call.ts";
import { failureOfError } from "../phase/phase-failure.ts";
import { repairFor, repairRow } from "../repair/repair-table.ts";
import { carryOut } from "../repair/repairs.ts";
import { EVENTS } from "../semconv/index.ts";
import type { WorkerContext } from "../worker/worker-context.ts";
import { BacklogRows } from "./backlog-rows.ts";

/** Where the journal keeps the count. */
const STREAK_KEY = "no_job_streak";
const MAX_FACTS = 20;
const MAX_TEXT = 200;

/** The streak of one worker, kept in its journal over restarts. */
export class NoJobStreak<P> {
  readonly #worker: WorkerContext<P>;
  readonly #backlog: BacklogRows<P>;
  #streak: number;

  constructor(worker: WorkerContext<P>) {
    this.#worker = worker;
    this.#backlog = new BacklogRows(worker);
    const { journal, worker: identity } = worker.options;
    const stored = worker.telemetry.guard(() => journal.get(workerScope(identity), STREAK_KEY));
    this.#streak = storedCount(stored);
  }

  /** Whether a repair is proposed for this streak: open until a claim gets a job. */
  get isProposalOpen(): boolean {
    const { thresholds, self_heal } = this.#worker.options.policy;
    return (
      this.#streak >= thresholds.repeated_no_job_warn_count && repairFor("repeated_no_job", self_heal) !== undefined
    );
  }

  /** A claim got a job. */
  end(): void {
    this.#backlog.forget();
    this.#set(0);
  }

  /** A claim got no job: asks what the queue holds, and proposes a repair once a streak. */
  async extend(parent: Context, traceId: string): Promise<void> {
    const { policy, worker } = this.#worker.options;
    this.#set(this.#streak + 1);
    const backlog = await this.#ask(parent);
    const row = repairRow("repeated_no_job");
    if (this.#streak !== policy.thresholds.repeated_no_job_warn_count || row === undefined) return;
    const proposal = {
      no_job_streak: this.#streak,
      worker_role: worker.role,
      worker_pool: worker.pool,
      proposed_action: "inspect_backlog_capabilities",
      ...backlog,
    };
    const details = { traceId, phase: "claim", data: { no_job_streak: this.#streak } };
    await carryOut(this.#worker, row, details, () => {
      this.#worker.telemetry.record(EVENTS.noJobProposal, { traceId, data: proposal });
      // A proposal is made, and waits for a person: page 5 tells one.
      return "needs_human";
    });
  }

  #set(streak: number): void {
    const { journal, worker } = this.#worker.options;
    if (streak !== this.#streak)
      this.#worker.telemetry.guard(() => journal.set(workerScope(worker), STREAK_KEY, streak));
    this.#streak = streak;
    this.#worker.noJobStreak(streak);
  }

  /** What the queue holds, as flat bounded facts. Asked with each empty claim: once a heartbeat, of a worker with nothing else to do. */
  async #ask(parent: Context): Promise<Readonly<Record<string, JsonValue>>> {
    const { helper } = this.#worker.options;
    if (helper.backlog === undefined) return { backlog: "unknown" };
    try {
      const result = await boundedCall(this.#worker.bounds(parent), helper.backlog);
      this.#backlog.heard(result);
      return facts(result);
    } catch (error) {
      this.#backlog.forget();
      return { backlog: "unreadable", backlog_failure: failureOfError(error).code };
    }
  }
}

function facts(result: unknown): Readonly<Record<string, JsonValue>> {
  const found: Record<string, JsonValue> = {};
  if (typeof result !== "object" || result === null) return found;
  for (const [key, value] of Object.entries(result).slice(0, MAX_FACTS)) {
    const name = `backlog_${key.slice(0, 60)}`;
    if (typeof value === "string") found[name] = value.slice(0, MAX_TEXT);
    else if (typeof value === "number" || typeof value === "boolean") found[name] = value;
    else if (Array.isArray(value))
      found[name] = value.slice(0, MAX_FACTS).map((entry) => String(entry).slice(0, MAX_TEXT));
  }
  return found;
}
