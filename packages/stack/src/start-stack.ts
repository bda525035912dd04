/** Runs a Collector, a Prometheus and an Alertmanager of their own on loopback, ready when the promise settles. */
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { findFreePorts, isPortFree } from "./free-ports.ts";
import { currentEnvironment, startGuard } from "./guard.ts";
import { type ManagedServer, manageServer } from "./managed-server.ts";
import { describePortOwner } from "./port-owner.ts";
import { prometheusConfig } from "./prometheus-config.ts";
import type { ServerName } from "./server-catalog.ts";
import { StackError } from "./stack-error.ts";
import { waitUntilAlertsAreSent } from "./wait-until-alerts-are-sent.ts";

/** What the stack is to run. */
export interface StackOptions {
  /** Paths of the programs, as `provideServers` returns them. */
  readonly servers: Readonly<Record<"collector" | "prometheus" | "alertmanager", { readonly path: string }>>;
  /** Rule files, or glob patterns of them. Default: none. */
  readonly ruleFiles?: readonly string[] | undefined;
  /** The finished Alertmanager configuration. Default: one that notifies nobody. */
  readonly alertmanagerConfigFile?: string | undefined;
  /** Collector configurations, merged in order. Default: this repository's `collector/worker-watchdog.yaml`. */
  readonly collectorConfigFiles?: readonly string[] | undefined;
  /** Another OTLP/HTTP address that is to get all telemetry, redacted. Default: none. */
  readonly forwardOtlpEndpoint?: string | undefined;
  /** How often rules are evaluated that do not say so themselves. Default: 10. */
  readonly evaluationIntervalSeconds?: number | undefined;
  /** How often Prometheus reads its own, the Collector's and Alertmanager's metrics. Default: 10. */
  readonly scrapeIntervalSeconds?: number | undefined;
  /** Further arguments of Prometheus, such as `--web.enable-remote-write-receiver`. Default: none. */
  readonly prometheusArguments?: readonly string[] | undefined;
  /** Ports that must be used. One that is taken is an error; every other port is any free one. */
  readonly ports?: { readonly otlp?: number; readonly prometheus?: number; readonly alertmanager?: number } | undefined;
  /** How long each server may take until it is ready. Default: 30 s. */
  readonly readyTimeoutMillis?: number | undefined;
  /** Where the stack's folder is made. Default: the system's folder for temporary files. */
  readonly parentDirectory?: string | undefined;
  /** Told when a server ends though nobody stopped it. Default: nobody is told; the server's `running` says so. */
  readonly onServerExit?: ((error: StackError) => void) | undefined;
}

/** A running stack. */
export interface Stack {
  /** Folder with data, configurations and logs; removed by `stop()`, and when this process ends in any other way. */
  readonly directory: string;
  /** Base address for OTLP/HTTP, such as `http://127.0.0.1:20318`. */
  readonly otlpEndpoint: string;
  readonly prometheusUrl: string;
  readonly alertmanagerUrl: string;
  /** OTLP JSON, one export a line. */
  readonly tracesFile: string;
  /** OTLP JSON of log events, one export a line. */
  readonly eventsFile: string;
  /** What each server printed. */
  readonly logFiles: Readonly<Record<"collector" | "prometheus" | "alertmanager", string>>;
  readonly collector: ManagedServer;
  readonly prometheus: ManagedServer;
  readonly alertmanager: ManagedServer;
  /** Stops everything in order and removes the folder. Safe to call twice. */
  stop(): Promise<void>;
}

interface Ports {
  readonly otlp: number;
  readonly collectorHealth: number;
  readonly collectorMetrics: number;
  readonly prometheus: number;
  readonly alertmanager: number;
}

const PORT_ATTEMPTS = 5;
const DEFAULT_READY_TIMEOUT_MILLIS = 30_000;
const DEFAULT_INTERVAL_SECONDS = 10;
const collectorFile = (name: string): string => fileURLToPath(new URL(`../../../collector/${name}`, import.meta.url));

/**
 * Starts the stack and waits until each server is ready.
 *
 * @throws {StackError} `port_taken` (a named port, with its owner), `server_crashed` and `server_not_ready` (with the
 * server's last lines).
 * @example
 * const stack = await startStack({ servers: await provideServers() });
 * await fetch(`${stack.prometheusUrl}/api/v1/query?query=up`);
 * await stack.stop();
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const named = Object.entries(options.ports ?? {});
  for (const [what, port] of named) await refuseTakenPort(what, port);
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(options, await choosePorts(options.ports));
    } catch (error) {
      // Somebody took a port between our look and the server's: other ports, unless a person named it.
      const again = StackError.isInstance(error) && error.code === "port_taken" && attempt < PORT_ATTEMPTS;
      if (!again) throw error;
      for (const [what, port] of named) await refuseTakenPort(what, port);
    }
  }
}

async function refuseTakenPort(what: string, port: number): Promise<void> {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new StackError("option_invalid", `ports.${what} is ${port}; allowed is a whole number from 1 to 65535.`);
  }
  if (await isPortFree(port)) return;
  throw new StackError(
    "port_taken",
    `Port ${port}, named for ${what}, is taken by ${await describePortOwner(port)}. ` +
      "End that process, name another port, or name none to have a free one chosen.",
  );
}

async function choosePorts(named: StackOptions["ports"]): Promise<Ports> {
  const [otlp = 0, collectorHealth = 0, collectorMetrics = 0, prometheus = 0, alertmanager = 0] =
    await findFreePorts(5);
  return { otlp, collectorHealth, collectorMetrics, prometheus, alertmanager, ...named };
}

async function startOnce(options: StackOptions, ports: Ports): Promise<Stack> {
  const { servers, readyTimeoutMillis = DEFAULT_READY_TIMEOUT_MILLIS } = options;
  const directory = await mkdtemp(join(options.parentDirectory ?? tmpdir(), "worker-watchdog-"));
  const guard = await startGuard(directory);
  const address = (port: number): string => `127.0.0.1:${port}`;
  const url = (port: number): string => `http://${address(port)}`;
  const dataDirectory = join(directory, "data");
  const onUnexpectedExit = options.onServerExit ?? (() => {});
  const server = (
    name: Extract<ServerName, "collector" | "prometheus" | "alertmanager">,
    args: readonly string[],
    readyUrl: string,
    listensOn: readonly number[],
    env?: Readonly<Record<string, string>>,
  ): ManagedServer =>
    manageServer({
      name,
      guard,
      command: servers[name].path,
      args,
      env: { ...currentEnvironment(), ...env },
      logFile: join(directory, "logs", `${name}.log`),
      readyUrl,
      ports: listensOn,
      readyTimeoutMillis,
      onUnexpectedExit,
    });

  await mkdir(join(directory, "logs"));
  await mkdir(dataDirectory);
  const alertmanagerConfig = options.alertmanagerConfigFile ?? join(directory, "alertmanager.yml");
  if (options.alertmanagerConfigFile === undefined) {
    await writeFile(alertmanagerConfig, stringify({ route: { receiver: "nobody" }, receivers: [{ name: "nobody" }] }));
  }
  const prometheusFile = join(directory, "prometheus.yml");
  await writeFile(
    prometheusFile,
    prometheusConfig({
      ruleFiles: options.ruleFiles ?? [],
      alertmanagerAddress: address(ports.alertmanager),
      evaluationIntervalSeconds: options.evaluationIntervalSeconds ?? DEFAULT_INTERVAL_SECONDS,
      scrapeIntervalSeconds: options.scrapeIntervalSeconds ?? DEFAULT_INTERVAL_SECONDS,
      scrapeTargets: {
        prometheus: address(ports.prometheus),
        alertmanager: address(ports.alertmanager),
        collector: address(ports.collectorMetrics),
      },
    }),
  );
  const collectorFiles = options.collectorConfigFiles ?? [
    collectorFile("worker-watchdog.yaml"),
    ...(options.forwardOtlpEndpoint === undefined ? [] : [collectorFile("forward-otlp.yaml")]),
  ];

  const alertmanager = server(
    "alertmanager",
    [
      `--config.file=${alertmanagerConfig}`,
      `--storage.path=${join(dataDirectory, "alertmanager")}`,
      `--web.listen-address=${address(ports.alertmanager)}`,
      // No gossip: one Alertmanager, and no second port.
      "--cluster.listen-address=",
    ],
    `${url(ports.alertmanager)}/-/ready`,
    [ports.alertmanager],
  );
  const prometheus = server(
    "prometheus",
    [
      `--config.file=${prometheusFile}`,
      `--storage.tsdb.path=${join(dataDirectory, "prometheus")}`,
      `--web.listen-address=${address(ports.prometheus)}`,
      "--web.enable-otlp-receiver",
      "--web.enable-lifecycle",
      // From a slow phase's bucket to its trace. No rule depends on it.
      "--enable-feature=exemplar-storage",
      ...(options.prometheusArguments ?? []),
    ],
    `${url(ports.prometheus)}/-/ready`,
    [ports.prometheus],
  );
  const collector = server(
    "collector",
    collectorFiles.map((file) => `--config=${file}`),
    `${url(ports.collectorHealth)}/`,
    [ports.otlp, ports.collectorHealth, ports.collectorMetrics],
    {
      WATCHDOG_OTLP_ENDPOINT: address(ports.otlp),
      WATCHDOG_PROMETHEUS_OTLP_ENDPOINT: `${url(ports.prometheus)}/api/v1/otlp/v1/metrics`,
      WATCHDOG_COLLECTOR_DIRECTORY: join(dataDirectory, "collector"),
      WATCHDOG_COLLECTOR_HEALTH_ENDPOINT: address(ports.collectorHealth),
      WATCHDOG_COLLECTOR_METRICS_PORT: String(ports.collectorMetrics),
      ...(options.forwardOtlpEndpoint !== undefined && { WATCHDOG_FORWARD_OTLP_ENDPOINT: options.forwardOtlpEndpoint }),
    },
  );

  try {
    // All at once; a server that fails must not be hidden by another one that waits for it.
    const started = await Promise.allSettled([alertmanager.start(), prometheus.start(), collector.start()]);
    const failed = started.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    if (options.ruleFiles !== undefined && options.ruleFiles.length > 0) {
      await waitUntilAlertsAreSent(url(ports.prometheus), readyTimeoutMillis);
    }
  } catch (error) {
    await guard.close();
    throw error;
  }

  let stopped: Promise<void> | undefined;
  return {
    directory,
    otlpEndpoint: url(ports.otlp),
    prometheusUrl: url(ports.prometheus),
    alertmanagerUrl: url(ports.alertmanager),
    tracesFile: join(dataDirectory, "collector", "traces.jsonl"),
    eventsFile: join(dataDirectory, "collector", "logs.jsonl"),
    logFiles: { collector: collector.logFile, prometheus: prometheus.logFile, alertmanager: alertmanager.logFile },
    collector,
    prometheus,
    alertmanager,
    stop() {
      stopped ??= (async () => {
        // In the direction of the data, so that what is on its way still arrives.
        await collector.stop();
        await prometheus.stop();
        await alertmanager.stop();
        await guard.close();
      })();
      return stopped;
    },
  };
}
