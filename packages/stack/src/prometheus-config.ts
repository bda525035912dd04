/** Prometheus' configuration for the local stack. */
import { stringify } from "yaml";

/** What the configuration needs to know. */
export interface PrometheusConfigOptions {
  /** Glob patterns or paths of rule files. */
  readonly ruleFiles: readonly string[];
  /** `host:port` of the Alertmanager. */
  readonly alertmanagerAddress: string;
  /** How often rules are evaluated that do not say so themselves. */
  readonly evaluationIntervalSeconds: number;
  /** How often the servers' own metrics are read. */
  readonly scrapeIntervalSeconds: number;
  /** `host:port` of each server to scrape, by Prometheus job name. */
  readonly scrapeTargets: Readonly<Record<string, string>>;
}

/** Replayed queues may be this late; at least as long as an outage that the Collector's queue should bridge. */
const OUT_OF_ORDER_WINDOW = "2h";

/** The external label that tells replicas of one Prometheus apart, as its operators commonly name it. */
const REPLICA_LABEL = "replica";

/** Returns the text of a `prometheus.yml`. */
export function prometheusConfig(options: PrometheusConfigOptions): string {
  const { ruleFiles, alertmanagerAddress, evaluationIntervalSeconds, scrapeIntervalSeconds, scrapeTargets } = options;
  return stringify({
    global: {
      scrape_interval: `${scrapeIntervalSeconds}s`,
      scrape_timeout: `${scrapeIntervalSeconds}s`,
      evaluation_interval: `${evaluationIntervalSeconds}s`,
    },
    otlp: { promote_resource_attributes: ["deployment.environment.name"] },
    storage: { tsdb: { out_of_order_time_window: OUT_OF_ORDER_WINDOW } },
    rule_files: [...ruleFiles],
    alerting: {
      // Replicas differ in this external label alone: without it their alerts are the same, and Alertmanager tells once.
      alert_relabel_configs: [{ action: "labeldrop", regex: REPLICA_LABEL }],
      alertmanagers: [{ static_configs: [{ targets: [alertmanagerAddress] }] }],
    },
    scrape_configs: Object.entries(scrapeTargets).map(([job, target]) => ({
      job_name: job,
      static_configs: [{ targets: [target] }],
    })),
  });
}
