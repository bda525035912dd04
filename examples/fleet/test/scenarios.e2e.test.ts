/**
 * Golden scenarios 1 to 6, the failing gate of 10, and a worker killed with its job (11, 19), on the real servers: every page, to the right
 * owner, with every field, and no other page.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultPolicy, pageLatencySeconds } from "@worker-watchdog/sdk/policy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunVerdict } from "../src/scenarios/run-scenarios.ts";
import { SCENARIOS } from "../src/scenarios/scenario-table.ts";
import { type MainRun, runMain } from "./run-main.ts";

interface RunJson extends RunVerdict {
  readonly version: number;
  readonly seconds: number;
  readonly policies: Readonly<Record<string, string>>;
}

/** A first run on a machine builds the servers; with these in the cache all of it is over within 8 minutes. */
const TIMEOUT_MILLIS = 1_200_000;
const WARM_SECONDS = 480;
/** How many times slower than one with nothing else to do a machine may be; the times themselves are in docs/benchmarks.md. */
const BUSY = 10;

let run: MainRun;
let folder: string;
let json: RunJson;
let exitCode: number | string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "scenarios-"));
  const file = join(folder, "once.json");
  run = runMain(["--once", "--json", file]);
  exitCode = await run.ended;
  json = JSON.parse(await readFile(file, "utf8").catch(() => "{}")) as RunJson;
}, TIMEOUT_MILLIS);
afterAll(async () => {
  await run?.cleanUp();
  await rm(folder, { recursive: true, force: true });
});

const verdictOf = (pool: string) => json.scenarios?.find(({ scenario }) => scenario === pool);

describe("npm start -- --once", () => {
  it("exits 0, with nothing to complain of", () => {
    expect(json.problems, run.output()).toEqual([]);
    expect(
      json.scenarios.flatMap(({ scenario, problems }) => problems.map((problem) => `${scenario}: ${problem}`)),
    ).toEqual([]);
    expect(json).toMatchObject({ version: 1, passed: true });
    expect(exitCode).toBe(0);
  });

  it("is over in time, says by which policies it ran, and leaves nothing behind", () => {
    const played = Math.max(...json.scenarios.map(({ seconds }) => seconds));
    expect(played).toBeLessThan(WARM_SECONDS);
    expect(Object.keys(json.policies)).toEqual(["default", "short-leases"]);
    expect(run.output()).toContain(json.policies["short-leases"]);
    expect(run.leftovers()).toEqual([]);
  });

  it.each(SCENARIOS)("$pool: $about", ({ pool, pages }) => {
    expect(verdictOf(pool)).toMatchObject({
      passed: true,
      pagesExpected: pages.map(({ alert }) => alert),
      pagesSeen: pages.map(({ alert }) => alert),
      pages: pages.map(({ alert, owner, severity }) => ({ alert, owner, severity, secondsToPage: expect.any(Number) })),
    });
    expect(run.output()).toMatch(new RegExp(`^${pool} .* ok$`, "m"));
  });

  it("pages within the latency that the policy computes, stretched by a busy machine, and warns before a lease's expiry", () => {
    for (const { secondsToPage, severity } of json.scenarios.flatMap(({ pages }) => pages)) {
      const limit = pageLatencySeconds(defaultPolicy, severity as "high");
      // Instants are read from a log of answers, a moment after they happened.
      expect(secondsToPage).toBeGreaterThan(-1);
      expect(secondsToPage).toBeLessThanOrEqual(BUSY * limit);
    }
    expect(verdictOf("lease-expiring")?.pages[0]?.minutesBeforeExpiry).toBeGreaterThan(0);
  });
});
