/** One `/metrics` endpoint: the worker's own prom-client metrics and ours, under the same names as by push. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { diag } from "@opentelemetry/api";
import type { MetricReader } from "@opentelemetry/sdk-metrics";
import { WatchdogError } from "@worker-watchdog/sdk/rows";
import type * as promClient from "prom-client";
import { runningTelemetry } from "./process-telemetry.ts";
import { PromClientCollector, type PromClientRegistry } from "./prom-client-collector.ts";
import { negotiate, renderMetrics } from "./render-metrics.ts";

/** Options of {@link serveMetrics}. */
export interface ServeMetricsOptions {
  /** TCP port; 0 takes a free one. */
  readonly port: number;
  /** Address to listen on. Default: `127.0.0.1`; give `0.0.0.0` to be scraped from elsewhere. */
  readonly host?: string | undefined;
  /** The worker's own metrics. Default: prom-client's global `register`. */
  readonly registry?: PromClientRegistry | undefined;
  /** Where the claim counter is read from, for an application with its own MeterProvider. Default: that of startTelemetry(). */
  readonly metricReader?: Pick<MetricReader, "collect"> | undefined;
}

/** A running `/metrics` endpoint. */
export interface MetricsServer {
  /** Its address, such as `http://127.0.0.1:9464/metrics`. */
  readonly url: string;
  /** Stops it. */
  close(): Promise<void>;
}

/**
 * Serves `/metrics`, as Prometheus text or, where the scraper asks for it, as OpenMetrics. Off unless called: pushing and scraping
 * into one Prometheus counts everything twice. It never keeps the process alive, and stops with `telemetry.shutdown()`.
 *
 * @throws WatchdogError `invalid_option` where the port is taken or out of range, or the npm package prom-client is not installed.
 * @example
 * ```ts
 * const { url } = await serveMetrics({ port: 9464 });
 * ```
 */
export async function serveMetrics(options: ServeMetricsOptions): Promise<MetricsServer> {
  const { port, host = "127.0.0.1" } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new WatchdogError(
      "invalid_option",
      `serveMetrics: port is ${port}; a whole number from 0 to 65535 is needed.`,
    );
  const prom = await loadPromClient();
  const own = new PromClientCollector(options.registry ?? prom.register);
  const reader = (): Pick<MetricReader, "collect"> | undefined =>
    options.metricReader ?? runningTelemetry()?.metricReader;

  const server = createServer((request, response) => {
    void answer(request, response, (type) => renderMetrics(prom, own, reader(), type));
  });
  server.on("connection", (socket) => socket.unref());
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen(port, host, resolve);
  });
  server.unref();
  server.on("error", (error) => diag.warn("worker-watchdog: the /metrics endpoint failed", error));

  const close = (): Promise<void> =>
    new Promise((resolve) => {
      stopFollowing?.();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const stopFollowing = runningTelemetry()?.onShutdown(close);
  const address = server.address() as AddressInfo;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return { url: `http://${name}:${address.port}/metrics`, close };
}

async function loadPromClient(): Promise<typeof promClient> {
  try {
    return await import("prom-client");
  } catch (error) {
    throw new WatchdogError(
      "invalid_option",
      "serveMetrics needs the npm package prom-client, version 15: npm install prom-client",
      { cause: error },
    );
  }
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): WatchdogError {
  const why = error.code === "EADDRINUSE" ? "is taken" : `can not be listened on (${error.code ?? error.message})`;
  return new WatchdogError(
    "invalid_option",
    `serveMetrics: port ${port} on ${host} ${why}; use another port, or 0 for a free one.`,
    { cause: error, reason: error.code },
  );
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  renderAs: (type: promClient.RegistryContentType) => Promise<string>,
): Promise<void> {
  try {
    if (URL.parse(request.url ?? "", "http://localhost")?.pathname !== "/metrics") {
      response.writeHead(404).end("Not found. Metrics are at /metrics.\n");
      return;
    }
    const type = negotiate(request.headers.accept ?? "");
    const text = await renderAs(type);
    response.writeHead(200, { "Content-Type": type }).end(request.method === "HEAD" ? undefined : text);
  } catch (error) {
    diag.warn("worker-watchdog: /metrics failed", error);
    if (!response.headersSent) response.writeHead(500);
    response.end();
  }
}
