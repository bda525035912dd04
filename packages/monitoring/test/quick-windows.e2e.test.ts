import { defaultPolicy, type Policy } from "@worker-watchdog/sdk/policy";
import { provideServers, runRuleTests } from "@worker-watchdog/stack";
import { expect, test } from "vitest";
import { unix } from "../src/rule-tests/clock.ts";
import { neededRules } from "../src/rule-tests/needed-rules.ts";
import { ruleTestFile } from "../src/rule-tests/rule-test-file.ts";
import { fires, type Scenario, setting, silent } from "../src/rule-tests/scenario.ts";
import { attemptLabels, attemptSeries } from "../src/rule-tests/worker-history.ts";
import { ranges } from "../src/rules/ranges.ts";
import { quickRules, RECORDED } from "../src/rules/recording-rules.ts";
import { PAGING_GROUP, type Rule, ruleFile } from "../src/rules/rules-file.ts";
import { mutantsOf } from "./mutants.ts";
import { shortPolicy } from "./policies.ts";

/** What the rules of every tick know by themselves, from attempts whose leases run out soon. */
function withoutDeepScans(policy: Policy): Scenario {
  const { ticks, ranges, leaseSeconds } = setting(policy);
  const { quickOpenSeconds: open, quickCloseSeconds: close } = ranges;
  const at = 3 * ticks.step;
  // So late that only the closing rows' range is left, and then not even that.
  const until = at + close + 6 * ticks.step;
  const attempt = (worker: string, trace = `t-${worker}`) => ({ worker, job: `J-${worker}`, trace });
  const claim = { claimedAt: at, leases: [[at, at]] as const, verifiedAt: at };
  const overdue = (worker: string) => ({ labels: attemptLabels(attempt(worker)), value: unix(at) });
  const missing = (worker: string) => ({
    labels: { ...attemptLabels(attempt(worker)), kind: "artifact_missing", reason: "lease_expiring" },
    value: unix(at),
  });
  const kept = ticks.upTo(at + close - ticks.step);
  const lost = ticks.after(at + close) + ticks.step;
  return {
    name: "the quick windows, with every deep scan missed",
    series: [
      // One sample, and no more.
      ...attemptSeries(policy, { ...attempt("dies"), ...claim, until: at }),
      // A replica goes on saying what is over: settled, claimed anew, verified, by one word of the other's.
      ...attemptSeries(policy, { ...attempt("settles"), replica: "2", ...claim, until }),
      ...attemptSeries(policy, { ...attempt("settles"), ...claim, settledAt: at, until: at }),
      ...attemptSeries(policy, { ...attempt("is-followed"), replica: "2", ...claim, until }),
      ...attemptSeries(policy, {
        ...attempt("is-followed", "t-next"),
        claimedAt: at + ticks.step,
        leases: [[at + ticks.step, at + leaseSeconds + close]],
        verifiedAt: at + ticks.step,
        until: at + ticks.step,
      }),
      ...attemptSeries(policy, { ...attempt("verifies"), replica: "2", ...claim, verifiedAt: undefined, until }),
      ...attemptSeries(policy, { ...attempt("verifies"), ...claim, until: at }),
      // Renewed after the last deep scan, which stays the last.
      ...attemptSeries(policy, {
        ...attempt("renews"),
        ...claim,
        leases: [[at, at + leaseSeconds + close]],
        until: at,
      }),
      {
        series: `${RECORDED.openLeaseDeep}{${Object.entries(attemptLabels(attempt("renews")))
          .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
          .join(",")}}`,
        values: `_x${at / ticks.step} ${unix(at)}+0x${(until - at) / ticks.step}`,
      },
    ],
    expectations: [
      ...fires("lease_expired", [overdue("dies"), overdue("verifies")], ticks.upTo(at + open - ticks.step)),
      ...fires("lease_expired", [overdue("verifies"), overdue("renews")], ticks.after(at + open) + ticks.step, kept),
      ...silent(["artifact_missing"], kept),
      ...fires("lease_expired", ["settles", "is-followed", "verifies", "renews"].map(overdue), lost),
      ...fires("artifact_missing", ["verifies", "renews"].map(missing), lost),
    ],
  };
}

/** Whether the scenario holds under `policy` with each of these in place of the rules of every tick. */
async function holds(policy: Policy, variants: readonly (readonly Rule[])[]): Promise<readonly boolean[]> {
  const { promtool } = await provideServers({ names: ["promtool"] });
  const tests = { ...ruleTestFile(policy, "", withoutDeepScans(policy)), group_eval_order: [PAGING_GROUP] };
  const cases = variants.map((rules, index) => ({
    name: String(index),
    rules: neededRules({ groups: [{ name: PAGING_GROUP, interval: "1m", rules }] }, tests),
    tests,
  }));
  return (await runRuleTests(promtool.path, cases)).map(({ output }) => output.includes("SUCCESS"));
}

const rulesOf = (policy: Policy) => ruleFile(policy).groups.find(({ name }) => name === PAGING_GROUP)?.rules ?? [];

test.each([
  ["the default policy", defaultPolicy],
  ["another policy", shortPolicy],
])("the quick windows of %s bridge the deep scans that are missed, and no more", async (_, policy) => {
  expect(await holds(policy, [rulesOf(policy)])).toEqual([true]);
});

test("each quick window, half or twice as long, is noticed", async () => {
  const quick = quickRules(ranges(shortPolicy)).map(({ record }) => record);
  const rules = rulesOf(shortPolicy);
  const mutants = rules.flatMap((rule) =>
    "record" in rule && quick.includes(rule.record) && rule.record !== RECORDED.openIncidents
      ? mutantsOf(rule.expr, shortPolicy.pipeline.rule_interval_seconds)
          .filter(({ change }) => /^(?:5m|10m)/.test(change))
          .map(({ change, expr }) => ({
            change: `${rule.record}: ${change}`,
            rules: rules.map((other) => (other === rule ? { ...rule, expr } : other)),
          }))
      : [],
  );
  const held = await holds(
    shortPolicy,
    mutants.map(({ rules }) => rules),
  );
  expect(mutants.length).toBeGreaterThan(6);
  expect(mutants.filter((_, index) => held[index]).map(({ change }) => change)).toEqual([]);
});
