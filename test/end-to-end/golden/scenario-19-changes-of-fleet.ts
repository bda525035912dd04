/** Scenario 19: what a healthy fleet goes through every day, and nobody is paged for. */
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { expect, it } from "vitest";
import { poll } from "../poll.ts";
import { firing, incidents, newest, newestOfOpen, openIncidents } from "./attempt-rows.ts";
import { goldenPolicy } from "./golden-policy.ts";
import type { GoldenStack } from "./golden-stack.ts";
import type { Pool } from "./pool.ts";

const DAY = "context,progress,build,upload,artifact,complete";
const HELPERS = "renew,release,readJob";
/** A build that is long and moves: how long it takes is the machine's business. */
const BUILDS = { STAY_IN: "build", MOVES: "yes" };
const { heartbeat_interval_minutes, thresholds } = goldenPolicy;
/** When a worker that did not sign off would be missed, and a moment for the page. */
const MISSED_SECONDS = thresholds.worker_absent_heartbeats * heartbeat_interval_minutes * 60 + 5;

/** Registers the scenario's tests. */
export function changesOfFleet(golden: () => GoldenStack): void {
  it.concurrent("scenario 19: takeover: the queue gives a job to another worker while the first one lives: no incident of it is open, nothing has fired, and the first one may leave", async () => {
    const { found, pool: open } = golden();
    const pool = await open("takeover");
    pool.add("J19");
    const phases = "context,build,progress";
    const first = await pool.start("first", { PHASES: phases, ...BUILDS, HELPERS, HEARTBEATS: "1" });
    await first.says("build");
    await found("the first's claim", newestOfOpen(pool, "claimStartedAt"));
    // A supervisor takes the job away from it.
    await pool.service.client("first").release("J19");
    const second = await pool.start("second", { PHASES: DAY, HELPERS, HEARTBEATS: "1" });
    await second.says("completed J19");
    // Its next word to the queue tells it.
    first.signal("SIGUSR2");
    await first.says("stuck J19");
    expect(await Promise.all([first.ended, second.ended])).toEqual([0, 0]);
    await found("what the first one heard", incidents(pool, "lease_lost"));
    await quiet(golden(), pool);
  });

  it.concurrent("scenario 19: restart: a worker killed in a build and restarted within its lease completes its job under the same trace: no incident is open, and nothing has fired", async () => {
    const { found, query, pool: open } = golden();
    const pool = await open("restart");
    pool.add("J19");
    const first = await pool.start("w", { PHASES: DAY, ...BUILDS, HELPERS });
    await first.says("build");
    await found("its claim", newestOfOpen(pool, "claimStartedAt"));
    first.signal("SIGKILL");
    await first.ended;
    const second = await pool.start("w", { PHASES: DAY, HELPERS, HEARTBEATS: "1" });
    await second.says("resumed J19");
    await second.says("completed J19");
    expect(await second.ended).toBe(0);
    expect(await query(`count(${newest(pool, "claimStartedAt")})`)).toMatchObject([{ value: 1 }]);
    await quiet(golden(), pool);
  });

  it.concurrent("scenario 19: rolling deploy: each worker is sent SIGTERM in a build and gives its job back, and its next version completes it: no incident is open, and nothing has fired", async () => {
    const { found, pool: open } = golden();
    const pool = await open("rolling-deploy");
    const workers = ["a", "b"];
    for (const id of workers) {
      pool.add(`J-${id}`);
      const old = await pool.start(id, { PHASES: DAY, ...BUILDS, HELPERS, DRAIN_MILLIS: "300" });
      await old.says("build");
      await found("its claim", newestOfOpen(pool, "claimStartedAt"));
      old.signal("SIGTERM");
      await old.says(`stopped, held: , released: J-${id}`);
      expect(await old.ended).toBe(0);
      expect(pool.service.state(`J-${id}`)).toBe("pending");
      const renewed = await pool.start(id, { PHASES: DAY, HELPERS, HEARTBEATS: "1" });
      await renewed.says(`completed J-${id}`);
      expect(await renewed.ended).toBe(0);
    }
    await quiet(golden(), pool);
  });

  it.concurrent("scenario 19: scale-down: a worker that is sent SIGTERM finishes its job within the drain and signs off: worker_stopped_at_seconds is there, and it is not missed", async () => {
    const { found, pool: open } = golden();
    const pool = await open("scale-down");
    pool.add("J19");
    const worker = await pool.start("w", { PHASES: DAY, ...BUILDS, HELPERS, DRAIN_MILLIS: "30000" });
    await worker.says("build");
    worker.signal("SIGTERM");
    worker.signal("SIGUSR2");
    await worker.says("completed J19");
    await worker.says("stopped, held: , released: ");
    expect(await worker.ended).toBe(0);
    await found("that it signed off", pool.series(METRICS.stoppedAt.prometheusName));
    await quiet(golden(), pool);
  });
}

/** Nothing is open, and nothing has fired, also once every worker would be missed. */
async function quiet({ inbox, query }: GoldenStack, pool: Pool): Promise<void> {
  const lastSign = `max(last_over_time(${pool.series(METRICS.aliveAt.prometheusName)}[10m]))`;
  await poll("the time in which its workers would be missed", async () =>
    (await query(`${lastSign} < time() - ${MISSED_SECONDS}`)).length > 0 ? true : undefined,
  );
  expect(await query(openIncidents(pool))).toEqual([]);
  expect(await query(newestOfOpen(pool, "claimLeaseExpiresAt"))).toEqual([]);
  expect((await query(firing(pool, "10m"))).map(({ labels }) => labels["alertname"])).toEqual([]);
  expect(inbox.told(pool.name)).toEqual([]);
}
