/** What a running Prometheus says: version, OTLP receiver, late samples, retention, Alertmanagers, scrape jobs, our rules, and the series that they need. */

import { secondsOf } from "@worker-watchdog/monitoring";
import type { Policy } from "@worker-watchdog/sdk/policy";
import { parse } from "yaml";
import { compareVersions } from "../doctor/compare-versions.ts";
import { type Finding, fail, ok, warn } from "../doctor/finding.ts";
import { listAt, partOf, textAt } from "./json-parts.ts";
import { retentionFinding } from "./retention-finding.ts";
import { ruleFindings } from "./rule-findings.ts";
import { seriesFindings } from "./series-findings.ts";
import type { ServerApi } from "./server-api.ts";

/** The oldest version that takes what the Collector sends and evaluates what is generated. */
const OLDEST_VERSION = "3.5.0";

/**
 * The findings of the Prometheus behind `api`.
 *
 * @throws WatchdogError `service_unavailable` where it does not answer.
 */
export async function prometheusFindings(api: ServerApi, policy: Policy): Promise<readonly Finding[]> {
  return [
    ...(await versionFindings(api)),
    ...(await flagFindings(api)),
    ...(await configurationFindings(api, policy)),
    await retentionOf(api, policy),
    ...(await alertmanagerFindings(api)),
    ...(await ruleFindings(api, policy)),
    ...(await seriesFindings(api, policy)),
  ];
}

const unsaid = (subject: string): Finding =>
  warn(subject, "the server does not say (it is no Prometheus, or hides it)", "Look at its configuration.");

async function versionFindings(api: ServerApi): Promise<readonly Finding[]> {
  const answer = await api.get("/api/v1/status/buildinfo");
  const version = "json" in answer ? textAt(answer.json, "data", "version") : undefined;
  if (version === undefined) return [unsaid("version")];
  if (compareVersions(version, OLDEST_VERSION) >= 0) return [ok("version", version)];
  return [fail("version", version, `Take Prometheus ${OLDEST_VERSION} or later.`)];
}

async function flagFindings(api: ServerApi): Promise<readonly Finding[]> {
  const answer = await api.get("/api/v1/status/flags");
  const isOn = "json" in answer ? textAt(answer.json, "data", "web.enable-otlp-receiver") : undefined;
  if (isOn === undefined) return [unsaid("OTLP receiver")];
  if (isOn === "true") return [ok("OTLP receiver", "on")];
  return [
    fail(
      "OTLP receiver",
      "off: nothing that workers export arrives",
      "Start Prometheus with --web.enable-otlp-receiver.",
    ),
  ];
}

async function configurationFindings(api: ServerApi, policy: Policy): Promise<readonly Finding[]> {
  const answer = await api.get("/api/v1/status/config");
  const text = "json" in answer ? textAt(answer.json, "data", "yaml") : undefined;
  if (text === undefined) return [unsaid("late samples")];
  const configuration: unknown = parse(text);
  const window = String(partOf(configuration, "storage", "tsdb", "out_of_order_time_window") ?? "0s");
  const needed = policy.pipeline.replay_minutes * 60;
  const late =
    secondsOf(window) >= needed
      ? ok("late samples", `out_of_order_time_window is ${window}`)
      : fail(
          "late samples",
          `out_of_order_time_window is ${window}, and the Collector's queue bridges ${policy.pipeline.replay_minutes} min: what it kept is refused`,
          `Set storage.tsdb.out_of_order_time_window to ${policy.pipeline.replay_minutes}m at least, or lower pipeline.replay_minutes.`,
        );
  const promoted = listAt(configuration, "otlp", "promote_resource_attributes").map(String);
  const unstable = promoted.filter((name) => UNSTABLE.includes(name));
  if (unstable.length === 0) return [late];
  return [
    late,
    warn(
      "resource attributes",
      `${unstable.join(", ")} become labels: each restart of a worker makes all its series anew`,
      "Take them out of otlp.promote_resource_attributes.",
    ),
  ];
}

async function retentionOf(api: ServerApi, policy: Policy): Promise<Finding> {
  const answer = await api.get("/api/v1/status/runtimeinfo");
  const retention = "json" in answer ? textAt(answer.json, "data", "storageRetention") : undefined;
  return retention === undefined ? unsaid("retention") : retentionFinding(retention, policy);
}

/** Resource attributes that change with each process. */
const UNSTABLE: readonly string[] = [
  "service.instance.id",
  "process.pid",
  "k8s.pod.name",
  "k8s.pod.uid",
  "container.id",
];

async function alertmanagerFindings(api: ServerApi): Promise<readonly Finding[]> {
  const answer = await api.get("/api/v1/alertmanagers");
  if ("unknown" in answer) return [unsaid("Alertmanagers")];
  const active = listAt(answer.json, "data", "activeAlertmanagers").flatMap((each) => textAt(each, "url") ?? []);
  if (active.length > 0) return [ok("Alertmanagers", `${active.length} known`)];
  return [fail("Alertmanagers", "none: no alert becomes a page", "Add one under alerting.alertmanagers.")];
}
