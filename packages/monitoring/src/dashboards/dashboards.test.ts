import { createPolicy, defaultPolicy } from "@worker-watchdog/sdk/policy";
import { describe, expect, test } from "vitest";
import { generateFiles } from "../generate-files.ts";
import { DASHBOARD_UIDS } from "../paths.ts";

interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly {
    readonly expr: string;
    readonly refId: string;
    readonly datasource: { readonly uid: string };
  }[];
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly thresholds?: { readonly steps: readonly { readonly value: number | null }[] };
    };
  };
}

interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly PanelJson[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly label?: string; readonly type: string }[];
  };
  readonly annotations: { readonly list: readonly { readonly expr?: string }[] };
}

function dashboards(policy = defaultPolicy): readonly DashboardJson[] {
  return [...generateFiles(policy)]
    .filter(([path]) => path.endsWith(".json"))
    .map(([, text]) => JSON.parse(text) as DashboardJson);
}

test("both dashboards are there, under the UIDs that pages link to", () => {
  expect(dashboards().map(({ uid }) => uid)).toEqual(Object.values(DASHBOARD_UIDS));
});

describe.each(dashboards())("$title", ({ panels, templating, annotations }) => {
  const content = panels.filter(({ type }) => type !== "row");

  test("has the variables datasource, pool and worker, each with a label", () => {
    expect(templating.list.map(({ name, type }) => [name, type])).toEqual([
      ["datasource", "datasource"],
      ["pool", "query"],
      ["worker", "query"],
    ]);
    for (const { label } of templating.list) expect(label).toBeTruthy();
  });

  test("marks alerts", () => {
    expect(annotations.list.map(({ expr }) => expr ?? "").some((expr) => expr.startsWith("ALERTS{"))).toBe(true);
  });

  test("has panels with ids of their own and rows that hold panels", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    panels.forEach(({ type }, index) => {
      if (type === "row") expect(panels[index + 1]?.type ?? "row").not.toBe("row");
    });
    expect(panels[0]?.type).toBe("row");
  });

  test.each(content)("panel '$title': title, description, unit, data source, queries", (panel) => {
    expect(panel.title).toMatch(/^[A-Z]/);
    expect(panel.description).toMatch(/[.)]$/);
    expect(panel.fieldConfig?.defaults.unit).toBeTruthy();
    expect(panel.datasource?.uid).toBe("$" + "{datasource}");
    expect(panel.targets?.length).toBeGreaterThan(0);
    for (const { expr, datasource } of panel.targets ?? []) {
      expect(datasource.uid).toBe("$" + "{datasource}");
      expect(expr).toMatch(/\$pool/);
      expect(expr.match(/\b(?:rate|increase|irate)\(/g)?.length ?? 0).toBe(
        expr.match(/\[\$__rate_interval\]/g)?.length ?? 0,
      );
    }
  });

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
    },
  });
  const steps = (title: string) =>
    dashboards(policy)
      .flatMap(({ panels }) => panels)
      .find((panel) => panel.title === title)
      ?.fieldConfig?.defaults.thresholds?.steps.map(({ value }) => value);
  expect(steps("Lease left")).toEqual([null, 240, 540]);
  expect(steps("Empty claims in a row")).toEqual([null, 5]);
  expect(steps("Time since the last sign of life")).toEqual([null, 600, 1800]);
});
