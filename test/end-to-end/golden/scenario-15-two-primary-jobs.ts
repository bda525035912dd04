/** Scenario 15: two primary jobs in one heartbeat. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { incidents, newest, newestOfOpen } from "./attempt-rows.ts";
import { expectPage } from "./expect-page.ts";
import { goldenPolicy } from "./golden-policy.ts";
import type { GoldenStack } from "./golden-stack.ts";

const { clock_offset_warn_seconds: SLACK_SECONDS } = goldenPolicy.thresholds;
const FOREIGN = join(import.meta.dirname, "foreign-worker.sh");

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

  it.concurrent("scenario 15: a claim that was given up gets a job beside the one that its retry got: the incident multiple_primary_jobs (late_claim) is exported, and the worker keeps the one; page 13", async () => {
    const { found, inbox, query, pool: open } = golden();
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
    await expectPage(inbox, pool.name, {
      alert: "multiple_primary_jobs",
      worker: "w",
      trace: row?.labels["trace_id"],
      reason: "late_claim",
    });
    expect(["A", "B"].map((job) => pool.service.state(job))).toEqual(["running", "running"]);
    worker.signal("SIGUSR2");
    await worker.says("completed B");
    expect(await query(newest(pool, "claimStartedAt"))).toMatchObject([{ labels: { job_id: "B" } }]);
  });

  it.concurrent("scenario 15: a worker in plain sh, without the library, claims two jobs and works on both: page 13 names each of them, once", async () => {
    const { found, inbox, pool: open } = golden();
    const pool = await open("foreign");
    pool.add("F1", "F2");
    const both = await pool.start("sh-both", { CLAIMS: "2" }, FOREIGN);
    await both.says("claimed F2");
    const claims = await found("both claims", `count(${newestOfOpen(pool, "claimStartedAt")}) == 2`).then(() =>
      found("the claims", newestOfOpen(pool, "claimStartedAt")),
    );
    for (const { labels } of claims) {
      await expectPage(inbox, pool.name, {
        alert: "multiple_primary_jobs",
        worker: "sh-both",
        job: labels["job_id"],
        trace: labels["trace_id"],
        reason: "held_at_once",
      });
    }
    expect(claims.map(({ labels }) => labels["job_id"]).sort()).toEqual(["F1", "F2"]);
    expect(inbox.told(pool.name)).toEqual(["MultiplePrimaryJobs:sh-both:firing"]);
    both.signal("SIGKILL");
  });

  it.concurrent("scenario 15: a worker in plain sh that is killed in its first job, and claims another with no memory of the first, is no page 13", async () => {
    const { found, inbox, pool: open } = golden();
    const pool = await open("foreign-restarted");
    pool.add("F3", "F4");
    const first = await pool.start("w", { CLAIMS: "1" }, FOREIGN);
    await found("the first claim", newestOfOpen(pool, "claimStartedAt"));
    const second = await pool.start("w", { CLAIMS: "1", AFTER: String(first.pid) }, FOREIGN);
    first.signal("SIGKILL");
    await first.ended;
    await second.says("claimed F4");
    const claims = newestOfOpen(pool, "claimStartedAt");
    await found("time enough for a page", `count(${claims}) == 2 and min(time() - ${claims}) > ${2 * SLACK_SECONDS}`);
    expect(inbox.told(pool.name).filter((alert) => alert.startsWith("MultiplePrimaryJobs"))).toEqual([]);
  });
}
