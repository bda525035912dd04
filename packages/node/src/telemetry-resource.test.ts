import { afterEach, describe, expect, it, vi } from "vitest";
import { stableInstanceId, telemetryResources } from "./telemetry-resource.ts";

afterEach(() => vi.unstubAllEnvs());

const worker = { id: "worker-1", pool: "reports", role: "builder" };

describe("telemetryResources", () => {
  it("names the worker, with the same instance id in every process", () => {
    const { metrics } = telemetryResources({ worker });
    expect(metrics.attributes).toMatchObject({
      "service.name": "worker-watchdog-worker",
      "service.instance.id": stableInstanceId(worker),
      "worker.id": "worker-1",
      "worker.pool": "reports",
      "worker.role": "builder",
    });
  });

  it("takes a random instance id where the worker is not known", () => {
    const ids = [telemetryResources({}), telemetryResources({})].map(
      ({ metrics }) => metrics.attributes["service.instance.id"],
    );
    expect(ids[0]).not.toBe(ids[1]);
  });

  it("lets the environment win over defaults, and the options over the environment", () => {
    vi.stubEnv("OTEL_SERVICE_NAME", "from-environment");
    vi.stubEnv("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=mine,team=a");
    expect(telemetryResources({ worker }).metrics.attributes).toMatchObject({
      "service.name": "from-environment",
      "service.instance.id": "mine",
      team: "a",
    });
    expect(
      telemetryResources({ worker, serviceName: "from-code", attributes: { team: "b" } }).metrics.attributes,
    ).toMatchObject({ "service.name": "from-code", team: "b" });
  });

  it("has the process on traces and logs only, and a command line nowhere", () => {
    const { metrics, tracesAndLogs } = telemetryResources({ worker });
    expect(tracesAndLogs.attributes["process.pid"]).toBe(process.pid);
    expect(metrics.attributes).not.toHaveProperty("process.pid");
    expect(Object.keys(tracesAndLogs.attributes).filter((key) => key.startsWith("process.command"))).toEqual([]);
  });
});

describe("stableInstanceId", () => {
  it("is the SHA-256 of pool, line feed and id, which a Collector can compute too", () => {
    expect(stableInstanceId({ pool: "a", id: "b" })).toBe("7e18f737311b2dc3b2f269dd78396b03");
  });

  it("tells a/b + c from a + b/c", () => {
    expect(stableInstanceId({ pool: "a/b", id: "c" })).not.toBe(stableInstanceId({ pool: "a", id: "b/c" }));
  });
});

it("R12: a credential in a worker's name does not reach the resource", () => {
  const secret = ["ghp_", "abcdefghijklmnopqrstuvwxyz0123456789"].join("");
  const { metrics, tracesAndLogs } = telemetryResources({ worker: { id: `w-${secret}`, pool: secret, role: secret } });
  for (const resource of [metrics, tracesAndLogs]) {
    expect(JSON.stringify(resource.attributes)).not.toContain(secret.slice(4, 16));
    expect(resource.attributes["worker.id"]).toContain("[redacted:");
  }
});
