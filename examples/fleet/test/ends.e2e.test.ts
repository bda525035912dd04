/** However the live fleet ends, no process and no folder of it stays behind. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { isAlive, type MainRun, runMain } from "./run-main.ts";

/** A first run on a machine builds the servers. */
const STARTS_WITHIN_MILLIS = 600_000;
/** Some ten seconds on a machine with nothing else to do. */
const FIRST_PAGE_WITHIN_MILLIS = 180_000;
const ENDS_WITHIN_MILLIS = 60_000;

let run: MainRun;
afterEach(() => run.cleanUp());

/** A fleet that has its workers at work. */
async function startedFleet(): Promise<readonly number[]> {
  run = runMain([]);
  await expect
    .poll(() => run.output(), { timeout: STARTS_WITHIN_MILLIS, interval: 200 })
    .toMatch(/Demonstration fault/);
  const pids = run.descendants();
  // Four workers, job service, PostgreSQL and its processes, two guards, three servers.
  expect(pids.length).toBeGreaterThanOrEqual(12);
  return pids;
}

async function nothingIsLeft(pids: readonly number[]): Promise<void> {
  await expect.poll(() => pids.filter(isAlive), { timeout: ENDS_WITHIN_MILLIS, interval: 250 }).toEqual([]);
  await expect.poll(() => run.leftovers(), { timeout: ENDS_WITHIN_MILLIS, interval: 250 }).toEqual([]);
}

describe.skipIf(process.platform === "win32")("the live fleet", { timeout: STARTS_WITHIN_MILLIS + 300_000 }, () => {
  it("pages soon after its start, stops everything at Ctrl-C, and says so", async () => {
    const pids = await startedFleet();
    await expect.poll(() => run.output(), { timeout: FIRST_PAGE_WITHIN_MILLIS, interval: 200 }).toContain(" PAGE ");
    expect(run.output()).toContain("to codex_worker_maintainer-page");
    expect(run.output()).not.toContain("  ! ");
    run.child.kill("SIGINT");
    expect(await run.ended).toBe(0);
    expect(run.output()).toContain("Everything is stopped.");
    await nothingIsLeft(pids);
  });

  it("stops at once at the second Ctrl-C", async () => {
    const pids = await startedFleet();
    run.child.kill("SIGINT");
    await expect.poll(() => run.output()).toContain("Stopping:");
    run.child.kill("SIGINT");
    expect(await run.ended).toBe(130);
    await nothingIsLeft(pids);
  });

  it("leaves nothing behind when it is killed", async () => {
    const pids = await startedFleet();
    run.child.kill("SIGKILL");
    expect(await run.ended).toBe("SIGKILL");
    await nothingIsLeft(pids);
  });

  it("stops in order when it is interrupted while it starts", async () => {
    run = runMain([]);
    await expect
      .poll(() => run.output(), { timeout: STARTS_WITHIN_MILLIS, interval: 50 })
      .toContain("Starting PostgreSQL");
    await expect.poll(() => run.descendants().length, { interval: 20 }).toBeGreaterThan(2);
    const pids = run.descendants();
    run.child.kill("SIGINT");
    expect(await run.ended).toBe(0);
    await nothingIsLeft(pids);
  });

  it("ends, and says why, when PostgreSQL is gone", async () => {
    const pids = await startedFleet();
    const folder = run.leftovers().find((name) => name.startsWith("worker-watchdog-postgres-")) ?? "";
    const [server] = readFileSync(join(run.temporary, folder, "postmaster.pid"), "utf8").split("\n");
    process.kill(Number(server), "SIGKILL");
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain("The job service, or its PostgreSQL, ended by itself (code 1).");
    expect(run.output()).toContain("PostgreSQL ended by itself.");
    await nothingIsLeft(pids);
  });
});

describe("the command line", () => {
  it("shows its help, and refuses what it does not know, before anything starts", async () => {
    run = runMain(["--help"]);
    expect(await run.ended).toBe(0);
    expect(run.output()).toContain("--scenario NAME");
    await run.cleanUp();
    run = runMain(["--scenario", "unheard-of"]);
    expect(await run.ended).toBe(2);
    expect(run.output()).toMatch(/^There is no scenario "unheard-of"\. Allowed: healthy, /);
  });
});
