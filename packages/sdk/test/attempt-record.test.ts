import { afterEach, describe, expect, it } from "vitest";
import type { JobFault } from "../src/testing/index.ts";
import { day, type WorkerBench, workerBench } from "./worker-bench.ts";

let bench: WorkerBench;
afterEach(() => bench.close());

const lost: JobFault = { throws: new TypeError("fetch failed") };

describe("R9.1: worker_job_attempt", () => {
  it.each<[string, readonly JobFault[], string]>([
    ["ok", [], "completed"],
    ["rejected", [{ result: { ok: false, status: "rejected", error: "other" } }], "stuck"],
    ["unknown", [lost, lost], "stuck"],
    ["not_found", [{ result: { ok: false, error: "job_not_found" } }], "stuck"],
  ])("says complete_status %s, with the attempt's check, phase and times", async (status, faults, state) => {
    bench = await workerBench();
    bench.service.add({ id: "J1", deliverableId: "D1" });
    for (const fault of faults) bench.service.fault("complete", fault);
    await bench.through(bench.watchdog.heartbeat((beat) => day(bench, beat))).catch(() => {});
    const records = bench.journal.records({ kind: "worker_job_attempt" });
    expect(new Set(records.map(({ id }) => id)).size).toBe(1);
    expect(records[0]?.data).toMatchObject({ state: "running", phase: "claim", complete_status: null });
    const { data } = records.at(-1) as (typeof records)[number];
    expect(data).toMatchObject({ state, phase: "complete", complete_status: status });
    expect(data["primary_artifact_ref"]).toEqual(expect.any(String));
    expect(data["completed"] === null).toBe(status !== "ok");
  });
});
