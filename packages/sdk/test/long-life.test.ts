import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { liveLong } from "./long-life.ts";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

// The long form, a million phases of 5,000 jobs, is `npm run bench -- phase`.
it("R12: neither memory nor rows grow with the jobs and phases that are done", { timeout: 60_000 }, async () => {
  const samples = await liveLong({ jobs: 200, phasesAJob: 100, samples: 4, gc });
  const [, second, , last] = samples;
  expect(last?.phases).toBe(20_000);
  // One heartbeat's rows and the worker's own, whichever job it is.
  expect(new Set(samples.map(({ liveRows }) => liveRows)).size).toBe(1);
  expect(last?.liveRows).toBeLessThan(20);
  // From the second quarter on, what is made once is made: 10,000 phases and 100 jobs that each left 20 bytes would be seen.
  expect((last?.heapBytes ?? 0) - (second?.heapBytes ?? 0)).toBeLessThan(200_000);
});
