/** What one worker costs Prometheus: its live series, after it has run every scenario and while it holds a job with every kind of trouble. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { provideServers, type Stack, startStack } from "@worker-watchdog/stack";
import { afterAll, beforeAll, expect, it } from "vitest";
import { poll } from "./poll.ts";

const MAX_LIVE_SERIES = 40;

let stack: Stack;
let worker: ChildProcess | undefined;
beforeAll(async () => {
  stack = await startStack({ servers: await provideServers({ names: ["collector", "prometheus", "alertmanager"] }) });
}, 600_000);
afterAll(async () => {
  worker?.kill("SIGKILL");
  await stack?.stop();
});

async function value(promql: string): Promise<number> {
  const response = await fetch(`${stack.prometheusUrl}/api/v1/query?query=${encodeURIComponent(promql)}`);
  const { data } = (await response.json()) as {
    readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
  };
  return Number(data.result[0]?.value[1] ?? 0);
}

it(`a worker that has run every scenario has at most ${MAX_LIVE_SERIES} live series`, async () => {
  worker = spawn(
    process.execPath,
    ["--conditions=@worker-watchdog/source", join(import.meta.dirname, "every-scenario.program.ts")],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        ...process.env,
        WATCHDOG_WORKER_ID: "w",
        WATCHDOG_WORKER_POOL: "series",
        OTEL_EXPORTER_OTLP_ENDPOINT: stack.otlpEndpoint,
      },
    },
  );
  const lines = createInterface({ input: worker.stdout as NonNullable<typeof worker.stdout> });
  await new Promise<void>((resolve) => lines.once("line", () => resolve()));

  // Every live row comes again within a minute; those of the ended attempts stop a minute after their end.
  const live = (selector: string): Promise<number> => value(`count(last_over_time({${selector}}[65s]))`);
  const mine = 'worker_pool="series",worker_id="w"';
  await poll("the held attempt", async () => ((await live(`${mine},job_id="everything"`)) > 10 ? true : undefined));
  expect(await live(mine)).toBeGreaterThan(MAX_LIVE_SERIES);
  await poll(
    "the ended attempts' rows to stop",
    async () => ((await live(`${mine},job_id!~"|everything"`)) === 0 ? true : undefined),
    {
      timeoutMillis: 240_000,
    },
  );
  const rows = await live(mine);
  const ofResource = await live('__name__="target_info",instance!=""');
  console.log(`live series of one worker: ${rows}, and ${ofResource} of its resource`);
  expect(rows).toBeGreaterThan(15);
  expect(rows + ofResource).toBeLessThanOrEqual(MAX_LIVE_SERIES);
});
