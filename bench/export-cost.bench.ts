/**
 * What telemetry costs a worker: how long a phase takes with a Collector that works, refuses, or never answers, and without any SDK; and how
 * much longer the process takes to end. All in one run, turn by turn, so that a busy machine slows every variant alike.
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, get, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { startTelemetry } from "@worker-watchdog/node";
import { createWatchdog } from "@worker-watchdog/sdk";

// The second "no SDK" is the control: its ratios to the first are what the machine's other work does to this run.
const VARIANTS = ["no SDK", "no SDK again", "live", "refused", "silent"] as const;
type Variant = (typeof VARIANTS)[number];

const TURNS = 16;
/** On a busy machine there are fewer turns: the whole run is to stay within a minute. */
const MAX_PHASES_MILLIS = 25_000;
const PHASES_A_TURN = 50;
const EXITS = 2;
const STARTS = 7;
const file = fileURLToPath(import.meta.url);

const role = process.argv[2];
if (role === "worker") await runWorker();
else if (role === "exit") await runExit();
else await measure();

/** A worker that runs a heartbeat with many phases whenever it is told to, and answers with their durations. */
async function runWorker(): Promise<void> {
  const { ENDPOINT, JOB_SERVICE = "" } = process.env;
  if (ENDPOINT !== undefined) startTelemetry({ endpoint: ENDPOINT, worker: { id: "bench", pool: "bench" } });
  const watchdog = createWatchdog({ worker: { id: "bench", pool: "bench", role: "builder" } });
  let jobs = 0;
  process.on("message", async () => {
    const durations: number[] = [];
    await watchdog.heartbeat(async (beat) => {
      await beat.doctor(async () => ({ ok: true, token_present: true, touch: { ok: true } }));
      await beat.touch(async () => ({ ok: true, touched: true }));
      const now = Math.floor(Date.now() / 1000);
      jobs += 1;
      const job = await beat.claim(async () => ({
        ok: true,
        server_time: now,
        job: { id: `job-${jobs}`, lease_expires_at: now + 900, deliverable_id: null, artifact_kinds: [], payload: {} },
      }));
      for (let phase = 0; phase < PHASES_A_TURN; phase += 1) {
        const startedAt = performance.now();
        await job?.phase("build", () => work(JOB_SERVICE));
        durations.push(performance.now() - startedAt);
      }
      await job?.release("bench", async () => ({ ok: true }));
    });
    process.send?.(durations);
  });
}

/** A few milliseconds of what a phase does: requests to the job service, and some computing. */
async function work(jobService: string): Promise<void> {
  for (let call = 0; call < 3; call += 1) {
    await new Promise<void>((resolve, reject) => {
      get(jobService, (response) => response.resume().on("end", resolve)).on("error", reject);
    });
  }
  createHash("sha256").update(block).digest();
}
const block = Buffer.alloc(role === "worker" ? 8_000_000 : 0);

/** A worker that has something to send, and ends. */
async function runExit(): Promise<void> {
  const { ENDPOINT } = process.env;
  if (ENDPOINT !== undefined) startTelemetry({ endpoint: ENDPOINT, onNotSent: () => {} });
  const watchdog = createWatchdog({ worker: { id: "bench", pool: "bench", role: "builder" } });
  await watchdog.heartbeat(async (beat) => {
    await beat.touch(async () => ({ ok: true, touched: true }));
  });
  process.send?.("ready");
  if (process.argv[3] === "natural") process.disconnect?.();
  if (process.argv[3] === "process.exit()") process.exit();
  if (process.argv[3] === "SIGTERM") setInterval(() => {}, 1000);
}

async function measure(): Promise<void> {
  const jobService = await listen((server) => server.on("request", (_request, response) => response.end("{}")));
  const live = await listen((server) =>
    server.on("request", (request, response) => request.resume().on("end", () => response.end())),
  );
  const silent = await listen((server) => server.on("request", (request) => request.resume()));
  const gone = await listen((server) => server);
  gone.close();
  const endpoints: Record<Variant, string | undefined> = {
    "no SDK": undefined,
    "no SDK again": undefined,
    live: live.url,
    refused: gone.url,
    silent: silent.url,
  };

  const durations = await measurePhases(endpoints, jobService.url);
  console.log(`\nOne phase, in milliseconds (${durations.live.length} of each; ratios to "no SDK" and to "live")`);
  console.table(
    Object.fromEntries(
      VARIANTS.map((variant) => {
        const [median, p99] = [0.5, 0.99].map((q) => quantile(durations[variant], q)) as [number, number];
        const ratio = (to: Variant, q: number): string =>
          (quantile(durations[variant], q) / quantile(durations[to], q)).toFixed(3);
        return [
          variant,
          {
            median: median.toFixed(3),
            p99: p99.toFixed(3),
            "median / no SDK": ratio("no SDK", 0.5),
            "p99 / no SDK": ratio("no SDK", 0.99),
            "median / live": ratio("live", 0.5),
            "p99 / live": ratio("live", 0.99),
          },
        ];
      }),
    ),
  );

  console.log(
    `\nFrom the last work to the end of the process, in milliseconds (the longest of ${EXITS}; with the difference to "no SDK")`,
  );
  const ways = ["natural", "process.exit()", "SIGTERM"] as const;
  const rows: Record<string, Record<string, string>> = {};
  for (const way of ways) {
    const row: Record<string, string> = {};
    let bare = 0;
    for (const variant of VARIANTS) {
      const millis: number[] = [];
      for (let run = 0; run < EXITS; run += 1) millis.push(await measureExit(endpoints[variant], way));
      const longest = Math.max(...millis);
      if (variant === "no SDK") bare = longest;
      row[variant] = variant === "no SDK" ? longest.toFixed(0) : `${longest.toFixed(0)} (${signed(longest - bare)})`;
    }
    rows[way] = row;
  }
  console.table(rows);

  console.log(`\nA process that records nothing, from start to end, in milliseconds (median of ${STARTS})`);
  const plain = await measureStarts([]);
  const preloaded = await measureStarts(["--import", "@worker-watchdog/node/register"]);
  console.table({
    plain: plain.toFixed(0),
    "with --import …/register": `${preloaded.toFixed(0)} (${signed(preloaded - plain)})`,
  });
  for (const server of [jobService, live, silent]) server.close();
}

async function measurePhases(
  endpoints: Record<Variant, string | undefined>,
  jobService: string,
): Promise<Record<Variant, number[]>> {
  const durations: Record<Variant, number[]> = {
    "no SDK": [],
    "no SDK again": [],
    live: [],
    refused: [],
    silent: [],
  };
  const workers = VARIANTS.map((variant) => ({
    variant,
    child: start("worker", [], { ENDPOINT: endpoints[variant], JOB_SERVICE: jobService }),
  }));
  try {
    const endsAt = performance.now() + MAX_PHASES_MILLIS;
    for (let turn = -5; turn < TURNS && performance.now() < endsAt; turn += 1) {
      // Each variant is first as often as it is last.
      const order = workers.map((_, index) => workers[(index + turn + 5) % workers.length]);
      for (const worker of order) {
        if (worker === undefined) continue;
        worker.child.send("turn");
        const [measured] = (await once(worker.child, "message")) as [number[]];
        if (turn >= 0) durations[worker.variant].push(...measured);
      }
    }
  } finally {
    for (const { child } of workers) child.kill("SIGKILL");
  }
  return durations;
}

async function measureExit(endpoint: string | undefined, way: string): Promise<number> {
  const child = start("exit", [way], { ENDPOINT: endpoint });
  const ended = once(child, "exit");
  await once(child, "message");
  const readyAt = performance.now();
  if (way === "SIGTERM") child.kill("SIGTERM");
  await ended;
  return performance.now() - readyAt;
}

async function measureStarts(args: readonly string[]): Promise<number> {
  const millis: number[] = [];
  for (let run = 0; run < STARTS; run += 1) {
    const startedAt = performance.now();
    const condition = "--conditions=@worker-watchdog/source";
    await once(spawn(process.execPath, [condition, ...args, "-e", "0"], { cwd: dirname(file) }), "exit");
    millis.push(performance.now() - startedAt);
  }
  return quantile(millis, 0.5);
}

function start(as: string, args: readonly string[], variables: Record<string, string | undefined>): ChildProcess {
  const set = Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return fork(file, [as, ...args], { env: { ...process.env, ...Object.fromEntries(set) } });
}

async function listen(set: (server: Server) => Server): Promise<{ readonly url: string; close(): void }> {
  const server = set(createServer());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function signed(millis: number): string {
  return `${millis < 0 ? "" : "+"}${millis.toFixed(0)}`;
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}
