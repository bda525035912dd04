/** What a worker holds in memory after a million phases. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { liveLong } from "../../packages/sdk/test/long-life.ts";

/** Measures and prints. */
export async function measureLongLife(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const samples = await liveLong({
    jobs: 5_000,
    phasesAJob: 200,
    samples: 10,
    gc: runInNewContext("gc") as () => void,
  });
  console.log("\nWhat is held by a worker that lives long, after collecting garbage");
  console.table(
    samples.map(({ jobs, phases, heapBytes, liveRows }) => ({
      jobs,
      phases,
      "heap, MB": (heapBytes / 1e6).toFixed(2),
      "live rows": liveRows,
    })),
  );
}
