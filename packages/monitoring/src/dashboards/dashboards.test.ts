import { createPolicy, defaultPolicy } from "@worker-watchdog/sdk/policy";
import { describe, expect, test } from "vitest";
import { DASHBOARD_UIDS } from "../paths.ts";
import { SHOWN } from "../rules/dashboard-series.ts";
import { SERVER_METRICS } from "../rules/server-metrics.ts";
import { dashboardFiles } from "./dashboard-files.ts";
import { type DashboardJson, dashboardsOf, type PanelJson } from "./testing/dashboard-json.ts";
import { selectorsOf } from "./testing/selectors.ts";

const dashboards = (policy = defaultPolicy): readonly DashboardJson[] =>
  dashboardsOf(new Map(dashboardFiles(policy, { source: "watchdog.yaml" })));

const TRACES = "https://traces.example/trace/";
const linked = createPolicy({ links: { trace: `${TRACES}{trace_id}`, runbook: "https://wiki.example/runbooks" } });

test("every dashboard is there, under the UID that pages and links hold", () => {
  expect(dashboards().map(({ uid }) => uid)).toEqual(Object.values(DASHBOARD_UIDS));
  expect(Object.entries(DASHBOARD_UIDS).map(([name, uid]) => uid === `worker-watchdog-${name}`)).not.toContain(false);
});

/** What a server says of itself: a few series each. */
const OF_SERVERS: ReadonlySet<string> = new Set(Object.values(SERVER_METRICS));

/** What R10 asks for, and the panels that show it: dashboard, title, and where a trace of an affected job is one click away. */
const R10: readonly (readonly [item: string, dashboard: keyof typeof DASHBOARD_UIDS, panel: string])[] = [
  ["per-worker health and current job", "fleet", "Workers and their current jobs"],
  ["health score by role and pool", "fleet", "Health by pool and role"],
  ["queue age and stuck age", "queue", "Queues"],
  ["stuck age", "queue", "Jobs held, by stuck age"],
  ["lease risk", "queue", "Jobs held, by lease"],
  ["claim outcomes", "queue", "Claim duration, 95th percentile"],
  ["no-job streaks", "fleet", "Workers and their current jobs"],
  ["complete rejections by reason", "results", "Completions rejected, unknown or of a job that is gone"],
  ["artifact evidence rate", "results", "Artifacts missing"],
  ["repairs and their success", "sessions", "Repairs that need a person"],
  ["session deaths", "sessions", "Session deaths and cancelled runs"],
  ["project advancement score", "fleet", "Health by pool and role"],
  ["alerts firing, with owner and next action", "fleet", "Alerts firing"],
];

describe("R10", () => {
  const found = (policy: typeof defaultPolicy, uid: string, title: string): readonly PanelJson[] =>
    dashboards(policy)
      .filter((dashboard) => dashboard.uid === uid)
      .flatMap(({ panels }) => panels.filter((panel) => panel.title === title));

  test.each(R10)("%s: %s, '%s', one click from a trace", (_, name, title) => {
    const panels = found(linked, DASHBOARD_UIDS[name], title);
    expect(panels.length).toBeGreaterThan(0);
    expect(panels.some(leadsToTrace)).toBe(true);
  });

  // What has no attempt of its own stands in one row with what has.
  test.each([
    ["claim outcomes", "queue", "Claims by outcome"],
    ["no-job streaks", "queue", "Empty claims in a row"],
    ["no-job streaks", "queue", "Workers that get no job"],
    ["complete rejections by reason", "results", "Completions rejected"],
    ["artifact evidence rate", "results", "Artifact evidence rate"],
    ["repairs and their success", "sessions", "Repairs and their success, by trigger"],
    ["session deaths", "sessions", "Session deaths"],
    ["project advancement score", "fleet", "Project advancement"],
    ["objectives (R4.5)", "fleet", "Error budget left"],
    ["objectives (R4.5)", "fleet", "Objectives by pool"],
    ["objectives (R4.5)", "results", "Burn rate: verified artifacts"],
    ["objectives (R4.5)", "results", "Burn rate: leases"],
    ["lease risk", "queue", "Jobs held, by lease risk"],
    ["lease margin", "queue", "Lease left at complete"],
  ] as const)("%s: %s, '%s'", (_, name, title) => {
    expect(found(linked, DASHBOARD_UIDS[name], title)).toHaveLength(1);
  });

  test("alerts show owner and next action, and lead to the runbook", () => {
    const [table] = found(linked, DASHBOARD_UIDS.fleet, "Alerts firing");
    const column = (title: string) =>
      table?.fieldConfig?.overrides?.find(({ matcher }) => matcher.options === title)?.properties;
    expect(JSON.stringify(column("Next action"))).toContain("alert_and_retouch");
    expect(JSON.stringify(column("Policy key"))).toContain("https://wiki.example/runbooks#");
    expect(JSON.stringify(table)).toContain('"owner":"Owner"');
  });
});

/** Whether a column, a value or an exemplar leads to a trace. */
function leadsToTrace({ targets = [], fieldConfig }: PanelJson): boolean {
  return targets.some(({ exemplar }) => exemplar === true) || JSON.stringify(fieldConfig).includes(TRACES);
}

test("the provisioned data source leads from exemplars to traces, where the policy says where they are", () => {
  const dataSource = (policy: typeof defaultPolicy) =>
    dashboardFiles(policy, { source: "watchdog.yaml" }).find(([path]) => path.endsWith("datasources.yaml"))?.[1];
  expect(dataSource(linked)).toContain(`url: ${TRACES}$$\{__value.raw}`);
  expect(dataSource(defaultPolicy)).not.toContain("exemplar");
});

test("where the policy does not say where traces are, nothing links to one", () => {
  expect(JSON.stringify(dashboards())).not.toContain("{trace_id}");
});

describe.each(dashboards())("$title", ({ uid, tags, panels, templating, annotations, links }) => {
  const content = panels.filter(({ type }) => type !== "row");
  const queries = content.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

  test("has the same variables as every other, each with a label, and each in use", () => {
    expect(templating.list.map(({ name, type }) => [name, type])).toEqual([
      ["datasource", "datasource"],
      ["job", "query"],
      ["instance", "query"],
      ["pool", "query"],
      ["worker", "query"],
    ]);
    for (const { name, label } of templating.list) {
      expect(label).toMatch(/\S/);
      if (name !== "datasource") expect(queries.join("\n")).toContain(`$${name}`);
    }
  });

  test("marks alerts, and leads to the other dashboards with its time and, among workers, with its variables", () => {
    expect(annotations.list.map(({ expr = "" }) => expr).join()).toContain(SHOWN.alerts);
    const isOfWorkers = uid !== DASHBOARD_UIDS.pipeline;
    expect(tags).toEqual(isOfWorkers ? ["worker-watchdog", "worker-watchdog-workers"] : ["worker-watchdog"]);
    const [others, pipeline] = links;
    expect(others).toMatchObject({
      type: "dashboards",
      tags: ["worker-watchdog-workers"],
      includeVars: isOfWorkers,
      keepTime: true,
    });
    const toPipeline = { type: "link", url: `/d/${DASHBOARD_UIDS.pipeline}`, includeVars: false, keepTime: true };
    expect(pipeline).toEqual(isOfWorkers ? expect.objectContaining(toPipeline) : undefined);
  });

  test("has panels with ids of their own, titles that tell them apart, and rows that hold panels", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const named = content.map(({ type, title }) => `${type} ${title}`);
    expect(new Set(named).size).toBe(named.length);
    panels.forEach(({ type }, index) => {
      if (type === "row") expect(panels[index + 1]?.type ?? "row").not.toBe("row");
    });
    expect(panels[0]?.type).toBe("row");
  });

  test("reads from symptom to cause: figures first, then who is affected, then since when", () => {
    const order = content.map(({ type }) => type);
    expect(order.lastIndexOf("stat")).toBeLessThan(order.findIndex((type) => type !== "stat"));
    expect(order.indexOf("table")).toBeLessThan(order.indexOf("timeseries"));
    for (const { title } of panels.filter(({ type }) => type === "row").slice(0, 1)) expect(title).toMatch(/\?$/);
  });

  test.each(content)(
    "panel '$title' is about what was chosen, and reads hours of raw rows of one worker or of incidents alone",
    (panel) => {
      for (const { expr, datasource } of panel.targets ?? []) {
        expect(datasource.uid).toBe("$" + "{datasource}");
        for (const { text, metric, range, matchers } of selectorsOf(expr)) {
          if (range === undefined || range === "$__rate_interval") continue;
          const isOfOneWorker = templating.list.some(({ name, multi }) => name === "worker" && multi !== true);
          const isFew =
            metric === "worker_claim_incidents" || /_(?:count|bucket)$/.test(metric) || OF_SERVERS.has(metric);
          expect(isOfOneWorker || isFew, `${text} ${matchers.join()}`).toBe(true);
        }
      }
    },
  );

  test("no panel overlaps another or leaves the grid, and none leaves a hole", () => {
    const cells = new Set<string>();
    const widths = new Map<number, number>();
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      widths.set(gridPos.y, (widths.get(gridPos.y) ?? 0) + gridPos.w);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(cells.has(`${x},${y}`), `${title} overlaps at ${x},${y}`).toBe(false);
          cells.add(`${x},${y}`);
        }
      }
    }
    const height = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
    expect(cells.size, "cells that are covered").toBe(height * 24);
    for (const [y, width] of widths) expect(width, `line ${y}`).toBe(24);
  });
});

test("colours change where the policy's thresholds are", () => {
  const policy = createPolicy({
    thresholds: {
      lease_remaining_minutes_warn: 4,
      lease_keepalive_minutes: 9,
      repeated_no_job_warn_count: 5,
      worker_absent_heartbeats: 3,
      progress_stall_minutes: 20,
      queue_stuck_pending_minutes: 12,
      pool_affected_percent: 25,
      clock_offset_warn_seconds: 45,
    },
    telemetry: { queue_warn_percent: 40 },
    slo: { burn: { page_fast: { budget_percent: 2.5 }, message_slow: { long_window_minutes: 2 * 24 * 60 } } },
  });
  const steps = (title: string) =>
    dashboards(policy)
      .flatMap(({ panels }) => panels)
      .find((panel) => panel.title === title)
      ?.fieldConfig?.defaults.thresholds?.steps.map(({ value }) => value);
  expect(steps("Lease left")).toEqual([null, 240, 540]);
  expect(steps("Empty claims in a row")).toEqual([null, 5]);
  expect(steps("Last seen")).toEqual([null, 600, 1800]);
  expect(steps("Longest stuck age")).toEqual([null, 1200]);
  expect(steps("Longest queue age")).toEqual([null, 720]);
  expect(steps("Fullest queue")).toEqual([null, 0.4]);
  expect(steps("Furthest clock")).toEqual([null, 45]);
  expect(steps("Healthy workers")).toEqual([null, 0.75, 1]);
  // Of 30 days, 2.5% in an hour is 18 times too fast, and 10% in two days 1.5 times.
  expect(steps("Burn rate: verified artifacts")).toEqual([null, 1.5, 3, 6, 18]);
  const objectives = dashboards(policy)
    .flatMap(({ panels }) => panels)
    .find(({ title }) => title === "Objectives by pool");
  const column = (title: string) =>
    JSON.stringify(objectives?.fieldConfig?.overrides?.find(({ matcher }) => matcher.options === title)?.properties);
  expect(column("Burn 1h")).toContain('{"value":18,"color":"red"}');
  expect(column("Burn 48h")).toContain('{"value":1.5,"color":"yellow"}');
});
