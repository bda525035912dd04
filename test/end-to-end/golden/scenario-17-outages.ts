/** Scenario 17: the Collector, Prometheus and Alertmanager are each down and back. On a stack of its own: what it breaks, everybody would see. */
import { DEAD_MANS_SWITCH } from "@worker-watchdog/monitoring";
import { METRICS } from "@worker-watchdog/sdk/semconv";
import type { ManagedServer } from "@worker-watchdog/stack";
import { expect, it } from "vitest";
import type { Page } from "../page-inbox.ts";
import { poll } from "../poll.ts";
import { newest } from "./attempt-rows.ts";
import { expectPage, pageOf } from "./expect-page.ts";
import type { GoldenStack } from "./golden-stack.ts";
import { outagePolicy, RENEWED_LEASE_SECONDS, SILENCE_SECONDS } from "./outage-policy.ts";
import type { Pool, WorkerProcess } from "./pool.ts";

/** More than the busy worker can do meanwhile: an empty queue would be alert 5. */
const JOBS = 2_000;
/** Jobs that are done in an outage: the workers go on. */
const GO_ON = 5;

/** The workers of the scenario: one does job after job, one is in a long job whose lease is renewed again and again. */
interface Fleet {
  readonly busy: Pool;
  readonly worker: WorkerProcess;
}

const completed = ({ worker }: Fleet): number => worker.lines.filter((line) => line.startsWith("completed ")).length;
const claimed = ({ worker }: Fleet): readonly string[] =>
  worker.lines.filter((line) => line.startsWith("claimed ")).map((line) => line.slice("claimed ".length));

/** Registers the scenario's tests, in their order. */
export function outages(golden: () => GoldenStack): void {
  let fleet: Fleet;

  it("scenario 17: before: two workers, and nothing is told but that paging works", async () => {
    const { pool: open, found, inbox } = golden();
    const long = await open("outage-long", RENEWED_LEASE_SECONDS);
    const busy = await open("outage-busy");
    long.add("J17");
    busy.add(...Array.from({ length: JOBS }, (_, index) => `J17-${index}`));
    const steady = await long.start("steady", {
      PHASES: "context,build",
      STAY_IN: "build",
      MOVES: "yes",
      HELPERS: "renew",
    });
    await steady.says("build");
    const worker = await busy.start("busy", { PHASES: "context,progress,artifact,complete", HELPERS: "renew,release" });
    fleet = { busy, worker };
    await worker.says(/^completed /);
    await found("the long job's lease", newest(long, "claimLeaseExpiresAt"));
    await found("the servers' own metrics", "count(up == 1) == 3");
    await beats(golden());
    expect(pages(inbox.pages)).toEqual([]);
  });

  it("scenario 17: the Collector is killed: page 18 once, no page for the leases and signs of life that seem to end; back, all that was done meanwhile is counted", async () => {
    const { stack, inbox, found } = golden();
    const before = inbox.pages.length;
    const done = await outage(stack.collector, fleet, async () => {
      await expectPage(inbox, undefined, { alert: "telemetry_collector_down", reason: "none_up" });
      // What would have paged, and was muted: the workers live, and nobody hears of them.
      for (const alert of ["LeaseExpired", "WorkerAbsent"])
        await found(`${alert}, muted`, `ALERTS{alertname="${alert}",alertstate="firing",worker_id="steady"}`);
    });
    await counted(golden(), fleet, done);
    await pageOf(inbox, undefined, { alert: "telemetry_collector_down", reason: "none_up" }, "resolved");
    await caughtUp(golden());
    expect(pages(inbox.pages.slice(before))).toEqual([
      "TelemetryCollectorDown:none_up firing",
      "TelemetryCollectorDown:none_up resolved",
    ]);
  });

  it("scenario 17: Prometheus is killed: the dead man's switch stops; back, page 18 says that nobody was paged for a while, and nothing is lost", async () => {
    const { stack, inbox } = golden();
    const before = inbox.pages.length;
    const done = await outage(stack.prometheus, fleet, () => silence(golden()));
    await expectPage(inbox, undefined, { alert: "telemetry_evaluation_gap" });
    await beats(golden());
    await counted(golden(), fleet, done);
    await pageOf(inbox, undefined, { alert: "telemetry_evaluation_gap" }, "resolved");
    await caughtUp(golden());
    expect(pages(inbox.pages.slice(before))).toEqual([
      "TelemetryEvaluationGap: firing",
      "TelemetryEvaluationGap: resolved",
    ]);
  });

  it("scenario 17: Alertmanager is killed: the dead man's switch stops; back, page 18 says that nothing was delivered", async () => {
    const { stack, inbox, found } = golden();
    const before = inbox.pages.length;
    const done = await outage(stack.alertmanager, fleet, async () => {
      await found(
        "the alert that waits",
        'ALERTS{alertname="TelemetryAlertmanagerDown",reason="none_up",alertstate="firing"}',
      );
      await silence(golden());
    });
    await expectPage(inbox, undefined, { alert: "telemetry_alertmanager_down", reason: "none_up" });
    await beats(golden());
    await counted(golden(), fleet, done);
    await pageOf(inbox, undefined, { alert: "telemetry_alertmanager_down", reason: "none_up" }, "resolved");
    expect(pages(inbox.pages.slice(before))).toEqual([
      "TelemetryAlertmanagerDown:none_up firing",
      "TelemetryAlertmanagerDown:none_up resolved",
    ]);
  });

  it("scenario 17: after all three: every claim that the worker made is counted, and every job that it ended is settled", async () => {
    const { inbox } = golden();
    const { worker } = fleet;
    worker.signal("SIGTERM");
    expect(await worker.ended).toBe(0);
    await counted(golden(), fleet, claimed(fleet));
    // It gave back what it held, if anything: every claim is settled.
    await settled(golden(), fleet, claimed(fleet).length);
    expect(inbox.pages.filter(({ labels }) => labels["worker_pool"] !== undefined)).toEqual([]);
  });
}

/** What was told, each the first time it came, but for the dead man's switch. */
function pages(all: readonly Page[]): readonly string[] {
  const told = all
    .filter(({ receiver }) => receiver !== DEAD_MANS_SWITCH)
    .map(({ labels: { alertname, worker_id, job_id, reason = "" }, status }) =>
      [`${alertname}:${reason}`, worker_id, job_id, status].filter(Boolean).join(" "),
    );
  return [...new Set(told)];
}

/** Kills the server, sees that the workers go on, and starts it again. Gives the jobs that were claimed until then. */
async function outage(server: ManagedServer, fleet: Fleet, meanwhile: () => Promise<void>): Promise<readonly string[]> {
  const before = completed(fleet);
  await server.stop("SIGKILL");
  await meanwhile();
  const done = claimed(fleet);
  expect(completed(fleet)).toBeGreaterThan(before + GO_ON);
  await server.start();
  return done;
}

const lastBeat = ({ inbox }: GoldenStack): number =>
  inbox.pages.findLast(({ receiver }) => receiver === DEAD_MANS_SWITCH)?.atMillis ?? 0;

/** Waits until the dead man's switch is told anew. */
async function beats(golden: GoldenStack): Promise<void> {
  const from = Date.now();
  await poll("a beat of the dead man's switch", () => (lastBeat(golden) > from ? true : undefined));
}

/** Waits until it was silent for so long that the service outside pages. */
async function silence(golden: GoldenStack): Promise<void> {
  await poll("the dead man's switch to stop", () =>
    Date.now() - lastBeat(golden) > SILENCE_SECONDS * 1_000 ? true : undefined,
  );
  // No shorter than what page 18 waits for, whichever is longer.
  await new Promise((later) => setTimeout(later, outagePolicy.telemetry.failing_seconds * 1_000));
}

/** Waits until nothing is held back any more, and nothing of a worker fires. */
async function caughtUp({ query }: GoldenStack): Promise<void> {
  await poll("the end of what is held back", async () =>
    (await query('ALERTS{alertname="TelemetryCatchingUp",alertstate="firing"}')).length === 0 ? true : undefined,
  );
  expect(await query('ALERTS{alertstate="firing",worker_pool!=""}')).toEqual([]);
}

/** Waits until the claim counter and the rows hold each of these jobs. */
async function counted({ query }: GoldenStack, { busy }: Fleet, jobs: readonly string[]): Promise<void> {
  let last: unknown;
  await poll(
    `${jobs.length} claims at Prometheus`,
    async () => {
      const [counter] = await query(
        `max(last_over_time(${busy.series(METRICS.claims.prometheusName, 'worker_claim_outcome="job"')}[10m]))`,
      );
      const rows = await query(newest(busy, "claimStartedAt"));
      const seen = new Set(rows.map(({ labels }) => labels["job_id"]));
      const missing = jobs.filter((job) => !seen.has(job));
      last = { counter: counter?.value, missing };
      return (counter?.value ?? 0) >= jobs.length && missing.length === 0 ? true : undefined;
    },
    { last: () => last },
  );
}

/** Waits until exactly so many claims are counted, have a row, and are settled. */
async function settled({ query }: GoldenStack, { busy }: Fleet, count: number): Promise<void> {
  const exactly = [
    `max(last_over_time(${busy.series(METRICS.claims.prometheusName, 'worker_claim_outcome="job"')}[20m]))`,
    `count(max by (job_id) (last_over_time(${busy.series(METRICS.claimStartedAt.prometheusName)}[20m])))`,
    `count(max by (job_id) (last_over_time(${busy.series(METRICS.claimSettledAt.prometheusName)}[20m])))`,
  ];
  let last: readonly (number | undefined)[] = [];
  await poll(
    `${count} claims, counted and settled`,
    async () => {
      last = await Promise.all(exactly.map(async (each) => (await query(each))[0]?.value));
      return last.every((value) => value === count) ? true : undefined;
    },
    { last: () => last },
  );
}
