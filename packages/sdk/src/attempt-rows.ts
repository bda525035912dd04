/** The rows of one attempt: written once or only rising, and dropped together when the attempt is of no more use to an exporter. */
import type { Clock } from "./clock.ts";
import type { RowOwner, RowTable } from "./row-table.ts";
import { ATTRIBUTES, type IncidentKind, type IncidentReason, type RowMetricKey } from "./semconv/index.ts";

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

interface IncidentCount {
  readonly kind: IncidentKind;
  readonly reason: string;
  readonly attributes: Readonly<Record<string, string>>;
  count: number;
  cleared: number;
}

/** Writes the rows of one attempt, or of one worker's trouble before a claim. */
export class AttemptRows {
  readonly #table: RowTable;
  readonly #clock: Clock;
  readonly #attributes: Readonly<Record<string, string>>;
  readonly #incidents = new Map<string, IncidentCount>();
  readonly #owner: RowOwner = { dropAtMillis: Number.POSITIVE_INFINITY };

  constructor(table: RowTable, clock: Clock, identity: AttemptIdentity) {
    this.#table = table;
    this.#clock = clock;
    this.#attributes = {
      [ATTRIBUTES.workerPool.key]: identity.workerPool,
      [ATTRIBUTES.workerId.key]: identity.workerId,
      [ATTRIBUTES.jobId.key]: identity.jobId,
      [ATTRIBUTES.traceId.key]: identity.traceId,
    };
  }

  /** Sets one of the attempt's time rows, in unix seconds. */
  setTime(metric: RowMetricKey, seconds: number, urgency: "urgent" | "routine" = "urgent"): void {
    this.#linger();
    this.#table.set(metric, this.#attributes, seconds, this.#owner, { urgency });
  }

  /** Counts one incident that is final. */
  incident<K extends IncidentKind>(kind: K, reason: IncidentReason<K>): void {
    const key = `${kind} ${reason}`;
    let incident = this.#incidents.get(key);
    if (incident === undefined) {
      const attributes = {
        ...this.#attributes,
        [ATTRIBUTES.incidentKind.key]: kind,
        [ATTRIBUTES.incidentReason.key]: reason,
      };
      incident = { kind, reason, attributes, count: 0, cleared: 0 };
      this.#incidents.set(key, incident);
    }
    incident.count += 1;
    this.#linger();
    this.#table.set("claimIncidents", incident.attributes, incident.count, this.#owner, { urgency: "urgent" });
  }

  /** Whether an incident of this kind is open. */
  isOpen(kind: IncidentKind): boolean {
    for (const incident of this.#incidents.values()) {
      if (incident.kind === kind && incident.cleared < incident.count) return true;
    }
    return false;
  }

  /** Closes the open incidents of these kinds. */
  clear(...kinds: readonly IncidentKind[]): void {
    for (const incident of this.#incidents.values()) if (kinds.includes(incident.kind)) this.#close(incident);
  }

  /** Closes the open incidents of one kind and reason. */
  clearReason<K extends IncidentKind>(kind: K, reason: IncidentReason<K>): void {
    const incident = this.#incidents.get(`${kind} ${reason}`);
    if (incident !== undefined) this.#close(incident);
  }

  #close(incident: IncidentCount): void {
    if (incident.cleared === incident.count) return;
    incident.cleared = incident.count;
    this.#linger();
    this.#table.set("claimIncidentsCleared", incident.attributes, incident.count, this.#owner, { urgency: "urgent" });
  }

  /** Keeps the rows until `untilMillis` (unix milliseconds) and a while longer. */
  keepUntil(untilMillis: number): void {
    this.#owner.dropAtMillis = untilMillis + ROW_LINGER_MILLIS;
  }

  // What is said after the rows' time, such as a rejection of a late complete, must still go out.
  #linger(): void {
    this.#owner.dropAtMillis = Math.max(this.#owner.dropAtMillis, this.#clock.now() + ROW_LINGER_MILLIS);
  }
}
