/** Scenario 14: the journal of a running worker can not be read any more. */
import { DatabaseSync } from "node:sqlite";
import { EVENTS } from "@worker-watchdog/sdk/semconv";
import { expect, it } from "vitest";
import { poll } from "../poll.ts";
import { incidents, openIncidents } from "./attempt-rows.ts";
import { expectPage, pageOf } from "./expect-page.ts";
import type { GoldenStack } from "./golden-stack.ts";

const KIND = "control_store_unreadable";
const STOPPED = "heartbeat ended with journal_unusable";

/** Registers the scenario's tests. */
export function journalUnreadable(golden: () => GoldenStack): void {
  it.concurrent("scenario 14: no new phase runs; the row control_store_unreadable and the event worker.journal.unusable arrive; page 19; it ends once the journal reads", async () => {
    const { found, inbox, query, events, pool: open } = golden();
    const pool = await open("journal-unreadable");
    const worker = await pool.start("w", { PHASES: "", WATCHDOG_RUN_ID: "run-1" });
    await worker.says("heartbeat ended");
    rename(pool.journalFile("w"), "record", "lost");
    await worker.says(STOPPED);
    const stopped = worker.lines.indexOf(STOPPED);

    const [row] = await found("alert 19's row", incidents(pool, KIND));
    expect(row).toMatchObject({ value: 1, labels: { worker_id: "w", kind: KIND, reason: "unreadable" } });
    const page = { alert: "control_store_unreadable", worker: "w" } as const;
    await expectPage(inbox, pool.name, { ...page, trace: row?.labels["trace_id"], reason: "unreadable" });
    const [event] = await poll("the event", async () => {
      const told = await events(pool.name, EVENTS.journalUnusable);
      return told.length > 0 ? told : undefined;
    });
    expect(event?.attributes).toMatchObject({
      "worker.id": "w",
      reason: "unreadable",
      "trace.id": row?.labels["trace_id"],
    });
    await poll("further heartbeats", () =>
      worker.lines.slice(stopped).filter((line) => line === STOPPED).length >= 5 ? true : undefined,
    );
    expect(new Set(worker.lines.slice(stopped))).toEqual(new Set([STOPPED]));
    expect(await query(incidents(pool, KIND))).toMatchObject([{ value: 1 }]);

    rename(pool.journalFile("w"), "lost", "record");
    await poll("phases again", () => (worker.lines.slice(stopped).includes("heartbeat ended") ? true : undefined));
    await poll("the end of alert 19", async () => ((await query(openIncidents(pool))).length === 0 ? true : undefined));
    await pageOf(inbox, pool.name, page, "resolved");
  });
}

function rename(file: string, table: string, to: string): void {
  const database = new DatabaseSync(file, { timeout: 10_000 });
  database.exec(`ALTER TABLE ${table} RENAME TO ${to}`);
  database.close();
}
