/** What the tests of a worker's day share: a clock, a job service, an artifact host, spans and rows. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  createWatchdog,
  type Heartbeat,
  type Job,
  type Journal,
  memoryJournal,
  type Row,
  type Watchdog,
} from "../src/index.ts";
import { createPolicy, type PolicyInput } from "../src/policy/index.ts";
import {
  type JobServiceClient,
  type ManualClock,
  type MemoryJobService,
  manualClock,
  memoryJobService,
  recordSpans,
  type SpanRecorder,
} from "../src/testing/index.ts";

/** A worker at a bench. */
export interface WorkerBench {
  readonly clock: ManualClock;
  readonly service: MemoryJobService;
  readonly client: JobServiceClient;
  readonly journal: ReturnType<typeof memoryJournal>;
  readonly watchdog: Watchdog;
  readonly spans: SpanRecorder;
  /** Address of an artifact that passes the gate. */
  readonly artifact: { readonly url: string; readonly filesUrl: string };
  /** Rows by Prometheus-like shorthand: `metric{reason}` → value. */
  rows(): Readonly<Record<string, number>>;
  rawRows(): readonly Row[];
  /** Runs `promise` while time moves on, a second at a time, for at most `seconds`. */
  through<R>(promise: Promise<R>, seconds?: number): Promise<R>;
  close(): Promise<void>;
}

/** Options of {@link workerBench}. */
export interface WorkerBenchOptions {
  readonly leaseSeconds?: number;
  readonly clockOffsetSeconds?: number;
  readonly policy?: PolicyInput;
  readonly canAddKinds?: boolean;
  readonly renews?: boolean;
  /** What the queue says that it holds. */
  readonly backlog?: () => unknown;
  /** Whether the library may read a job's state. Default: no. */
  readonly reads?: boolean;
  /** Whether the library may release a job. Default: no. */
  readonly releases?: boolean;
  readonly journal?: Journal;
  /** Another bench's clock and job service, for a second process of the worker. */
  readonly clock?: ManualClock;
  readonly service?: MemoryJobService;
}

export async function workerBench(options: WorkerBenchOptions = {}): Promise<WorkerBench> {
  const clock = options.clock ?? manualClock();
  const spans = recordSpans();
  const host = await artifactHost();
  const service =
    options.service ??
    memoryJobService({
      clock,
      leaseSeconds: options.leaseSeconds,
      clockOffsetSeconds: options.clockOffsetSeconds,
    });
  const client = service.client("w1");
  const memory = memoryJournal();
  const journal = options.journal ?? memory;
  const { port } = host.address() as AddressInfo;
  const watchdog = createWatchdog({
    worker: { id: "w1", pool: "p", role: "builder" },
    policy: createPolicy({
      ...options.policy,
      artifact: { allowed_private_hosts: ["127.0.0.1"], retry_wait_seconds: 0.05, ...options.policy?.artifact },
    }),
    journal,
    clock,
    environment: {},
    helper: {
      touch: () => client.touch(),
      backlog: options.backlog ?? (() => ({ pending: 2, kinds: ["video"] })),
      ...(options.renews === false ? {} : { renew: (job) => client.progress(job.id) }),
      ...(options.reads === true ? { readJob: (job) => client.read(job.id) } : {}),
      ...(options.releases === true ? { release: (job) => client.release(job.id) } : {}),
      ...(options.canAddKinds === false
        ? {}
        : {
            addArtifactKind: () => undefined,
          }),
    },
  });
  return {
    clock,
    service,
    client,
    journal: memory,
    watchdog,
    spans,
    artifact: { url: `http://127.0.0.1:${port}/report.html`, filesUrl: `http://127.0.0.1:${port}/files.json` },
    rawRows: () => watchdog.rows.rows(clock.now()),
    rows() {
      const found: Record<string, number> = {};
      for (const row of watchdog.rows.rows(clock.now())) {
        const reason = row.attributes["reason"];
        found[reason === undefined ? row.metric : `${row.metric}{${row.attributes["kind"]},${reason}}`] = row.value;
      }
      return found;
    },
    async through(promise, seconds = 120) {
      let settled = false;
      const done = (): void => {
        settled = true;
      };
      promise.then(done, done);
      await clock.advance(0);
      // Real sockets (the gate's) settle in their own time, so the clock only moves where nothing has come after a few turns.
      for (let second = 0; second < seconds && !settled; second += 1) {
        for (let turn = 0; turn < 20 && !settled; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
        if (!settled) await clock.advance(1_000);
      }
      return promise;
    },
    async close() {
      spans.unregister();
      await new Promise((resolve) => host.close(resolve));
    },
  };
}

/** The whole day of a well-behaved worker. */
export async function day(bench: WorkerBench, beat: Heartbeat): Promise<Job | undefined> {
  const { client, artifact } = bench;
  await beat.doctor(() => client.doctor());
  await beat.touch(() => client.touch());
  const job = await beat.claim(() => client.claim());
  if (job === undefined) return undefined;
  await job.context(() => client.context(job.id));
  await job.progress("building_artifact", () => client.progress(job.id));
  const verified = await job.artifact(() => artifact);
  await job.complete(verified, ({ artifactKinds }) => client.complete(job.id, artifactKinds));
  return job;
}

function artifactHost(): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/report.html") === true) response.end("<h1>report</h1>");
    else if (request.url === "/files.json") response.end('["report.html"]');
    else response.writeHead(404).end();
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}
