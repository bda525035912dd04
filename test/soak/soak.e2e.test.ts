/**
 * A fleet that works well pages nobody: processes with jobs longer than a lease, stopped and started one after another, with clocks that
 * are off, and a Collector that goes away and comes back. Then one job is lost, and that is one page.
 *
 * WATCHDOG_SOAK=full makes it two hours and 200 processes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { createPolicy } from "@worker-watchdog/sdk/policy";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type GoldenStack, startGoldenStack } from "../end-to-end/golden/golden-stack.ts";
import { poll } from "../end-to-end/poll.ts";
import { SoakFleet } from "./soak-fleet.ts";
import { FULL_SOAK, SHORT_SOAK } from "./soak-form.ts";

const form = process.env["WATCHDOG_SOAK"] === "full" ? FULL_SOAK : SHORT_SOAK;
const workers = form.pools * form.workersOfAPool;
const wholeSeconds = form.startSeconds + form.quietSeconds + form.afterFaultSeconds;
const FIRING = 'ALERTS{alertstate="firing",severity!="low"}';

let golden: GoldenStack;
beforeAll(async () => {
  golden = await startGoldenStack(createPolicy(form.policy));
}, 600_000);
afterAll(() => golden?.close());

/** Pages that a person got, each once. */
const pages = (): readonly string[] => [
  ...new Set(
    golden.inbox.pages
      .filter(({ labels, status }) => labels["alertname"] !== "Watchdog" && status === "firing")
      .map(
        ({ labels }) => `${labels["alertname"]} ${labels["worker_pool"]} ${labels["worker_id"]} ${labels["job_id"]}`,
      ),
  ),
];

it(`${workers} workers page nobody in ${form.quietSeconds} s of stops, starts, wrong clocks and a Collector's restart; then one lost job is one page`, {
  timeout: (wholeSeconds + 600) * 1_000,
}, async () => {
  const fleet = await SoakFleet.start(golden, form);
  const endsAt = Date.now() + form.quietSeconds * 1_000;
  const rolling = fleet.roll(endsAt);
  await sleep((form.quietSeconds / 2) * 1_000);
  await golden.stack.collector.restart();
  await rolling;

  const firing = await golden.query(`max_over_time(${FIRING}[${wholeSeconds}s])`);
  expect(firing.map(({ labels }) => labels)).toEqual([]);
  expect(pages()).toEqual([]);
  expect(fleet.troubles()).toEqual([]);
  const { completed, restarts } = fleet.totals();
  console.log(`${workers} workers: ${completed} jobs completed, ${restarts} restarts, no page`);
  expect(completed).toBeGreaterThan(workers / 2);
  expect(restarts).toBeGreaterThan(Math.min(workers, form.quietSeconds / form.rollEverySeconds) / 2);

  const lost = await fleet.loseJob();
  await poll("the page of the lost job", () => (pages().length > 0 ? true : undefined), { timeoutMillis: 300_000 });
  await sleep(form.afterFaultSeconds * 1_000);
  expect(pages()).toEqual([`JobNotFoundAfterClaim ${lost.pool} ${lost.worker} ${lost.job}`]);
});
