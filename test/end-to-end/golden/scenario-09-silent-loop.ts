/** Scenario 9: a worker that wakes, touches and claims, and delivers nothing. */
import { EVENTS, METRICS } from "@worker-watchdog/sdk/semconv";
import { expect, it } from "vitest";
import { expectPage, pageOf } from "./expect-page.ts";
import type { GoldenStack } from "./golden-stack.ts";

const SILENT = METRICS.silentHeartbeats.prometheusName;

/** Registers the scenario's tests. */
export function silentLoop(golden: () => GoldenStack): void {
  it.concurrent("scenario 9: worker_silent_heartbeats reaches 3 over a restart, and falls to 0 with a verified artifact; page 8, which ends with it", async () => {
    const { found, inbox, query, pool: open } = golden();
    const pool = await open("silent");
    pool.add("S1", "S2", "S3", "S4");
    const first = await pool.start("w", { PHASES: "", HEARTBEATS: "2" });
    await first.says("claimed S2");
    expect(await first.ended).toBe(0);
    await found("two silent heartbeats", `${pool.series(SILENT)} == 2`);
    const second = await pool.start("w", { PHASES: "", HEARTBEATS: "1" });
    await second.says("claimed S3");
    const [silent] = await found("three silent heartbeats", `${pool.series(SILENT)} == 3`);
    expect(silent?.labels).toMatchObject({ worker_pool: pool.name, worker_id: "w" });
    expect(await second.ended).toBe(0);
    const page = { alert: "silent_loop", worker: "w" } as const;
    await expectPage(inbox, pool.name, page);
    const heartbeats = pool.records("w", { kind: "worker_heartbeat" });
    expect(heartbeats.map(({ data }) => [data["touch_ok"], data["current_job_id"]])).toEqual([
      [true, "S1"],
      [true, "S2"],
      [true, "S3"],
    ]);

    await (await pool.start("w", { PHASES: "context,artifact,complete", HEARTBEATS: "1" })).says("completed S4");
    await found("an artifact", `${pool.series(SILENT)} == 0`);
    await pageOf(inbox, pool.name, page, "resolved");
    expect(await query(`max_over_time(${pool.series(SILENT)}[10m]) > 3`)).toEqual([]);
  });

  it.concurrent("scenario 9: worker_silent_heartbeats never reaches 3 for an idle worker, whose repair proposal is open", async () => {
    const { found, query, pool: open } = golden();
    const pool = await open("idle");
    await pool.start("w", { PHASES: "" });
    await found("many empty claims", `${pool.series(METRICS.noJobStreak.prometheusName)} >= 8`);
    expect(await query(`max_over_time(${pool.series(SILENT)}[10m])`)).toMatchObject([{ labels: { worker_id: "w" } }]);
    expect(await query(`max_over_time(${pool.series(SILENT)}[10m]) >= 3`)).toEqual([]);
    expect(await query(pool.series(SILENT))).toMatchObject([{ value: 0 }]);
    expect(pool.records("w", { name: EVENTS.noJobProposal })).toHaveLength(1);
  });
}
