/** R4.5 for pools with little to do: what too few claims say, and what ends a burn. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { burns } from "../../slo/slo-windows.ts";
import { fires, type Scenario, silent } from "../scenario.ts";
import { claimSeries, poolLabels, sloSetting } from "../slo-history.ts";

const ALERT = "artifact_error_budget_burn";

/** One bad claim less than the least is no burn, although every claim is bad; the least is one. */
export function fewClaims(policy: Policy): Scenario {
  const { timing, ticks, least } = sloSetting(policy);
  const at = 4 * ticks.step;
  const bad = { end: "failed", endsAt: at } as const;
  return {
    ...timing,
    name: "few claims, all of them bad",
    series: [
      ...claimSeries(policy, { ...bad, pool: "few", count: least - 1 }),
      ...claimSeries(policy, { ...bad, pool: "enough", count: least }),
      // Released jobs are neither good nor bad: they make no claim good, and none bad.
      ...claimSeries(policy, { ...bad, pool: "enough", end: "released", count: 5 * least }),
      ...claimSeries(policy, { ...bad, pool: "given-back", end: "released", count: 5 * least }),
    ],
    expectations: [
      ...silent([ALERT], at - ticks.step),
      ...fires(ALERT, [{ labels: poolLabels("enough"), value: 1, severity: "high" }], at),
      ...silent(["lease_error_budget_burn"], at),
    ],
  };
}

/** Good claims in the short window end a burn, if they are enough. Silence does not, until the long window has passed. */
export function budgetRecovers(policy: Policy): Scenario {
  const { timing, ticks, least } = sloSetting(policy);
  const all = burns(policy);
  const longest = Math.max(...all.map(({ longSeconds }) => longSeconds));
  const at = 4 * ticks.step;
  // After the short windows of the burn rates that page, and within those of the others.
  const shortest = Math.max(
    ...all.filter(({ name }) => name.startsWith("page")).map(({ shortSeconds }) => shortSeconds),
  );
  const recovered = ticks.after(at + shortest);
  const bad = { end: "failed", endsAt: at, count: least } as const;
  const good = { end: "artifact", endsAt: recovered } as const;
  const firing = (pool: string, count: number) => ({ labels: poolLabels(pool), value: least / count });
  return {
    ...timing,
    name: "a burn ends with enough good claims, and not with silence",
    series: [
      ...claimSeries(policy, { ...bad, pool: "silent" }),
      ...claimSeries(policy, { ...bad, pool: "recovers" }),
      ...claimSeries(policy, { ...good, pool: "recovers", count: least }),
      ...claimSeries(policy, { ...bad, pool: "recovers-not" }),
      ...claimSeries(policy, { ...good, pool: "recovers-not", count: least - 1 }),
    ],
    expectations: [
      ...fires(
        ALERT,
        ["silent", "recovers", "recovers-not"].map((pool) => ({ ...firing(pool, least), severity: "high" as const })),
        at,
        recovered - ticks.step,
      ),
      ...fires(
        ALERT,
        [
          { ...firing("silent", least), severity: "high" },
          { ...firing("recovers-not", 2 * least - 1), severity: "high" },
          { ...firing("recovers", 2 * least), severity: "medium" },
        ],
        recovered,
      ),
      // The last of it leaves the longest window, counted from what was recorded as it left the horizon.
      ...fires(
        ALERT,
        [
          { ...firing("silent", least), severity: "medium" },
          { ...firing("recovers-not", 2 * least - 1), severity: "medium" },
          { ...firing("recovers", 2 * least), severity: "medium" },
        ],
        ticks.upTo(at + longest) - ticks.step,
      ),
      ...silent([ALERT], ticks.after(at + longest)),
    ],
  };
}
