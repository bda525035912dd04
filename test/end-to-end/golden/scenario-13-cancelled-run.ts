/** Scenario 13: a run that went over its budget stays cancelled, whatever the budget is later. */
import { EVENTS, METRICS } from "@worker-watchdog/sdk/semconv";
import { expect, it } from "vitest";
import { poll } from "../poll.ts";
import { incidents } from "./attempt-rows.ts";
import { expectPage, pageOf } from "./expect-page.ts";
import type { GoldenStack } from "./golden-stack.ts";

const BUDGET = "WATCHDOG_RUN_WALL_CLOCK_SECONDS";
const RUN = { WATCHDOG_RUN_ID: "run-1" };
const CANCELLED = "heartbeat ended with run_cancelled";
/** The budgets of the restarts. */
const RESTARTS: readonly Readonly<Record<string, string>>[] = [{ [BUDGET]: "1000000" }, { [BUDGET]: "0" }, {}];

/** Registers the scenario's tests. */
export function cancelledRun(golden: () => GoldenStack): void {
  it.concurrent.each([
    { during: "in a build", phases: "context,build", job: "J13", seconds: 6 },
    { during: "with no job", phases: "", job: undefined, seconds: 1 },
  ])(
    "scenario 13: a run cancelled $during stays cancelled with a raised, a disabled and no budget: one cancel event in the journal, one series of session_cancelled with value 1 over restarts, which a new run.id ends; page 16, once",
    async ({ phases, job, seconds }) => {
      const { found, inbox, query, events, pool: open } = golden();
      const pool = await open(`cancelled-${job ?? "idle"}`.toLowerCase());
      if (job !== undefined) pool.add(job);
      const settings = { PHASES: phases, STAY_IN: "build", HELPERS: "renew" };
      const first = await pool.start("w", { ...settings, ...RUN, [BUDGET]: String(seconds) });
      await first.says(CANCELLED);
      expect(await first.ended).toBe(0);
      const [event] = pool.records("w", { name: EVENTS.runCancelled });
      expect(event).toMatchObject({ workerId: "w", data: { run_id: "run-1", budget_seconds: seconds } });
      expect(event?.jobId).toBe(job);
      expect(event?.data["elapsed_seconds"]).toBeGreaterThan(seconds);
      const phasesBefore = pool.records("w", { kind: "worker_run" }).length;

      for (const budget of RESTARTS) {
        const again = await pool.start("w", { ...settings, ...RUN, ...budget });
        await again.says(CANCELLED);
        expect(await again.ended).toBe(0);
        expect(again.lines).not.toContain("doctor");
      }
      expect(pool.records("w", { name: EVENTS.runCancelled })).toEqual([event]);
      expect(pool.records("w", { kind: "worker_run" })).toHaveLength(phasesBefore);
      const [told] = await poll("the event at the Collector", async () => {
        const all = await events(pool.name, EVENTS.runCancelled);
        return all.length > 0 ? all : undefined;
      });
      expect(told?.attributes).toMatchObject({ run_id: "run-1", budget_seconds: String(seconds) });

      const kind = 'kind="session_cancelled"';
      const series = `last_over_time(${pool.series(METRICS.claimIncidents.prometheusName, kind)}[10m])`;
      const cleared = `last_over_time(${pool.series(METRICS.claimIncidentsCleared.prometheusName, kind)}[10m])`;
      const [page] = await found("alert 16's row", series);
      expect(page).toMatchObject({
        value: 1,
        labels: { worker_id: "w", reason: "wall_clock", trace_id: event?.traceId },
      });
      expect(page?.labels["job_id"]).toBe(job);
      expect(await query(cleared)).toEqual([]);
      const told16 = { alert: "session_cancelled", worker: "w", job } as const;
      await expectPage(inbox, pool.name, { ...told16, trace: event?.traceId, reason: "wall_clock" });

      const next = await pool.start("w", { PHASES: "", HEARTBEATS: "1", WATCHDOG_RUN_ID: "run-2", [BUDGET]: "1000" });
      await next.says("heartbeat ended");
      expect(await next.ended).toBe(0);
      expect(await found("its end", cleared)).toMatchObject([{ value: 1, labels: { trace_id: event?.traceId } }]);
      expect(await query(`count(${series})`)).toMatchObject([{ value: 1 }]);
      expect(await query(incidents(pool, "session_cancelled"))).toMatchObject([{ value: 1 }]);
      await pageOf(inbox, pool.name, told16, "resolved");
      const pages = inbox.pages.filter(
        ({ labels }) => labels["worker_pool"] === pool.name && labels["alert_key"] === told16.alert,
      );
      expect(pages.map(({ status }) => status)).toEqual(["firing", "resolved"]);
      expect(pool.records("w", { name: EVENTS.runCancelled })).toEqual([event]);
    },
  );
}
