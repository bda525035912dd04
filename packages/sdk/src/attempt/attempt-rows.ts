/** The rows of one attempt: written once or only rising, and dropped together when the attempt is of no more use to an exporter. */

import type { Clock } from "../clock.ts";
import type { RowOwner, RowTable } from "../rows/row-table.ts";
import { ATTRIBUTES, type IncidentKind, type IncidentReason, type RowMetricKey } from "../semconv/index.ts";
import type { IncidentTallies } from "./incident-tally.ts";

/** How long rows stay after they last said something new, so that a slow exporter still reads them. */
export const ROW_LINGER_MILLIS = 60_000;

/** What tells one attempt from every other. */
export interface AttemptIdentity {
  readonly workerPool: string;
  readonly workerId: string;
  /** Empty for what happens before a claim: Prometheus knows no empty label. */
  readonly jobId: string;
  readonly traceId: string;
}

/** Where the tallies are kept. */
export interface TallyStore {
  /** The tallies as they are now. */
  read(): Readonly<IncidentTallies>;
  /** Changes them; `apply` may run twice, on different tallies. */
  change(apply: (tallies: IncidentTallies) => void): void;
  /** Told of each incident that opened or was closed. */
  changed?(kind: IncidentKind, reason: string, state: "open" | "closed"): void;
}

/** Tallies that live with the process. */
export function memoryTallies(tallies: IncidentTallies = {}): TallyStore {
  return { read: () => tallies, change: (apply) => apply(tallies) };
}

/** Writes the rows of one attempt, or of one worker's trouble before a claim. */
export class AttemptRows {
  readonly #table: RowTable;
  readonly #clock: Clock;
  readonly #attributes: Readonly<Record<string, string>>;
  readonly #incidentAttributes = new Map<string, Readonly<Record<string, string>>>();
  readonly #tallies: TallyStore;
  #saidAtMillis = 0;
  readonly #owner: RowOwner = { dropAtMillis: Number.POSITIVE_INFINITY };

  constructor(table: RowTable, clock: Clock, identity: AttemptIdentity, tallies: TallyStore = memoryTallies()) {
    this.#table = table;
    this.#clock = clock;
    this.#tallies = tallies;
    this.#attributes = {
      [ATTRIBUTES.workerPool.key]: identity.workerPool,
      [ATTRIBUTES.workerId.key]: identity.workerId,
      [ATTRIBUTES.jobId.key]: identity.jobId,
      [ATTRIBUTES.traceId.key]: identity.traceId,
    };
  }

  /** Sets one of the attempt's time rows, in unix seconds. */
  setTime(metric: RowMetricKey, seconds: number, urgency: "urgent" | "routine" = "urgent"): void {
    const atMillis = this.#linger();
    this.#table.set(metric, this.#attributes, seconds, this.#owner, { urgency, atMillis });
  }

  /** Counts one incident that is final. */
  incident<K extends IncidentKind>(kind: K, reason: IncidentReason<K>): void {
    const key = `${kind} ${reason}`;
    this.#tallies.change((tallies) => {
      const { count = 0, cleared = 0 } = tallies[key] ?? {};
      tallies[key] = { count: count + 1, cleared };
    });
    this.writeIncidents();
    this.#tallies.changed?.(kind, reason as string, "open");
  }

  /** Whether an incident of this kind, or of this kind and reason, is open. */
  isOpen<K extends IncidentKind>(kind: K, reason?: IncidentReason<K>): boolean {
    return (
      this.#open((key) => (reason === undefined ? key.startsWith(`${kind} `) : key === `${kind} ${reason}`)).length > 0
    );
  }

  /** Closes the open incidents of these kinds. */
  clear(...kinds: readonly IncidentKind[]): void {
    this.#close((key) => kinds.some((kind) => key.startsWith(`${kind} `)));
  }

  /** Closes the open incidents of one kind and reason. */
  clearReason<K extends IncidentKind>(kind: K, reason: IncidentReason<K>): void {
    // Asked with every phase that passes, of attempts that hardly ever have one.
    if (this.#hasNone()) return;
    this.#close((key) => key === `${kind} ${reason}`);
  }

  /** Writes the rows of every tally: a change, or all of them after a restart. */
  writeIncidents(): void {
    this.#linger();
    for (const [key, { count, cleared }] of Object.entries(this.#tallies.read())) {
      const attributes = this.#attributesOf(key);
      this.#table.set("claimIncidents", attributes, count, this.#owner, { urgency: "urgent" });
      if (cleared > 0)
        this.#table.set("claimIncidentsCleared", attributes, cleared, this.#owner, { urgency: "urgent" });
    }
  }

  /** Keeps the rows until `untilMillis` (unix milliseconds) and a while longer. */
  keepUntil(untilMillis: number): void {
    this.#owner.dropAtMillis = Math.max(untilMillis, this.#saidAtMillis) + ROW_LINGER_MILLIS;
  }

  #open(matches: (key: string) => boolean): readonly string[] {
    return Object.entries(this.#tallies.read())
      .filter(([key, { count, cleared }]) => cleared < count && matches(key))
      .map(([key]) => key);
  }

  #close(matches: (key: string) => boolean): void {
    const open = this.#open(matches);
    if (open.length === 0) return;
    this.#tallies.change((tallies) => {
      for (const key of open) {
        const { count = 0 } = tallies[key] ?? {};
        tallies[key] = { count, cleared: count };
      }
    });
    this.writeIncidents();
    for (const key of open) {
      const [kind, reason = ""] = key.split(" ");
      this.#tallies.changed?.(kind as IncidentKind, reason, "closed");
    }
  }

  #hasNone(): boolean {
    for (const _ in this.#tallies.read()) return false;
    return true;
  }

  #attributesOf(key: string): Readonly<Record<string, string>> {
    let attributes = this.#incidentAttributes.get(key);
    if (attributes === undefined) {
      const [kind = "", reason = ""] = key.split(" ");
      attributes = {
        ...this.#attributes,
        [ATTRIBUTES.incidentKind.key]: kind,
        [ATTRIBUTES.incidentReason.key]: reason,
      };
      this.#incidentAttributes.set(key, attributes);
    }
    return attributes;
  }

  // What is said after the rows' time, such as a rejection of a late complete, must still go out.
  #linger(): number {
    const nowMillis = this.#clock.now();
    this.#saidAtMillis = nowMillis;
    this.#owner.dropAtMillis = Math.max(this.#owner.dropAtMillis, nowMillis + ROW_LINGER_MILLIS);
    return nowMillis;
  }
}
