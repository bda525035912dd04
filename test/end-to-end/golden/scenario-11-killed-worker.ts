/** Scenario 11: a worker is killed with SIGKILL in each phase; its next process goes on, or another worker takes the job over. */
import { METRICS, PHASES } from "@worker-watchdog/sdk/semconv";
import { expect, it } from "vitest";
import { poll } from "../poll.ts";
import { firing, newest, newestOfOpen, openIncidents } from "./attempt-rows.ts";
import { expectPage, pageOf } from "./expect-page.ts";
import type { GoldenStack } from "./golden-stack.ts";

const BEFORE_THE_JOB = PHASES.slice(0, 3);
/** The nine, and one of the worker's own. */
const WITH_THE_JOB = [...PHASES.slice(3), "render"];
/** What a job goes through; the rest comes after the phase in which the worker is killed. */
const DAY = "context,progress,build,render,upload,artifact,complete";

/** The rows of an attempt that is killed in this phase, beside those that each attempt has. */
const FURTHER_ROWS: Readonly<Record<string, readonly string[]>> = {
  complete: [METRICS.claimArtifactVerifiedAt.prometheusName],
};
const ROWS_OF_EACH = [
  METRICS.claimAliveAt.prometheusName,
  METRICS.claimLeaseExpiresAt.prometheusName,
  METRICS.claimStartedAt.prometheusName,
];

/** Registers the scenario's tests. */
export function killedWorker(golden: () => GoldenStack): void {
  it.concurrent.each(
    [
      ...WITH_THE_JOB.map((phase, index) => ({ phase, restarts: index % 2 === 0 })),
      // Both ways once the gate has passed.
      { phase: "complete", restarts: true },
    ].map((kill) => ({
      ...kill,
      next: kill.restarts ? "its next process resumes the job" : "another worker takes the job over",
    })),
  )(
    "scenario 11: killed in $phase: the attempt's series have exactly the labels, worker_run says which phase was cut off; $next, and no row of the attempt stays open",
    async ({ phase, restarts }) => {
      const { found, query, pool: open } = golden();
      const pool = await open(`killed-in-${phase}-${restarts ? "resumed" : "taken-over"}`);
      pool.add("J11");
      const first = await pool.start("first", { PHASES: DAY, STAY_IN: phase });
      await first.says(phase);
      const names = [...ROWS_OF_EACH, ...(FURTHER_ROWS[phase] ?? [])];
      const rows = await poll(`the rows of ${pool.name}`, async () => {
        const samples = await query(pool.series("", `__name__=~"worker_claim_.*"`, `job_id!=""`));
        const seen = new Set(samples.map(({ labels }) => labels["__name__"]));
        return names.every((name) => seen.has(name)) ? samples : undefined;
      });
      first.signal("SIGKILL");
      expect(await first.ended).toBe("SIGKILL");

      const traceId = rows[0]?.labels["trace_id"] ?? "";
      expect(traceId).toMatch(/^[0-9a-f]{32}$/);
      for (const { labels } of rows) {
        expect(labels).toEqual({
          __name__: expect.stringMatching(/^worker_claim_/),
          job: expect.any(String),
          instance: expect.any(String),
          worker_pool: pool.name,
          worker_id: "first",
          job_id: "J11",
          trace_id: traceId,
        });
      }
      const [cut] = cutOff(pool.records("first", { kind: "worker_run" }));
      expect(cut).toMatchObject({ jobId: "J11", traceId, data: { phase, status: "started", ended: null } });

      // Takeover as it goes without waiting for the lease: a supervisor gives the dead worker's job back.
      if (!restarts) await pool.service.client("first").release("J11");
      const second = await pool.start(restarts ? "first" : "second", { PHASES: DAY, HEARTBEATS: "1" });
      await second.says(restarts ? "resumed J11" : "claimed J11");
      await second.says("completed J11");
      expect(pool.service.state("J11")).toBe("completed");
      const [settled] = await found("the completion", newest(pool, "claimSettledAt"));
      expect(settled?.labels["worker_id"]).toBe(restarts ? "first" : "second");
      expect(settled?.labels["trace_id"] === traceId).toBe(restarts);
      expect(await query(newestOfOpen(pool, "claimLeaseExpiresAt"))).toEqual([]);
      expect(await query(openIncidents(pool))).toEqual([]);
      await poll("the end of its alerts", async () => {
        const alerts = await query(`${firing(pool)} unless ${pool.series("ALERTS", 'alertname="WorkerAbsent"')}`);
        return alerts.length === 0 ? true : undefined;
      });
    },
  );

  it.concurrent.each(BEFORE_THE_JOB)(
    "scenario 11: killed in %s: no row of a job; worker_run says which phase was cut off; page 14, which ends with the next process",
    async (phase) => {
      const { found, inbox, query, pool: open } = golden();
      const pool = await open(`killed-in-${phase}`);
      const first = await pool.start("first", { STAY_IN: phase });
      await first.says(phase);
      const [alive] = await found("its life", pool.series(METRICS.aliveAt.prometheusName));
      expect(alive?.labels).toEqual({
        __name__: METRICS.aliveAt.prometheusName,
        job: expect.any(String),
        instance: expect.any(String),
        worker_pool: pool.name,
        worker_id: "first",
      });
      first.signal("SIGKILL");
      expect(await first.ended).toBe("SIGKILL");
      const [cut] = cutOff(pool.records("first", { kind: "worker_run" }));
      expect(cut).toMatchObject({ data: { phase, status: "started", ended: null } });
      expect(cut?.jobId).toBeUndefined();
      const page = { alert: "worker_absent", worker: "first" } as const;
      await expectPage(inbox, pool.name, page);
      expect(await query(pool.series("", `__name__=~"worker_claim_.*"`, `job_id!=""`))).toEqual([]);

      const second = await pool.start("first", { PHASES: DAY, HEARTBEATS: "3" });
      expect(await second.ended).toBe(0);
      await pageOf(inbox, pool.name, page, "resolved");
    },
  );
}

/** Runs of phases that began and never ended. */
function cutOff<R extends { readonly id: string; readonly data: Readonly<Record<string, unknown>> }>(
  runs: readonly R[],
): readonly R[] {
  const ended = new Set(runs.filter(({ data }) => data["ended"] !== null).map(({ id }) => id));
  return runs.filter(({ id }) => !ended.has(id));
}
