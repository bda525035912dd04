import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { describe, expect, it } from "vitest";
import { EnvironmentContextManager, traceContextFromEnvironment } from "./environment-context.ts";

const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

describe("traceContextFromEnvironment", () => {
  it("reads TRACEPARENT and TRACESTATE", () => {
    const parent = trace.getSpanContext(traceContextFromEnvironment({ TRACEPARENT, TRACESTATE: "vendor=1" }));
    expect(parent).toMatchObject({
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      traceFlags: 1,
      isRemote: true,
    });
    expect(parent?.traceState?.serialize()).toBe("vendor=1");
  });

  it.each([
    {},
    { TRACEPARENT: "" },
    { TRACEPARENT: "00-nonsense" },
    { TRACEPARENT: TRACEPARENT.replaceAll(/[0-9a-f]/g, "0") },
    { traceparent: TRACEPARENT },
  ])("is the root context for %j", (environment) => {
    expect(trace.getSpanContext(traceContextFromEnvironment(environment))).toBeUndefined();
  });
});

describe("EnvironmentContextManager", () => {
  const outermost = traceContextFromEnvironment({ TRACEPARENT });
  const manager = new EnvironmentContextManager(outermost).enable();

  it("has the parent process's context where none is set", () => {
    expect(manager.active()).toBe(outermost);
  });

  it("has no parent where the root context was asked for by name", () => {
    const parent = manager.with(ROOT_CONTEXT, () => trace.getSpanContext(manager.active()));
    expect(parent).toBeUndefined();
  });

  it("keeps a context over an await", async () => {
    const inner = trace.setSpanContext(ROOT_CONTEXT, {
      traceId: "1".repeat(32),
      spanId: "2".repeat(16),
      traceFlags: 1,
    });
    await manager.with(inner, async () => {
      await Promise.resolve();
      expect(manager.active()).toBe(inner);
    });
  });
});
