/** A worker for the exit tests: records a claim, then leaves in the way that its first argument names. */
import { logs, metrics, SeverityNumber, trace } from "@opentelemetry/api";
import { startTelemetry } from "@worker-watchdog/node";
import { ATTRIBUTES, INSTRUMENTATION_SCOPE, METRICS, phaseSpanName } from "@worker-watchdog/sdk/semconv";
import { registerRowSource } from "../../../sdk/src/rows/row-sources.ts";
import { RowTable } from "../../../sdk/src/rows/row-table.ts";

const way = process.argv[2] ?? "natural";
const telemetry = startTelemetry({ worker: { id: "worker-1", pool: "reports", role: "builder" } });

const table = new RowTable();
registerRowSource(table);
const owner = { dropAtMillis: Number.POSITIVE_INFINITY };
const worker = { [ATTRIBUTES.workerPool.key]: "reports", [ATTRIBUTES.workerId.key]: "worker-1" };
const attempt = {
  ...worker,
  [ATTRIBUTES.jobId.key]: "job-7",
  [ATTRIBUTES.traceId.key]: "0af7651916cd43dd8448eb211c80319c",
};
const now = Math.floor(Date.now() / 1000);
table.set("claimStartedAt", attempt, now, owner, { urgency: "urgent" });
table.set("claimLeaseExpiresAt", attempt, now + 900, owner, { urgency: "urgent" });
metrics
  .getMeter(INSTRUMENTATION_SCOPE)
  .createCounter(METRICS.claims.name, { unit: METRICS.claims.unit })
  .add(1, { ...worker, [ATTRIBUTES.claimOutcome.key]: "job" });
const tracer = trace.getTracer(INSTRUMENTATION_SCOPE);
tracer.startSpan(phaseSpanName("claim")).end();
tracer.startSpan(phaseSpanName("context")).end();
logs.getLogger(INSTRUMENTATION_SCOPE).emit({ severityNumber: SeverityNumber.INFO, eventName: "worker.job.claimed" });

if (way.includes("later")) await new Promise((resolve) => setTimeout(resolve, 1500));
// What only the last moment knows.
table.set("claimSettledAt", attempt, now + 1, owner);
tracer.startSpan(phaseSpanName("complete")).end();

process.stdout.write("ready\n");
if (way.startsWith("exit")) process.exit(3);
if (way.startsWith("throw")) throw new Error("boom");
if (way.startsWith("reject")) void Promise.reject(new Error("boom"));
if (way.startsWith("shutdown")) await telemetry.shutdown();
if (way.startsWith("signal")) setInterval(() => {}, 1000);
if (way.startsWith("listener")) {
  const timer = setInterval(() => {}, 1000);
  process.once("SIGTERM", () => {
    tracer.startSpan("drain").end();
    clearInterval(timer);
    process.exitCode = 5;
  });
}
if (way.startsWith("polite")) {
  const { onExit } = await import("signal-exit");
  onExit(() => {});
  setInterval(() => {}, 1000);
}
