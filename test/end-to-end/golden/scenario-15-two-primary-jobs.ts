/** Scenario 15: two primary jobs in one heartbeat. */
import { expect, it } from "vitest";
import { incidents, newest } from "./attempt-rows.ts";
import type { GoldenStack } from "./golden-stack.ts";

/** Registers the scenario's tests. */
export function twoPrimaryJobs(golden: () => GoldenStack): void {
  it.concurrent("scenario 15: a second claim in one heartbeat is refused by the library before the queue is asked; one attempt is exported, and no incident", async () => {
    const { found, query, pool: open } = golden();
    const pool = await open("second-claim");
    pool.add("A", "B");
    const worker = await pool.start("w", { CLAIMS: "2", PHASES: "context,artifact,complete", HEARTBEATS: "1" });
    await worker.says("claim refused: second_primary_job");
    await worker.says("completed A");
    expect(await worker.ended).toBe(0);
    expect(pool.service.calls("claim")).toBe(1);
    expect(pool.service.state("B")).toBe("pending");
    await found("the completion", newest(pool, "claimSettledAt"));
    expect(await query(newest(pool, "claimStartedAt"))).toMatchObject([{ labels: { job_id: "A" } }]);
    expect(await query(incidents(pool))).toEqual([]);
  });

  it.concurrent("scenario 15: a claim that was given up gets a job beside the one that its retry got: the incident multiple_primary_jobs (late_claim) is exported, and the worker keeps the one", async () => {
    const { found, query, pool: open } = golden();
    const pool = await open("late-claim");
    pool.add("A", "B");
    let answer: () => void = () => {};
    pool.service.fault("claim", {
      answersAfter: new Promise((resolve) => {
        answer = resolve;
      }),
    });
    const worker = await pool.start("w", {
      PHASES: "context,build,artifact,complete",
      STAY_IN: "build",
      HELPERS: "renew",
      HEARTBEATS: "1",
    });
    await worker.says("claimed B");
    await worker.says("build");
    expect(await query(incidents(pool, "multiple_primary_jobs"))).toEqual([]);
    answer();
    const [row] = await found("the incident", incidents(pool, "multiple_primary_jobs"));
    expect(row).toMatchObject({ value: 1, labels: { worker_id: "w", reason: "late_claim" } });
    expect(["A", "B"].map((job) => pool.service.state(job))).toEqual(["running", "running"]);
    worker.signal("SIGUSR2");
    await worker.says("completed B");
    expect(await query(newest(pool, "claimStartedAt"))).toMatchObject([{ labels: { job_id: "B" } }]);
  });
}
