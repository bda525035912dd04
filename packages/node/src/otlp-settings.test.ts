import { diag } from "@opentelemetry/api";
import { afterEach, describe, expect, it, vi } from "vitest";
import { describeEndpoint, readOtlpSettings } from "./otlp-settings.ts";

afterEach(() => vi.unstubAllEnvs());

function withEnvironment(variables: Readonly<Record<string, string>>) {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

describe("readOtlpSettings", () => {
  it.each([
    { name: "nothing", environment: {}, endpoint: undefined, url: "http://127.0.0.1:4318/v1/traces" },
    {
      name: "the shared variable",
      environment: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9/base/" },
      endpoint: undefined,
      url: "http://127.0.0.1:9/base/v1/traces",
    },
    {
      name: "the signal's variable, as it is",
      environment: {
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://127.0.0.1:8/x?k=v",
      },
      endpoint: undefined,
      url: "https://127.0.0.1:8/x?k=v",
    },
    {
      name: "the option",
      environment: {
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:8",
      },
      endpoint: "http://127.0.0.1:7",
      url: "http://127.0.0.1:7/v1/traces",
    },
    {
      name: "the default where the variable is no URL",
      environment: { OTEL_EXPORTER_OTLP_ENDPOINT: "localhost:4318" },
      endpoint: undefined,
      url: "http://127.0.0.1:4318/v1/traces",
    },
  ])("takes the URL from $name", ({ environment, endpoint, url }) => {
    withEnvironment(environment);
    expect(readOtlpSettings({ endpoint }).traces.url).toBe(url);
  });

  it("merges headers: shared, the signal's, then the option's", () => {
    withEnvironment({
      OTEL_EXPORTER_OTLP_HEADERS: "a=1,b=1,c=1",
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: "b=2,c=2",
    });
    expect(readOtlpSettings({ headers: { c: "3" } }).metrics.headers).toEqual({ a: "1", b: "2", c: "3" });
    expect(readOtlpSettings().logs.headers).toEqual({ a: "1", b: "1", c: "1" });
  });

  it.each([
    { value: "grpc", warnings: 3 },
    { value: "http/protobuf", warnings: 3 },
    { value: "http/json", warnings: 0 },
  ])("says $warnings times that http/json is used for OTEL_EXPORTER_OTLP_PROTOCOL=$value", ({ value, warnings }) => {
    const messages: string[] = [];
    const quiet = () => {};
    diag.setLogger({ error: quiet, warn: (text) => messages.push(text), info: quiet, debug: quiet, verbose: quiet });
    withEnvironment({ OTEL_EXPORTER_OTLP_PROTOCOL: value });
    readOtlpSettings();
    diag.disable();
    expect(messages.filter((text) => text.includes(`"${value}"`) && text.includes("http/json"))).toHaveLength(warnings);
  });

  it.each([
    { value: "1500", timeoutMillis: 1500 },
    { value: "0", timeoutMillis: 10_000 },
    { value: "soon", timeoutMillis: 10_000 },
  ])("waits $timeoutMillis ms for OTEL_EXPORTER_OTLP_TIMEOUT=$value", ({ value, timeoutMillis }) => {
    withEnvironment({ OTEL_EXPORTER_OTLP_TIMEOUT: value });
    expect(readOtlpSettings().traces.timeoutMillis).toBe(timeoutMillis);
  });

  it("waits no longer than the caller allows", () => {
    withEnvironment({ OTEL_EXPORTER_OTLP_TIMEOUT: "5000" });
    expect(readOtlpSettings({ maxTimeoutMillis: 2000 }).traces.timeoutMillis).toBe(2000);
    expect(readOtlpSettings({ maxTimeoutMillis: 9000 }).traces.timeoutMillis).toBe(5000);
  });

  it("switches a signal off where its exporter is none", () => {
    withEnvironment({ OTEL_LOGS_EXPORTER: "none", OTEL_TRACES_EXPORTER: "otlp" });
    const settings = readOtlpSettings();
    expect([settings.logs.isEnabled, settings.traces.isEnabled, settings.metrics.isEnabled]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it("goes on without a certificate that can not be read", () => {
    withEnvironment({ OTEL_EXPORTER_OTLP_CERTIFICATE: "/nonexistent/ca.pem" });
    expect(readOtlpSettings().traces.tls).toBeUndefined();
  });
});

describe("describeEndpoint", () => {
  it("names one base, without credentials and query", () => {
    withEnvironment({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://user:secret@127.0.0.1:8/x?key=secret" });
    const text = describeEndpoint(readOtlpSettings());
    expect(text).toBe("https://127.0.0.1:8/x, http://127.0.0.1:4318");
  });
});
