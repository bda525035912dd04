/** Removes what a journal no longer has to keep: a little at a time, oldest first, so that no writer waits for it. */
import { runScope, workerScope } from "@worker-watchdog/sdk";
import type { Connection } from "./connection.ts";

/** How long a journal keeps what it holds. */
export interface JournalRetention {
  /** A record is kept this long, and the state of a worker or job after it was last written, in days. Default: the policy's, 30. */
  readonly maxDays?: number | undefined;
  /** Most records that are kept, however young. Default: the policy's, 200,000. */
  readonly maxRecords?: number | undefined;
  /** How long records that were appended once, and the state of runs, are kept, in days. Default: the policy's, 400. */
  readonly onceDays?: number | undefined;
}

/** A retention with its defaults filled in. */
export type RetentionLimits = { readonly [K in keyof JournalRetention]-?: number };

/** What one call removed. */
export interface PruneReport {
  readonly removedRecords: number;
  /** Scopes of workers, jobs and runs whose state was removed. */
  readonly removedScopes: number;
  /** Whether it came to an end; call again where it did not. */
  readonly isComplete: boolean;
}

const DAY_MILLIS = 86_400_000;
/** Free pages that are left for new records; giving space back to take it again is work for nothing. */
const SPARE_PAGES = 512;

/** The retention of one journal. */
export class Retention {
  readonly #connection: Connection;
  readonly #limits: RetentionLimits;

  constructor(connection: Connection, limits: RetentionLimits) {
    this.#connection = connection;
    this.#limits = limits;
  }

  /** Whether the oldest record is to be removed: a look, for when nothing is. */
  isDue(nowMillis: number): boolean {
    const oldest = this.#connection.get(
      `SELECT seq, CAST(stored_millis AS REAL) AS stored, (SELECT max(seq) FROM record) AS newest
      FROM record WHERE seq > (SELECT removable_seq FROM retention) ORDER BY seq LIMIT 1`,
    );
    if (oldest === undefined) return false;
    const { seq, stored, newest } = oldest;
    return (
      Number(seq) <= Number(newest) - this.#limits.maxRecords ||
      Number(stored) < nowMillis - this.#limits.maxDays * DAY_MILLIS
    );
  }

  /** Removes at most `batch` records of each kind and looks at as many scopes. */
  prune(nowMillis: number, batch: number): PruneReport {
    const before = nowMillis - this.#limits.maxDays * DAY_MILLIS;
    const onceBefore = nowMillis - this.#limits.onceDays * DAY_MILLIS;
    const report = this.#connection.transaction(() => {
      const at = this.#connection.get("SELECT removable_seq, state_cursor FROM retention");
      const records = this.#records(Number(at?.["removable_seq"] ?? 0), before, onceBefore, batch);
      const scopes = this.#scopes(String(at?.["state_cursor"] ?? ""), before, onceBefore, batch);
      return {
        removedRecords: records.removed,
        removedScopes: scopes.removed,
        isComplete: records.isComplete && scopes.isComplete,
      };
    });
    const free = Number(this.#connection.get("PRAGMA freelist_count")?.["freelist_count"]);
    if (free > SPARE_PAGES) this.#connection.exec(`PRAGMA incremental_vacuum(${Math.min(batch, free - SPARE_PAGES)})`);
    return report;
  }

  /** From the oldest on, up to the first that is to be kept; what was appended once is passed over, and goes when its own time is over. */
  #records(from: number, before: number, onceBefore: number, batch: number): Done {
    const connection = this.#connection;
    const newest = Number(connection.get("SELECT max(seq) AS newest FROM record")?.["newest"] ?? 0);
    const oldest = connection.all(
      "SELECT seq, CAST(stored_millis AS REAL) AS stored FROM record WHERE seq > ? ORDER BY seq LIMIT ?",
      from,
      batch,
    );
    const kept = oldest.findIndex(
      ({ seq, stored }) => Number(seq) > newest - this.#limits.maxRecords && !(Number(stored) < before),
    );
    const last = oldest.at(kept === -1 ? -1 : kept - 1);
    const to = kept === 0 || last === undefined ? from : Number(last["seq"]);
    connection.run("UPDATE retention SET removable_seq = ?, once_before_millis = ?", to, Math.trunc(onceBefore));
    const { changes } = connection.run("DELETE FROM record WHERE seq > ? AND seq <= ? AND once_key IS NULL", from, to);
    const once = connection.run(
      `DELETE FROM record WHERE stored_millis < ? AND once_key IS NOT NULL
      AND seq IN (SELECT seq FROM record WHERE seq <= ? ORDER BY seq LIMIT ?)`,
      Math.trunc(onceBefore),
      to,
      batch,
    );
    return {
      removed: changes + once.changes,
      isComplete: (kept !== -1 || oldest.length < batch) && once.changes < batch,
    };
  }

  /** From the scope that was looked at last, round and round. */
  #scopes(cursor: string, before: number, onceBefore: number, batch: number): Done {
    const connection = this.#connection;
    const scopes = connection.all(
      "SELECT scope, CAST(max(set_millis) AS REAL) AS newest FROM state WHERE scope > ? GROUP BY scope ORDER BY scope LIMIT ?",
      cursor,
      batch,
    );
    let removed = 0;
    let liveWorkers: ReadonlySet<string> | undefined;
    for (const { scope, newest } of scopes) {
      const name = String(scope);
      if (Number(newest) >= (name.startsWith(runScope("")) ? onceBefore : before)) continue;
      // Reads every record, and seldom has to: a worker that lives writes its state.
      liveWorkers ??= this.#liveWorkers();
      if (liveWorkers.has(name)) continue;
      connection.run("DELETE FROM state WHERE scope = ?", name);
      removed += 1;
    }
    const isRound = scopes.length < batch;
    connection.run("UPDATE retention SET state_cursor = ?", isRound ? "" : String(scopes.at(-1)?.["scope"]));
    return { removed, isComplete: isRound };
  }

  /** Scopes of the workers that have left a record within the retention. */
  #liveWorkers(): ReadonlySet<string> {
    const sql = "SELECT DISTINCT worker_pool, worker_id FROM record WHERE once_key IS NULL";
    const rows = this.#connection.all(sql);
    return new Set(rows.map((row) => workerScope({ pool: String(row["worker_pool"]), id: String(row["worker_id"]) })));
  }
}

interface Done {
  readonly removed: number;
  readonly isComplete: boolean;
}
