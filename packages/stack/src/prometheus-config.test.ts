import { expect, it } from "vitest";
import { parse } from "yaml";
import { prometheusConfig } from "./prometheus-config.ts";

it("writes what the stack needs, paths with spaces included", () => {
  const text = prometheusConfig({
    ruleFiles: ["/with a space/#1/*.rules.yml"],
    alertmanagerAddress: "127.0.0.1:9093",
    evaluationIntervalSeconds: 10,
    scrapeIntervalSeconds: 5,
    scrapeTargets: { collector: "127.0.0.1:8888" },
  });
  expect(parse(text)).toEqual({
    global: { scrape_interval: "5s", scrape_timeout: "5s", evaluation_interval: "10s" },
    otlp: { promote_resource_attributes: ["deployment.environment.name"] },
    storage: { tsdb: { out_of_order_time_window: "2h" } },
    rule_files: ["/with a space/#1/*.rules.yml"],
    alerting: {
      alert_relabel_configs: [{ action: "labeldrop", regex: "replica" }],
      alertmanagers: [{ static_configs: [{ targets: ["127.0.0.1:9093"] }] }],
    },
    scrape_configs: [{ job_name: "collector", static_configs: [{ targets: ["127.0.0.1:8888"] }] }],
  });
});
