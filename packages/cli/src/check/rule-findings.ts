/** Whether the rules that a Prometheus has loaded are those of the policy. */
import { type Rule, type RuleGroup, ruleFile, sameExpression, secondsOf } from "@worker-watchdog/monitoring";
import type { Policy } from "@worker-watchdog/sdk/policy";
import { type Finding, fail, ok } from "../doctor/finding.ts";
import { listAt, partOf, textAt } from "./json-parts.ts";
import type { ServerApi } from "./server-api.ts";

const RELOAD = "Run: watchdog generate, copy prometheus-rules/*.rules.yml, and reload Prometheus.";

/** One finding for each group that is missing, differs or fails; one for all where all is well. */
export async function ruleFindings(api: ServerApi, policy: Policy): Promise<readonly Finding[]> {
  const answer = await api.get("/api/v1/rules");
  const loaded = "json" in answer ? listAt(answer.json, "data", "groups") : [];
  const { groups } = ruleFile(policy);
  const findings = groups.flatMap((group) => groupFindings(group, loaded));
  const count = groups.reduce((sum, { rules }) => sum + rules.length, 0);
  return findings.length > 0
    ? findings
    : [ok("rules", `${count} in ${groups.length} groups, as the policy gives them`)];
}

function groupFindings({ name, interval, rules }: RuleGroup, loaded: readonly unknown[]): readonly Finding[] {
  const subject = `rules ${name}`;
  const named = loaded.filter((each) => textAt(each, "name") === name);
  const [found] = named;
  if (found === undefined) return [fail(subject, "not loaded", RELOAD)];
  if (named.length > 1) return [fail(subject, `loaded ${named.length} times`, "Load each rule file once.")];
  const differences: string[] = [];
  const foundInterval = Number(partOf(found, "interval"));
  if (foundInterval !== secondsOf(interval)) differences.push(`interval ${foundInterval}s in place of ${interval}`);
  const foundRules = listAt(found, "rules");
  if (foundRules.length !== rules.length) differences.push(`${foundRules.length} rules in place of ${rules.length}`);
  const changed = rules.filter((rule, index) => !isSame(rule, foundRules[index]));
  if (changed.length > 0) differences.push(`different: ${named3(changed)}`);
  const failing = foundRules.filter((rule) => textAt(rule, "health") === "err");
  return [
    ...(differences.length === 0 ? [] : [fail(subject, differences.join("; "), RELOAD)]),
    ...(failing.length === 0
      ? []
      : [
          fail(
            subject,
            `can not be evaluated: ${failing.map((rule) => `${textAt(rule, "name")}: ${textAt(rule, "lastError")}`).join("; ")}`,
            "Look at Prometheus' log.",
          ),
        ]),
  ];
}

function named3(rules: readonly Rule[]): string {
  const names = rules.map((rule) => ("alert" in rule ? rule.alert : rule.record));
  return names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
}

function isSame(rule: Rule, found: unknown): boolean {
  const name = "alert" in rule ? rule.alert : rule.record;
  if (textAt(found, "name") !== name || !isSameText(rule.expr, textAt(found, "query") ?? "")) return false;
  if (!("alert" in rule)) return true;
  const waits = [
    ["for", "duration"],
    ["keep_firing_for", "keepFiringFor"],
  ] as const;
  return (
    isSameMap(rule.labels, partOf(found, "labels")) &&
    isSameMap(rule.annotations, partOf(found, "annotations")) &&
    waits.every(([ours, theirs]) => secondsOf(String(partOf(rule, ours) ?? "")) === Number(partOf(found, theirs) ?? 0))
  );
}

function isSameText(ours: string, theirs: string): boolean {
  try {
    return sameExpression(ours, theirs);
  } catch {
    return false;
  }
}

function isSameMap(ours: Readonly<Record<string, string>>, theirs: unknown): boolean {
  const found = Object.entries(theirs ?? {});
  return found.length === Object.keys(ours).length && found.every(([name, value]) => ours[name] === value);
}
