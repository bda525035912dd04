/** Every way a process can end × every state of the Collector: nothing changes how it ends, and nothing is lost silently. */
import { METRICS, phaseSpanName } from "@worker-watchdog/sdk/semconv";
import { describe, expect, it } from "vitest";
import { RECEIVER_STATES, startOtlpReceiver } from "./otlp-receiver.ts";
import { runProgram } from "./run-program.ts";

const WAYS = [
  { way: "natural", code: 0, signal: null },
  { way: "natural-later", code: 0, signal: null },
  { way: "exit", code: 3, signal: null },
  { way: "exit-later", code: 3, signal: null },
  { way: "throw", code: 1, signal: null },
  { way: "throw-later", code: 1, signal: null },
  { way: "reject", code: 1, signal: null },
  { way: "shutdown", code: 0, signal: null },
  { way: "signal", send: "SIGTERM", code: null, signal: "SIGTERM" },
  { way: "signal-later", send: "SIGTERM", code: null, signal: "SIGTERM" },
  { way: "signal", send: "SIGINT", code: null, signal: "SIGINT" },
  { way: "listener", send: "SIGTERM", code: 5, signal: null },
  { way: "polite", send: "SIGTERM", code: null, signal: "SIGTERM" },
] as const;

/** The exit deadline, and room for a busy machine: well below the 10 s that a hanging export would take. The benchmark measures the rest. */
const MAX_EXIT_MILLIS = 2000 + 4000;

describe.each(RECEIVER_STATES)("a Collector that is %s", (state) => {
  it.concurrent.each(WAYS)("leaves the end by $way as it is", async ({ way, code, signal, ...rest }) => {
    await using receiver = await startOtlpReceiver(state);
    const end = await runProgram("worker", {
      args: [way],
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
      signal: "send" in rest ? rest.send : undefined,
    });

    expect({ code: end.code, signal: end.signal }).toEqual({ code, signal });
    expect(end.millisAfterReady).toBeLessThan(MAX_EXIT_MILLIS);
    const lines = end.stderr.split("\n").filter((line) => line.startsWith("worker-watchdog:"));
    if (state !== "ok") {
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(receiver.endpoint);
      return;
    }
    expect(lines).toEqual([]);
    const { spans, points, logs } = receiver.received();
    expect(new Set(spans.map(({ name }) => name))).toEqual(
      new Set([
        phaseSpanName("claim"),
        phaseSpanName("context"),
        phaseSpanName("complete"),
        ...(way === "listener" ? ["drain"] : []),
      ]),
    );
    expect(new Set(points.filter(({ kind }) => kind === "gauge").map(({ name }) => name))).toEqual(
      new Set([METRICS.claimStartedAt.name, METRICS.claimLeaseExpiresAt.name, METRICS.claimSettledAt.name]),
    );
    expect(logs.map(({ eventName }) => eventName)).toContain("worker.job.claimed");
  });
});
