/** The Collector's configuration agrees with the table of names, and lets nothing past redaction. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defaultPolicy } from "@worker-watchdog/sdk/policy";
import {
  ATTRIBUTES,
  EVENTS,
  METRICS,
  type Phase,
  type PhaseStatus,
  REPAIR_RESULTS,
  REPAIR_TRIGGERS,
} from "@worker-watchdog/sdk/semconv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

interface Pipeline {
  readonly receivers: readonly string[];
  readonly processors?: readonly string[];
  readonly exporters: readonly string[];
}

interface CollectorConfig {
  readonly processors?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly connectors?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly service: { readonly pipelines: Readonly<Record<string, Pipeline>> };
}

const read = (name: string): CollectorConfig =>
  parse(readFileSync(fileURLToPath(new URL(`../collector/${name}`, import.meta.url)), "utf8"));
const main = read("worker-watchdog.yaml");
const pipelines = Object.entries({ ...main.service.pipelines, ...read("forward-otlp.yaml").service.pipelines });

describe("redaction (R12)", () => {
  const entrances = pipelines.filter(([, pipeline]) => pipeline.receivers.includes("otlp"));

  it("stands in each pipeline that takes telemetry in, which hands it to nothing but the fan-out", () => {
    expect(entrances.map(([name]) => name)).toEqual(["traces/in", "metrics/in", "logs/in"]);
    for (const [name, { processors, exporters }] of entrances) {
      expect(processors, name).toContain("redaction");
      expect(exporters, name).toEqual([`forward/${name.split("/")[0]}`]);
    }
  });

  it("comes before every exporter and every other connector", () => {
    for (const [name, { receivers }] of pipelines) {
      if (receivers.includes("otlp")) continue;
      expect(
        receivers.filter((id) => !/^(?:forward|span_metrics|signal_to_metrics)(?:\/|$)/.test(id)),
        name,
      ).toEqual([]);
    }
  });

  it("sees a span's name and status message, which the processor itself does not read", () => {
    const { processors = [] } = main.service.pipelines["traces/in"] ?? {};
    const order = ["transform/expose", "redaction", "transform/restore"].map((id) => processors.indexOf(id));
    expect(order).toEqual([1, 2, 3]);
  });
});

it("repairs have the name, unit, labels and label values of the table", () => {
  const { logs } = main.connectors?.["signal_to_metrics/repairs"] ?? {};
  expect(logs).toMatchObject([
    {
      name: METRICS.repairs.name,
      unit: METRICS.repairs.unit,
      attributes: [{ key: "worker.pool" }, { key: "trigger" }, { key: "result" }],
    },
  ]);
  expect(METRICS.repairs.attributes).toEqual(["worker.pool", "trigger", "result"]);
  const [{ conditions: [condition = ""] = [] } = {}] = logs as readonly { readonly conditions?: readonly string[] }[];
  expect(condition).toContain(`log.event_name == "${EVENTS.repair}"`);
  expect(condition).toContain(`"^(${REPAIR_TRIGGERS.join("|")})$"`);
  expect(condition).toContain(`"^(${REPAIR_RESULTS.join("|")})$"`);
});

describe("phase durations (R2.1)", () => {
  const spanMetrics = main.connectors?.["span_metrics"] ?? {};

  it("have the name, unit and labels of the table", () => {
    expect(`${spanMetrics["namespace"]}.duration`).toBe(METRICS.phaseDuration.name);
    expect(spanMetrics["histogram"]).toMatchObject({ unit: METRICS.phaseDuration.unit });
    const dimensions = spanMetrics["dimensions"] as readonly { readonly name: string }[];
    expect(dimensions.map(({ name }) => name)).toEqual(METRICS.phaseDuration.attributes);
  });

  it("count spans that carry a phase alone", () => {
    const conditions = main.processors?.["filter/phases"]?.["trace_conditions"];
    expect(conditions).toEqual([`span.attributes["${ATTRIBUTES.phase.key}"] == nil`]);
    expect(main.service.pipelines["traces/phases"]?.processors).toContain("filter/phases");
  });
});

describe("the lease margin", () => {
  const connector = main.connectors?.["span_metrics/lease_margin"] ?? {};

  it("has the name, unit and labels of the table", () => {
    const { name, unit, attributes, description } = METRICS.leaseMargin;
    expect(connector["histogram"]).toMatchObject({ unit });
    const dimensions = connector["dimensions"] as readonly { readonly name: string }[];
    expect(dimensions.map(({ name: key }) => key)).toEqual(attributes);
    const measured = `metric.name == "${connector["namespace"]}.duration"`;
    expect(main.processors?.["transform/lease_margin_name"]?.["metric_statements"]).toEqual([
      `set(metric.description, "${description.replace(/, made .*$/, "")}.") where ${measured}`,
      `set(metric.name, "${name}") where ${measured}`,
    ]);
  });

  it("is measured on complete spans that passed and say how much lease was left", () => {
    const { phase, phaseStatus, leaseRemaining } = ATTRIBUTES;
    const { processors } = main.service.pipelines["traces/lease_margin"] ?? {};
    expect(processors).toEqual(["filter/completed", "transform/lease_margin"]);
    const [dropped = ""] = main.processors?.["filter/completed"]?.["trace_conditions"] ?? [];
    const key = (attribute: { readonly key: string }): string => `span.attributes["${attribute.key}"]`;
    expect(dropped.split(" or ").map((part) => part.trim())).toEqual([
      `${key(phase)} != "${"complete" satisfies Phase}"`,
      `${key(phaseStatus)} != "${"ok" satisfies PhaseStatus}"`,
      `${key(leaseRemaining)} == nil`,
      `Double(${key(leaseRemaining)}) < 0.0`,
    ]);
  });

  it("has a bucket at each of the policy's thresholds", () => {
    const { thresholds } = defaultPolicy;
    const { buckets } = (connector["histogram"] as { explicit: { buckets: string[] } }).explicit;
    const unitSeconds = new Map([
      ["s", 1],
      ["m", 60],
      ["h", 3600],
    ]);
    const seconds = buckets.map((bound) => Number.parseInt(bound, 10) * (unitSeconds.get(bound.at(-1) ?? "") ?? 0));
    expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
    expect(seconds[0]).toBe(thresholds.complete_safety_margin_seconds);
    expect(seconds.at(-1)).toBe(thresholds.lease_max_minutes * 60);
    for (const minutes of [
      thresholds.lease_emergency_minutes,
      thresholds.lease_remaining_minutes_warn,
      thresholds.lease_keepalive_minutes,
    ])
      expect(seconds).toContain(minutes * 60);
  });
});

describe("completes without proof (alert 12)", () => {
  const [metric, ...others] = (main.connectors?.["signal_to_metrics/unproven"]?.["spans"] ?? []) as readonly {
    readonly name: string;
    readonly description: string;
    readonly unit: string;
    readonly attributes: readonly { readonly key: string }[];
  }[];

  it("are one metric with the name, unit and labels of the table", () => {
    const { name, unit, attributes, description } = METRICS.completeUnprovenAt;
    expect(others).toEqual([]);
    expect(metric).toMatchObject({ name, unit, description: description.replace(/; made .*$/, ".") });
    expect(metric?.attributes.map(({ key }) => key)).toEqual(attributes);
  });

  it("are told by the attributes that the library puts on its complete spans", () => {
    const conditions = (main.processors?.["filter/unproven"]?.["trace_conditions"] ?? []).join("\n");
    const read = new Set([...conditions.matchAll(/attributes\["([^"]+)"\]/g)].map(([, key]) => key));
    const { phase, phaseStatus, artifactCheckId, artifactStatus, artifactFileCount } = ATTRIBUTES;
    const keys = [phase, phaseStatus, artifactCheckId, artifactStatus, artifactFileCount].map(({ key }) => key);
    expect([...read]).toEqual(keys);
    expect(conditions).toContain(`!= "${"complete" satisfies Phase}"`);
    expect(conditions).toContain(`!= "${"ok" satisfies PhaseStatus}"`);
  });
});

describe("credentials' keys", () => {
  const patterns = (main.processors?.["redaction"]?.["blocked_key_patterns"] ?? []).map(
    (pattern) => new RegExp(pattern.replace("(?i)", ""), "i"),
  );
  const isBlocked = (key: string): boolean => patterns.some((pattern) => pattern.test(key));

  it.each([
    "api_key",
    "apiKey",
    "openai.api-key",
    "authorization",
    "http.request.header.Authorization",
    "password",
    "db.password",
    "client_secret",
    "secret",
    "access_token",
    "auth.refresh_token",
    "token",
    "x-auth-token",
    "set-cookie",
    "private_key",
  ])("hide %s", (key) => {
    expect(isBlocked(key)).toBe(true);
  });

  it.each([
    ...Object.values(ATTRIBUTES).map(({ key }) => key),
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.token.type",
    "cached_token_count",
    "token_present",
    "max_tokens",
    "trace_id",
    "job_id",
    "session.id",
    "secretary",
  ])("leave %s alone", (key) => {
    expect(isBlocked(key)).toBe(false);
  });
});
