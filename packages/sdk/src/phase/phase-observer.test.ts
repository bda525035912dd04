import { ROOT_CONTEXT } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WatchdogError } from "../errors.ts";
import { memoryJournal } from "../journal/memory-journal.ts";
import { manualClock, recordSpans, type SpanRecorder } from "../testing/index.ts";
import { Telemetry } from "../worker/telemetry.ts";
import type { PhaseObserver } from "./phase-observer.ts";
import { type PhaseInvocation, PhaseRunner } from "./phase-runner.ts";

const clock = manualClock();
let spans: SpanRecorder;

beforeEach(() => {
  spans = recordSpans();
});
afterEach(() => spans.unregister());

function observed(observer: PhaseObserver): { runner: PhaseRunner; telemetry: Telemetry } {
  const telemetry = new Telemetry(clock, memoryJournal(), { pool: "p", id: "w1" });
  return { telemetry, runner: new PhaseRunner(telemetry, clock, {}, { observer }) };
}

function invocation(run: () => unknown): PhaseInvocation<unknown> {
  return { phase: "build", parent: ROOT_CONTEXT, jobId: "j1", traceId: "t1", attributes: {}, passes: () => true, run };
}

describe("an observer of phases", () => {
  it("hears of each invocation before its function and after its verdict", async () => {
    const heard: unknown[] = [];
    const { runner } = observed({
      started: ({ phase, jobId, traceId }) => {
        heard.push(["started", phase, jobId, traceId]);
        return 7;
      },
      ended: (_phase, { status }, token) => heard.push(["ended", status, token, spans.named("worker.build")[0]?.ended]),
    });
    await runner.invoke(invocation(() => heard.push("runs")));
    expect(heard).toEqual([["started", "build", "j1", "t1"], "runs", ["ended", "ok", 7, false]]);
  });

  it("R7.3: refuses a phase before anything of it has happened", async () => {
    const heard: string[] = [];
    const refused = new WatchdogError("run_cancelled", "The run was cancelled.");
    const { runner } = observed({
      assertRunnable: () => {
        throw refused;
      },
      started: () => heard.push("started"),
      ended: () => heard.push("ended"),
    });
    await expect(runner.invoke(invocation(() => heard.push("runs")))).rejects.toBe(refused);
    expect(heard).toEqual([]);
    expect(spans.spans).toEqual([]);
  });

  it("R7.3: is not asked again about the one retry of a phase that was let begin", async () => {
    const heard: string[] = [];
    const { runner } = observed({
      assertRunnable: () => heard.push("asked"),
      started: () => heard.push("started"),
      ended: () => heard.push("ended"),
    });
    await runner.invoke(invocation(() => undefined));
    await runner.invoke({ ...invocation(() => undefined), isRetry: true });
    expect(heard).toEqual(["asked", "started", "ended", "started", "ended"]);
  });

  it("never reaches the worker with errors of its records", async () => {
    const tokens: unknown[] = [];
    const { runner, telemetry } = observed({
      started: () => {
        throw new Error("disk full");
      },
      ended: (_phase, _outcome, token) => {
        tokens.push(token);
        throw new Error("disk full");
      },
    });
    expect(await runner.invoke(invocation(() => "result"))).toEqual({ status: "ok", result: "result" });
    expect(tokens).toEqual([undefined]);
    expect(telemetry.errors).toBe(2);
  });
});
