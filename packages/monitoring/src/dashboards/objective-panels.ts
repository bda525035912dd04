/** A pool's objectives (R4.5): what is left of their error budgets, and how fast they are spent. */
import type { Threshold } from "@grafana/grafana-foundation-sdk/dashboard";
import type { BurnName, Policy } from "@worker-watchdog/sdk/policy";
import { SHOWN } from "../rules/dashboard-series.ts";
import { duration } from "../rules/durations.ts";
import { LABELS } from "../rules/labels.ts";
import { SLOS, type Slo } from "../slo/slo-table.ts";
import { type Burn, burns } from "../slo/slo-windows.ts";
import { poolOfRow } from "./links.ts";
import { OF_POOL } from "./matchers.ts";
import type { PanelSpec } from "./panel.ts";
import { POOL_COLUMN, value } from "./table-columns.ts";

const POOL = LABELS.workerPool;
const BY_OBJECTIVE = [POOL, LABELS.objective].join(", ");

const left = (by: string, matchers = ""): string => `min by (${by}) (${SHOWN.poolBudgetLeft}{${matchers}${OF_POOL}})`;
const rate = (by: string, { longSeconds }: Burn, matchers = ""): string =>
  `max by (${by}) (${SHOWN.poolBurnRate}{${LABELS.window}="${duration(longSeconds)}",${matchers}${OF_POOL}})`;
const of = ({ name }: Slo): string => `${LABELS.objective}="${name}",`;

/** Red once the budget is overspent: the objective is missed. */
const OVERSPENT_IS_RED: readonly Threshold[] = [
  { value: null, color: "red" },
  { value: 0, color: "green" },
];

/** Colour of each burn rate's alert: red pages, yellow is a message. */
const COLOURS: Readonly<Record<BurnName, string>> = {
  page_fast: "red",
  page_slow: "red",
  message_fast: "yellow",
  message_slow: "yellow",
};

const burnColours = ({ name, rate: limit }: Burn): readonly Threshold[] => [
  { value: null, color: "green" },
  { value: limit, color: COLOURS[name] },
];

/** The pool with the least left, for each objective. */
export function budgetStat({ slo }: Policy, width: number): PanelSpec {
  return {
    kind: "stat",
    title: "Error budget left",
    description: `Of the pool with the least, over ${slo.period_days} days: bad claims that the objectives still allow (${slo.artifact_objective_percent}% of claims end with a verified artifact, ${slo.lease_objective_percent}% keep their lease). Below zero the objective is missed.`,
    unit: "percentunit",
    width,
    queries: [{ expr: left(LABELS.objective), legend: `{{${LABELS.objective}}}` }],
    thresholds: OVERSPENT_IS_RED,
    noValue: "no claim ended",
  };
}

/** What is left to each pool, and how fast it is spent over each window that an alert watches. */
export function objectivesTable(policy: Policy, width: number): PanelSpec {
  return {
    kind: "table",
    title: "Objectives by pool",
    description: `Error budget left, and how many times too fast it is spent. A window turns red or yellow at the rate of its alert, which also asks for ${policy.slo.min_events} bad claims and that the short window still burns.`,
    unit: "short",
    width,
    queries: [{ expr: left(BY_OBJECTIVE) }, ...burns(policy).map((burn) => ({ expr: rate(BY_OBJECTIVE, burn) }))],
    sort: { by: "Budget left" },
    noValue: "no claim ended",
    columns: [
      { ...POOL_COLUMN, link: poolOfRow("results", "Result contract and artifacts") },
      { field: LABELS.objective, title: "Objective" },
      value(0, "Budget left", "percentunit", { thresholds: OVERSPENT_IS_RED, width: 110 }),
      ...burns(policy).map((burn, index) =>
        value(index + 1, `Burn ${duration(burn.longSeconds)}`, "short", { thresholds: burnColours(burn), width: 90 }),
      ),
    ],
  };
}

/** What was left over time, of each pool. */
export function budgetCurve(slo: Slo, title: string, width: number): PanelSpec {
  return {
    kind: "timeseries",
    title,
    description:
      "Share of the period's bad claims that are still allowed. It falls with each, and rises as old ones leave.",
    unit: "percentunit",
    width,
    queries: [{ expr: left(POOL, of(slo)), legend: `{{${POOL}}}` }],
    thresholds: OVERSPENT_IS_RED,
  };
}

/** How fast it burnt, of the pool where it burnt fastest: one curve for each window, and a line where its alert fires. */
export function burnCurve(slo: Slo, policy: Policy, title: string, width: number): PanelSpec {
  return {
    kind: "timeseries",
    title,
    description:
      "How many times too fast the budget is spent, in the pool where it burns fastest: 1 spends it in exactly the period. Each window has the rate of its alert in its name.",
    unit: "short",
    width,
    queries: burns(policy).map((burn) => ({
      expr: rate(LABELS.objective, burn, of(slo)),
      legend: `${duration(burn.longSeconds)}, ${burn.name.startsWith("page") ? "pages" : "a message"} above ${burn.rate}`,
    })),
    thresholds: [
      { value: null, color: "transparent" },
      ...burns(policy)
        .map(({ name, rate: limit }) => ({ value: limit, color: COLOURS[name] }))
        .sort((one, other) => one.value - other.value),
    ],
  };
}

/** The curves of both objectives, two to a line. */
export function objectiveCurves(policy: Policy): readonly PanelSpec[] {
  return [
    budgetCurve(SLOS.artifact, "Error budget left: verified artifacts", 12),
    budgetCurve(SLOS.lease, "Error budget left: leases", 12),
    burnCurve(SLOS.artifact, policy, "Burn rate: verified artifacts", 12),
    burnCurve(SLOS.lease, policy, "Burn rate: leases", 12),
  ];
}
