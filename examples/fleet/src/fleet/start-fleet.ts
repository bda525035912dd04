/** Puts the whole together: queue, artifact host, a stack for each policy, and workers on request; and takes it all apart again. */
import { mkdir, mkdtemp, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type StackOptions, startGuard } from "@worker-watchdog/stack";
import { type ArtifactHost, startArtifactHost } from "../artifact-host/start-artifact-host.ts";
import { type OrderDesk, startJobServiceProcess } from "../job-service/job-service-client.ts";
import type { PolicyName, ScenarioJob } from "../scenarios/scenario.ts";
import { FleetBroken } from "./fleet-broken.ts";
import { FleetRecord } from "./fleet-record.ts";
import { writeInputFiles } from "./input-files.ts";
import { type MonitoredStack, startMonitoredStack } from "./monitored-stack.ts";
import { startWorkerProcess, type WorkerProcess } from "./worker-process.ts";

/** Options of {@link startFleet}. */
export interface FleetOptions {
  readonly servers: StackOptions["servers"];
  readonly policies: readonly PolicyName[];
  /** Told what is being started. */
  readonly onStep?: ((text: string) => void) | undefined;
  /** Told when a server or the job service ends by itself. */
  readonly onBroken: (error: Error) => void;
}

/** What a worker of the fleet is started with. */
export interface WorkerRequest {
  readonly id: string;
  readonly pool: string;
  readonly policy: PolicyName;
  readonly heartbeatSeconds?: number | undefined;
  /** Port of its `/metrics` endpoint. Default: none. */
  readonly metricsPort?: number | undefined;
}

/** A running fleet. */
export interface Fleet {
  readonly record: FleetRecord;
  readonly stacks: ReadonlyMap<PolicyName, MonitoredStack>;
  /** Logs of the job service and of each worker. */
  readonly logDirectory: string;
  readonly desk: OrderDesk;
  /** Puts a job into a pool's queue; gives its id. */
  order(pool: string, job?: ScenarioJob): Promise<string>;
  startWorker(request: WorkerRequest): WorkerProcess;
  /** Stops workers, queue and servers, in this order, and removes every file. Safe to call twice. */
  stop(): Promise<void>;
}

const LEASE_SECONDS = 900;
const BUILD_SECONDS = 4;

/** Starts everything but the workers. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const record = new FleetRecord();
  const directory = await mkdtemp(join(tmpdir(), "worker-watchdog-fleet-"));
  // Nothing runs under it: it removes the folder however this process ends.
  const guard = await startGuard(directory);
  const [logDirectory, inputs, artifacts, generated] = await Promise.all(
    ["logs", "inputs", "artifacts", "generated"].map(async (name) => {
      await mkdir(join(directory, name));
      return join(directory, name);
    }),
  );
  if (!logDirectory || !inputs || !artifacts || !generated) throw new Error("mkdir gave no folder.");

  const workers = new Set<WorkerProcess>();
  const stacks = new Map<PolicyName, MonitoredStack>();
  let host: ArtifactHost | undefined;
  let desk: OrderDesk | undefined;
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      await Promise.all([...workers].map((worker) => worker.stop()));
      await Promise.all([desk?.stop(), host?.stop(), ...[...stacks.values()].map((stack) => stack.stop())]);
      await guard.close();
    })();
    return stopped;
  };

  try {
    host = await startArtifactHost({
      directory: artifacts,
      onRequest: (request) => record.add({ type: "artifact", request }),
    });
    options.onStep?.("Starting PostgreSQL, the job service, Collector, Prometheus and Alertmanager");
    const jobServiceLog = join(logDirectory, "job-service.log");
    const log = await open(jobServiceLog, "a");
    const starting = [
      startJobServiceProcess({
        artifactHostUrl: host.url,
        onActivity: (activity) => record.add({ type: "activity", activity }),
        onExit: ({ message }) => options.onBroken(new FleetBroken(message, jobServiceLog)),
        logDescriptor: log.fd,
      }).then((started) => {
        desk = started;
      }),
      ...options.policies.map(async (name) => {
        stacks.set(
          name,
          await startMonitoredStack({
            name,
            servers: options.servers,
            directory: generated,
            onPage: (received) => record.add({ type: "page", received }),
            onServerExit: options.onBroken,
          }),
        );
      }),
    ];
    // All settled, so that what did start is stopped where another one did not.
    const failed = (await Promise.allSettled(starting)).find((result) => result.status === "rejected");
    await log.close();
    if (failed !== undefined) throw failed.reason;
  } catch (error) {
    await stop();
    throw error;
  }

  let jobNumber = 0;
  const artifactHost = host;
  const orderDesk = desk as OrderDesk;
  return {
    record,
    // In the order that was asked for, whichever was ready first.
    stacks: new Map(
      [...stacks].sort(([left], [right]) => options.policies.indexOf(left) - options.policies.indexOf(right)),
    ),
    logDirectory,
    desk: orderDesk,
    async order(pool, job = {}) {
      jobNumber += 1;
      const deliverableId = job.withoutDeliverable ? undefined : `${pool}.${jobNumber}`;
      if (job.artifactLost) artifactHost.lose(`deliverables/${deliverableId}`);
      return orderDesk.order(pool, {
        payload: {
          title: `Sales report ${jobNumber}`,
          inputs: await writeInputFiles(inputs, jobNumber),
          build_seconds: job.buildSeconds ?? BUILD_SECONDS,
        },
        artifactKinds: ["html_report", "file_list"],
        deliverableId,
        leaseSeconds: job.leaseSeconds ?? LEASE_SECONDS,
        fault: job.fault,
      });
    },
    startWorker({ policy, ...request }) {
      const monitored = stacks.get(policy);
      if (monitored === undefined) throw new Error(`No stack runs on the policy ${policy}.`);
      const worker = startWorkerProcess({
        ...request,
        policyFile: monitored.policyFile,
        otlpEndpoint: monitored.stack.otlpEndpoint,
        jobServiceUrl: orderDesk.url,
        jobServiceToken: orderDesk.workerToken,
        artifactHostUrl: artifactHost.url,
        logDirectory,
        onEvent: (event) => record.add({ type: "worker", event }),
      });
      workers.add(worker);
      return worker;
    },
    stop,
  };
}
