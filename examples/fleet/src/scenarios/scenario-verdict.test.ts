import { defaultPolicy } from "@worker-watchdog/sdk/policy";
import { EVENTS } from "@worker-watchdog/sdk/semconv";
import { describe, expect, it } from "vitest";
import type { ReceivedPage } from "../fleet/fleet-record.ts";
import { goodPage } from "../page-receiver/good-page.ts";
import type { Page } from "../page-receiver/page.ts";
import type { ScenarioRun } from "./run-scenario.ts";
import { scenariosNamed } from "./scenario-table.ts";
import { judgeScenario } from "./scenario-verdict.ts";

const [once, twice] = scenariosNamed("complete-rejected");
if (once === undefined || twice === undefined) throw new Error("complete-rejected is two scenarios.");
const { pool } = twice;

const activity = (at: number, command: "complete" | "fail", outcome: string) => ({
  at,
  pool,
  worker: "w",
  command,
  outcome,
});
const run: ScenarioRun = {
  scenario: twice,
  startedAt: 90,
  endedAt: 300,
  timedOutWaitingFor: undefined,
  facts: {
    policy: defaultPolicy,
    activities: [
      activity(100, "complete", "missing_artifact_kind"),
      activity(103, "complete", "missing_artifact_kind"),
      activity(163, "fail", "ok"),
    ],
    artifactRequests: [],
    killedAt: undefined,
  },
};
const page = (change: Partial<Page> = {}, more: Partial<ReceivedPage> = {}): ReceivedPage => ({
  page: goodPage({ pool, receivedAt: 115, ...change }),
  policy: "default",
  problems: [],
  ...more,
});
const over = (receivedAt: number): ReceivedPage => page({ status: "resolved", receivedAt });
const events = twice.recorded.map((name) => ({ name, pool }));

describe("judgeScenario", () => {
  it("passes a run in which each page came once, in time, and ended", () => {
    const verdict = judgeScenario(run, [page(), over(190)], events);
    expect(verdict).toMatchObject({
      scenario: pool,
      passed: true,
      pagesExpected: ["complete_rejected"],
      pagesSeen: ["complete_rejected"],
      problems: [],
      seconds: 210,
    });
    expect(verdict.pages).toMatchObject([{ faultAt: 103, receivedAt: 115, secondsToPage: 12, secondsToResolve: 27 }]);
  });

  it("does not see other pools' pages and events", () => {
    const other = [page({ pool: "other", alertKey: "artifact_missing" }), page({ pool: "other" })];
    expect(judgeScenario(run, [page(), ...other], events).passed).toBe(true);
    expect(judgeScenario(run, [page()], [{ name: twice.recorded[0] ?? "", pool: "other" }]).passed).toBe(false);
  });

  it.each<[string, Partial<ScenarioRun>, readonly ReceivedPage[], readonly { name: string; pool: string }[]]>([
    ["page complete_rejected came 0 times", {}, [], events],
    ["page complete_rejected came 2 times", {}, [page(), page()], events],
    ["is owned by pls_ops", {}, [page({ owner: "pls_ops" })], events],
    ["is critical, not high", {}, [page({ severity: "critical" })], events],
    ["page artifact_missing came, and must not", {}, [page(), page({ alertKey: "artifact_missing" })], events],
    ["page complete_rejected: due has no offset", {}, [page({}, { problems: ["due has no offset"] })], events],
    ["came from the stack of short-leases", {}, [page({}, { policy: "short-leases" })], events],
    ["was called over while its cause went on", {}, [page(), over(150)], events],
    ["waited 240 s for the page", { timedOutWaitingFor: "the page x" }, [page()], events],
    [`event ${EVENTS.completeFailed} was not recorded`, {}, [page()], events.slice(0, 2)],
    [
      `event ${EVENTS.completeSucceeded} was recorded`,
      {},
      [page()],
      [...events, { name: EVENTS.completeSucceeded, pool }],
    ],
    [
      "1 jobs completed, none could be",
      { facts: { ...run.facts, activities: [...run.facts.activities, activity(104, "complete", "ok")] } },
      [page()],
      events,
    ],
    ["0 jobs completed, not 1", { scenario: { ...twice, completedJobs: 1 } }, [page()], events],
  ])("finds: %s", (problem, change, pages, recorded) => {
    const verdict = judgeScenario({ ...run, ...change }, pages, recorded);
    expect(verdict.passed).toBe(false);
    expect(verdict.problems.join("; ")).toContain(problem);
  });

  it("tells how long before the lease's expiry its warning came, and that it came too late", () => {
    const [scenario] = scenariosNamed("lease-expiring");
    if (scenario === undefined) throw new Error("There is no lease-expiring.");
    const lease = {
      at: 0,
      pool: scenario.pool,
      worker: "w",
      command: "claim",
      outcome: "ok",
      leaseExpiresAt: 330,
    } as const;
    const leaseRun = { ...run, scenario, facts: { ...run.facts, activities: [lease] } };
    const warned = (receivedAt: number) =>
      judgeScenario(
        leaseRun,
        [
          page({
            pool: scenario.pool,
            alertKey: "lease_expiring_with_claimed_job",
            owner: "pls_platform_owner",
            receivedAt,
          }),
        ],
        [],
      );
    expect(warned(60).pages[0]?.minutesBeforeExpiry).toBe(4.5);
    expect(warned(331).problems).toContain("page lease_expiring_with_claimed_job came after the lease's expiry");
  });
});
