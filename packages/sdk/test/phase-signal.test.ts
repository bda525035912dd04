import { afterEach, expect, it } from "vitest";
import type { PhaseContext } from "../src/index.ts";
import { type WorkerBench, workerBench } from "./worker-bench.ts";

let bench: WorkerBench;
afterEach(() => bench.close());

it("R2.2: a signal that is first read after the bound has aborted already, for that reason", async () => {
  bench = await workerBench();
  let kept: PhaseContext | undefined;
  const beat = bench.watchdog.heartbeat((it) =>
    it.touch((call) => {
      kept = call;
      return new Promise(() => {});
    }),
  );
  await expect(bench.through(beat)).rejects.toMatchObject({ code: "phase_timeout" });
  expect(kept?.signal.aborted).toBe(true);
  expect(kept?.signal.reason).toMatchObject({ code: "phase_timeout" });
});

it("R6.4: a phase's signal is the lease's also when the phase is over: what it left running ends with the lease", async () => {
  bench = await workerBench({ leaseSeconds: 60, renews: false });
  bench.service.add({ id: "J1", deliverableId: "D1" });
  const signals: AbortSignal[] = [];
  const beat = bench.watchdog.heartbeat(async (it) => {
    const job = await it.claim(() => bench.client.claim());
    await job?.phase("spawn", ({ signal }) => signals.push(signal));
    await job?.phase("spawn", (call) => signals.push(call.signal));
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
    await job?.phase("wait", ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", resolve)));
  });
  await expect(bench.through(beat)).rejects.toMatchObject({ code: "lease_lost" });
  expect(signals[0]).not.toBe(signals[1]);
  for (const { reason } of signals) expect(reason).toMatchObject({ code: "lease_lost" });
});
