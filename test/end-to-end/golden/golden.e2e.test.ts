/**
 * The golden scenarios (R11) that the library answers for, from real worker processes up to the metric, event and record that alerts are made from. All of
 * them share one stack, each in pools of its own, and run side by side.
 */
import { afterAll, beforeAll, describe, vi } from "vitest";
import { type GoldenStack, startGoldenStack } from "./golden-stack.ts";
import { staleLease } from "./scenario-07-stale-lease.ts";
import { queueStuck } from "./scenario-08-queue-stuck.ts";
import { silentLoop } from "./scenario-09-silent-loop.ts";
import { gateFailure } from "./scenario-10-gate-failure.ts";
import { killedWorker } from "./scenario-11-killed-worker.ts";

vi.setConfig({ testTimeout: 300_000, maxConcurrency: 50 });

let golden: GoldenStack;
beforeAll(async () => {
  golden = await startGoldenStack();
}, 600_000);
afterAll(() => golden?.close());

describe("R11", () => {
  staleLease(() => golden);
  queueStuck(() => golden);
  silentLoop(() => golden);
  gateFailure(() => golden);
  killedWorker(() => golden);
});
