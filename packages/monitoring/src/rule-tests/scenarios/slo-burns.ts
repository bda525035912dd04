/** R4.5: each burn rate of each objective, just below and just above what it allows. */
import { BURN_NAMES, type BurnName, type Policy, type Severity } from "@worker-watchdog/sdk/policy";
import { SLOS, type Slo } from "../../slo/slo-table.ts";
import { burns } from "../../slo/slo-windows.ts";
import { fires, type Scenario, silent } from "../scenario.ts";
import { type ClaimEnd, claimSeries, poolLabels, sloSetting } from "../slo-history.ts";

/** A claim that fails is good for the lease's objective: it kept its lease. */
const ENDS: Readonly<Record<Slo["name"], { readonly good: ClaimEnd; readonly bad: ClaimEnd }>> = {
  artifact: { good: "artifact", bad: "failed" },
  lease: { good: "failed", bad: "dies" },
};

/** One scenario for each objective and burn rate. */
export const burnBoundaries: Readonly<Record<string, (policy: Policy) => Scenario>> = Object.fromEntries(
  Object.values(SLOS).flatMap((slo) =>
    BURN_NAMES.map((name) => [
      `slo-${slo.name}-${name.replace("_", "-")}`,
      (policy: Policy) => boundary(policy, slo, name),
    ]),
  ),
);

function boundary(policy: Policy, slo: Slo, name: BurnName): Scenario {
  const { timing, ticks, leaseSeconds, graceSeconds, least } = sloSetting(policy);
  const all = burns(policy);
  const burn = all.find((each) => each.name === name);
  if (burn === undefined) throw new TypeError(`No burn rate has the name ${name}.`);
  const ends = ENDS[slo.name];
  const budget = slo.errorBudget(policy);
  const { claims, bad } = mostBad(burn.rate * budget, least);
  const slowest = Math.min(...all.map(({ rate }) => rate)) * budget;
  // So many good claims before the long window that no slower burn rate sees what happens in it.
  const before = burn.rate * budget > slowest ? Math.ceil(bad / slowest) : 0;
  const dilutedAt = ticks.from(leaseSeconds + graceSeconds) + 2 * ticks.step;
  const at = dilutedAt + (before === 0 ? 0 : ticks.from(burn.longSeconds)) + ticks.step;
  const alert = `${slo.name}_error_budget_burn` as const;
  const severity: Severity = name.startsWith("page") ? "high" : "medium";
  const series = (pool: string, badOnes: number) => [
    ...claimSeries(policy, { pool, end: ends.bad, count: badOnes, endsAt: at }),
    ...claimSeries(policy, { pool, end: ends.good, count: claims - badOnes, endsAt: at }),
  ];
  return {
    ...timing,
    name: `${alert}: ${name}, ${bad} and ${bad + 1} of ${claims} claims`,
    series: [
      ...series("above", bad + 1),
      ...series("below", bad),
      ...claimSeries(policy, { pool: "below", end: ends.good, count: before, endsAt: dilutedAt }),
    ],
    expectations: [
      ...silent([alert], at - ticks.step),
      ...fires(alert, [{ labels: poolLabels("above"), value: (bad + 1) / claims, severity }], at),
      ...(slo.name === "artifact" ? silent(["lease_error_budget_burn"], at) : []),
    ],
  };
}

/** Few claims of which the most that are not too many are bad, and enough to count. At the very limit, where a hundred claims can be. */
function mostBad(ratio: number, least: number): { readonly claims: number; readonly bad: number } {
  const badOf = (claims: number) => Math.floor(Number((ratio * claims).toFixed(6)));
  const sizes = Array.from({ length: 100 }, (_, index) => index + 1).filter((claims) => badOf(claims) >= least);
  const exact = sizes.find((claims) => badOf(claims) === Number((ratio * claims).toFixed(6)));
  const claims = exact ?? sizes[0] ?? Math.ceil(least / ratio);
  return { claims, bad: badOf(claims) };
}
