/** The dashboard of the telemetry pipeline: would a page come? From workers over Collectors and Prometheus to Alertmanager. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { DASHBOARD_UIDS } from "../paths.ts";
import { LABELS } from "../rules/labels.ts";
import type { DashboardSpec } from "./dashboard-frame.ts";
import type { PanelQuery, PanelSpec } from "./panel.ts";
import * as pipeline from "./pipeline-queries.ts";
import { POOL_COLUMN, value, WORKER_COLUMN } from "./table-columns.ts";
import { pipelineAlertTable } from "./tables.ts";
import { clockColours, NONE_IS_GREEN, queueFillColours, SILENT_IS_RED, UP_IS_GREEN } from "./thresholds.ts";

/** The dashboard of the telemetry pipeline under `policy`. */
export function pipelineDashboard(policy: Policy): DashboardSpec {
  return {
    uid: DASHBOARD_UIDS.pipeline,
    title: "Telemetry pipeline",
    description: "Would a page come? From the workers' exports over Collectors and Prometheus to Alertmanager.",
    worker: "many",
    servers: pipeline.servers(policy),
    rows: [
      { title: "Would a page come?", panels: figures(policy) },
      { title: "What is wrong, and whose is it?", panels: [pipelineAlertTable(policy)] },
      { title: "Which server, and whose clock?", panels: [serverTable(policy), clockTable(policy)] },
      { title: "Does what workers send arrive?", panels: arrival(policy) },
      { title: "Are the rules in time?", panels: rules() },
      { title: "Do pages go out?", panels: delivery() },
    ],
  };
}

function figures(policy: Policy): readonly PanelSpec[] {
  const count = (title: string, description: string, expr: string): PanelSpec => ({
    kind: "stat",
    title,
    description,
    unit: "short",
    width: 3,
    queries: [{ expr }],
    thresholds: NONE_IS_GREEN,
  });
  return [
    {
      kind: "stat",
      title: "Dead man's switch",
      description:
        "How long the alert has fired that always fires. Silent, the rules do not run, and nobody is paged for anything.",
      unit: "s",
      width: 3,
      queries: [{ expr: pipeline.deadMansSwitch }],
      thresholds: SILENT_IS_RED,
      noValue: "silent",
    },
    count(
      "Servers down",
      "Collectors, Prometheus and Alertmanagers that do not answer when they are scraped.",
      pipeline.serversDown(policy),
    ),
    {
      kind: "stat",
      title: "Fullest queue",
      description:
        "Share of its capacity that the fullest queue of a Collector holds. Red where telemetry_exports_stuck fires.",
      unit: "percentunit",
      width: 3,
      queries: [{ expr: pipeline.fullestQueue }],
      thresholds: queueFillColours(policy),
      noValue: "no queue",
    },
    count(
      "Telemetry refused",
      "Points, spans and log records that a Collector refused, could not queue or gave up, in the range shown.",
      pipeline.lost,
    ),
    count(
      "Rules that failed",
      "Evaluations of the watchdog's rules that failed, and rounds that were left out, in the range shown.",
      pipeline.rulesFailed,
    ),
    count(
      "Pages that failed",
      "Alerts that did not reach Alertmanager, and notifications that a receiver did not take, in the range shown.",
      pipeline.pagesFailed,
    ),
    count(
      "Overflown series",
      "Series that hold what is past an instrument's limit of attribute sets: workers in it can not be told apart.",
      pipeline.overflown,
    ),
    {
      kind: "stat",
      title: "Furthest clock",
      description:
        "How far the worker's clock is off that is furthest off the job service's. Yellow where telemetry_clock_off fires.",
      unit: "s",
      width: 3,
      queries: [{ expr: pipeline.furthestClock }],
      thresholds: clockColours(policy),
      noValue: "none known",
    },
  ];
}

function serverTable(policy: Policy): PanelSpec {
  return {
    kind: "table",
    title: "Servers",
    description: "Each server that Prometheus reads under the policy's scrape jobs, with its last reload.",
    unit: "short",
    width: 14,
    queries: [
      { expr: pipeline.up(policy) },
      { expr: pipeline.runningFor(policy) },
      { expr: pipeline.reloaded },
      { expr: pipeline.memory(policy) },
    ],
    sort: { by: "Answers" },
    noValue: "none is scraped",
    columns: [
      { field: LABELS.service, title: "Server" },
      { field: LABELS.instance, title: "Instance" },
      value(0, "Answers", "short", { thresholds: UP_IS_GREEN, texts: { "0": "no", "1": "yes" }, width: 90 }),
      value(1, "Running for", "s", { width: 110 }),
      value(2, "Configuration", "short", {
        thresholds: UP_IS_GREEN,
        texts: { "0": "refused", "1": "in force" },
        width: 120,
      }),
      value(3, "Memory", "bytes", { width: 110 }),
    ],
  };
}

function clockTable(policy: Policy): PanelSpec {
  return {
    kind: "table",
    title: "Clocks of workers",
    description: "The workers whose clock is furthest off the job service's.",
    unit: "s",
    width: 10,
    queries: [{ expr: pipeline.clockOffsets }],
    sort: { by: "Off by", falling: true },
    noValue: "none known",
    columns: [
      POOL_COLUMN,
      WORKER_COLUMN,
      { field: "Value", title: "Off by", unit: "s", thresholds: clockColours(policy), width: 110 },
    ],
  };
}

type Curve = readonly [expr: string, legend: string];

function curve(
  said: Pick<PanelSpec, "title" | "description" | "unit" | "width" | "thresholds">,
  ...curves: readonly Curve[]
): PanelSpec {
  const queries: readonly PanelQuery[] = curves.map(([expr, legend]) => ({ expr, legend }));
  return { kind: "timeseries", queries, ...said };
}

function arrival(policy: Policy): readonly PanelSpec[] {
  return [
    curve(
      {
        title: "Points through the Collectors",
        description: "Metric points that Collectors took in and sent on, in a second.",
        unit: "cps",
        width: 12,
      },
      [pipeline.accepted, "in: {{receiver}}"],
      [pipeline.sent, "out: {{exporter}}"],
    ),
    curve(
      {
        title: "Queues of the Collectors",
        description:
          "Share of its capacity that each exporter's queue holds. What a store can not take now waits there.",
        unit: "percentunit",
        width: 12,
        thresholds: queueFillColours(policy),
      },
      [pipeline.queueFill, "{{instance}} {{exporter}}"],
    ),
    curve(
      {
        title: "Refused, given up or not queued",
        description:
          "Points, spans and log records in a second. What was refused comes again; what was given up is lost.",
        unit: "cps",
        width: 12,
      },
      [pipeline.refused, "refused: sent back to workers"],
      [pipeline.gaveUp, "given up: a store refused it for good"],
      [pipeline.noPlace, "no place in the queue"],
    ),
    curve(
      {
        title: "Answers of Prometheus to telemetry",
        description: "OTLP requests in a second, by status. What is answered with 4xx is lost for good.",
        unit: "cps",
        width: 12,
      },
      [pipeline.otlpAnswers, "{{code}}"],
    ),
  ];
}

function rules(): readonly PanelSpec[] {
  return [
    curve(
      {
        title: "Time that a round of rules takes",
        description: "Of each group, as a share of its interval. Above 100% rounds are left out, and pages come late.",
        unit: "percentunit",
        width: 8,
      },
      [pipeline.ruleLoad, "{{group}}"],
    ),
    curve(
      {
        title: "Intervals since the last round",
        description: "Of each group: below 1 it is in time. A gap is a time in which nobody would have been paged.",
        unit: "short",
        width: 8,
      },
      [pipeline.ruleAge, "{{group}}"],
    ),
    curve(
      {
        title: "Series in Prometheus' head",
        description: "They grow with the workers and the jobs of the last hours, and with a label that has no end.",
        unit: "short",
        width: 8,
      },
      [pipeline.headSeries, "{{instance}}"],
    ),
  ];
}

function delivery(): readonly PanelSpec[] {
  return [
    curve(
      {
        title: "Alerts to Alertmanager",
        description: "Alerts that Prometheus handed over in a second, and those that did not arrive.",
        unit: "cps",
        width: 12,
      },
      [pipeline.alertsSent, "sent"],
      [pipeline.alertsNotSent, "did not arrive"],
    ),
    curve(
      {
        title: "Notifications",
        description: "Notifications in a second by kind of receiver, and those that failed.",
        unit: "cps",
        width: 12,
      },
      [pipeline.notifications, "{{integration}}"],
      [pipeline.notificationsFailed, "failed"],
    ),
  ];
}
