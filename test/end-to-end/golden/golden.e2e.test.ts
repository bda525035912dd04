/**
 * The golden scenarios (R11) from 7 on, from real worker processes through the metric, event and record that alerts are made from to the page in the inbox. All
 * of them share one stack, each in pools of its own, and run side by side. Where each scenario is proven: scenario-table.ts.
 */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { falseGreen } from "./alert-12-false-green.ts";
import { type GoldenStack, startGoldenStack } from "./golden-stack.ts";
import { staleLease } from "./scenario-07-stale-lease.ts";
import { queueStuck } from "./scenario-08-queue-stuck.ts";
import { silentLoop } from "./scenario-09-silent-loop.ts";
import { gateFailure } from "./scenario-10-gate-failure.ts";
import { killedWorker } from "./scenario-11-killed-worker.ts";
import { sessionDeath } from "./scenario-12-session-death.ts";
import { cancelledRun } from "./scenario-13-cancelled-run.ts";
import { journalUnreadable } from "./scenario-14-journal-unreadable.ts";
import { twoPrimaryJobs } from "./scenario-15-two-primary-jobs.ts";
import { credential } from "./scenario-16-credential.ts";
import { hungWorker } from "./scenario-18-hung-worker.ts";
import { changesOfFleet } from "./scenario-19-changes-of-fleet.ts";

vi.setConfig({ testTimeout: 240_000, maxConcurrency: 50 });

let golden: GoldenStack;
beforeAll(async () => {
  golden = await startGoldenStack();
}, 600_000);
afterAll(() => golden?.close());

describe("R11", () => {
  // What takes longest begins first.
  queueStuck(() => golden);
  changesOfFleet(() => golden);
  hungWorker(() => golden);
  staleLease(() => golden);
  killedWorker(() => golden);
  silentLoop(() => golden);
  gateFailure(() => golden);
  sessionDeath(() => golden);
  cancelledRun(() => golden);
  journalUnreadable(() => golden);
  twoPrimaryJobs(() => golden);
  credential(() => golden);
  falseGreen(() => golden);

  // After the others: the Collector drops what Prometheus refuses, and a row would be missing where nobody looked.
  it("no export of all these workers was refused by Prometheus", async () => {
    expect(await readFile(golden.stack.logFiles.collector, "utf8")).not.toMatch(/Permanent error|Dropping data/i);
  });
});
