/** Serves /metrics, keeps a scraper's connection open, and has nothing else to do. */
import { serveMetrics } from "@worker-watchdog/node";

const { url } = await serveMetrics({ port: 0 });
await (await fetch(url)).text();
process.stdout.write("ready\n");
