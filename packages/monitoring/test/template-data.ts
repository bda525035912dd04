import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Policy } from "@worker-watchdog/sdk/policy";
import { ALERTS } from "../src/index.ts";
import { alertRuleTest } from "../src/rule-tests/expectation.ts";
import { type ProgramResult, runProgram } from "./run-program.ts";

/** One alert as Alertmanager hands it to templates. */
export interface TemplateAlert {
  readonly status: "firing" | "resolved";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
}

const REASONS: Readonly<Record<string, string>> = {
  job_not_found_after_claim: "progress",
  missing_deliverable_id: "none_assigned",
  phase_failed: "context",
  phase_failed_pool: "context",
  queue_stuck: "no_progress",
  session_dead: "credit_limit",
  multiple_primary_jobs: "late_claim",
  repair_exhausted: "transport",
  session_cancelled: "wall_clock",
  secret_redacted: "github_token",
  control_store_unreadable: "unwritable",
  complete_unknown: "not_found_on_retry",
  telemetry_collector_down: "one_down",
  telemetry_exports_refused: "dropped",
  telemetry_exports_stuck: "nothing_sent",
  telemetry_rules_failing: "evaluation_failed",
  telemetry_alertmanager_down: "none_up",
  telemetry_catching_up: "collector_down",
};

/** What the servers' own series have. */
const OF_SERVERS = {
  job: "collector",
  instance: "127.0.0.1:8888",
  exporter: "otlp_http/prometheus",
  integration: "webhook",
  rule_group: "worker-watchdog.rules.yml;worker-watchdog",
};

/** An alert with labels and annotations as Prometheus renders the rule's. */
export function pageData(policy: Policy, alert: (typeof ALERTS)[number]["key"], job: string): TemplateAlert {
  const scope = ALERTS.find(({ key }) => key === alert)?.scope;
  const hasJob = scope === "attempt" || scope === "event";
  const ofWorkers = {
    worker_pool: "reports",
    ...(scope === "pool" ? {} : { worker_id: "worker-1" }),
    ...(hasJob ? { job_id: job, trace_id: "4bf92f3577b34da6a3ce929d0e0e4736" } : {}),
    kind: alert,
  };
  const labels = {
    ...(scope === "pipeline" ? OF_SERVERS : ofWorkers),
    reason: REASONS[alert] ?? "missing_artifact_kind",
  };
  const rule = alertRuleTest({ at: 0, alert, firing: [{ labels, value: 1_795_219_200 }] }, policy);
  return {
    status: "firing",
    labels: { alertname: rule.alertname, ...rule.exp_alerts[0]?.exp_labels },
    annotations: rule.exp_alerts[0]?.exp_annotations ?? {},
    startsAt: "2026-11-21T06:30:00Z",
    endsAt: "0001-01-01T00:00:00Z",
    generatorURL: "",
    fingerprint: "b1a2",
  };
}

/** What to render, and over which alerts. */
export interface RenderOptions {
  readonly amtool: string;
  /** The folder that the policy's files were written to. */
  readonly folder: string;
  /** A template of ours by the end of its name, or a text that holds `{{`. */
  readonly template: string;
  readonly alerts: readonly TemplateAlert[];
  /** Escaped as in an e-mail. Default: false. */
  readonly isHtml?: boolean | undefined;
}

/** Renders with amtool, over the group of `alerts`. */
export async function renderTemplate({
  amtool,
  folder,
  template,
  alerts,
  isHtml,
}: RenderOptions): Promise<ProgramResult> {
  const data = join(folder, `data-${Math.random()}.json`);
  const commonLabels = inCommon(alerts.map(({ labels }) => labels));
  const { alertname = "", worker_pool = "" } = commonLabels;
  await writeFile(
    data,
    JSON.stringify({
      receiver: "r",
      status: alerts.some(({ status }) => status === "firing") ? "firing" : "resolved",
      alerts,
      groupLabels: { alertname, worker_pool },
      commonLabels,
      commonAnnotations: inCommon(alerts.map(({ annotations }) => annotations)),
      externalURL: "",
    }),
  );
  return await runProgram(
    amtool,
    "template",
    "render",
    `--template.glob=${join(folder, "prometheus-rules/*.tmpl")}`,
    `--template.text=${template.includes("{{") ? template : `{{ template "${template}" . }}`}`,
    `--template.type=${isHtml === true ? "html" : "text"}`,
    `--template.data=${data}`,
  );
}

/** As Alertmanager does: what all of them have with the same value. */
function inCommon(sets: readonly Readonly<Record<string, string>>[]): Readonly<Record<string, string>> {
  const [first = {}, ...others] = sets;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((set) => set[name] === value)),
  );
}
