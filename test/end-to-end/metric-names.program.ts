/** A worker that has a point of every metric in the table: the rows by hand, the counter and the spans from a real claim. */
import { serveMetrics, startTelemetry } from "@worker-watchdog/node";
import { createWatchdog } from "@worker-watchdog/sdk";
import { METRICS, type RowMetricKey } from "@worker-watchdog/sdk/semconv";
import { registerRowSource } from "../../packages/sdk/src/row-sources.ts";
import { RowTable } from "../../packages/sdk/src/row-table.ts";

const worker = { id: "names-1", pool: "names" };
startTelemetry({ worker });
const { url } = await serveMetrics({ port: 0 });

const table = new RowTable();
registerRowSource(table);
for (const key of Object.keys(METRICS) as (keyof typeof METRICS)[]) {
  const { instrument, attributes } = METRICS[key];
  if (instrument !== "gauge") continue;
  const labels = Object.fromEntries(attributes.map((attribute) => [attribute, `by hand ${attribute}`]));
  table.set(key as RowMetricKey, labels, 1_700_000_000.25, { dropAtMillis: Number.POSITIVE_INFINITY });
}

const watchdog = createWatchdog({ worker });
await watchdog.heartbeat(async (beat) => {
  await beat.doctor(async () => ({ ok: true, token_present: true, touch: { ok: true } }));
  await beat.touch(async () => ({ ok: true, touched: true }));
  await beat.claim(async () => ({ ok: true, server_time: Math.floor(Date.now() / 1000), job: null }));
});
process.stdout.write(`${url}\n`);
setInterval(() => {}, 60_000);
