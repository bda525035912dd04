import { createPolicy, defaultPolicy, SEVERITIES } from "@worker-watchdog/sdk/policy";
import { expect, test } from "vitest";
import { alertAnnotations } from "../src/alerts/page-fields.ts";
import { watchdog } from "../src/alerts/watchdog.ts";
import { LABELS } from "../src/rules/labels.ts";
import { type RuleGroup, ruleFile } from "../src/rules/rules-file.ts";
import { shortPolicy } from "./policies.ts";
import { type LintSettings, lintRules } from "./rule-lint.ts";

const worker = [LABELS.workerPool, LABELS.workerId];
const settings = (policy: typeof defaultPolicy): LintSettings => ({
  annotations: Object.keys(alertAnnotations(watchdog, policy)),
  severities: SEVERITIES,
  owners: Object.keys(policy.owners),
  levels: {
    attempt: [...worker, LABELS.jobId, LABELS.traceId],
    worker,
    pool: [LABELS.workerPool],
    job: [LABELS.workerPool, LABELS.jobId],
    alert: [LABELS.alertKey],
    rules: [],
  },
});

test.each([
  ["the default policy", defaultPolicy],
  ["another policy", shortPolicy],
  ["a policy with a cluster", createPolicy({ series: { selectors: { env: "prod" }, cluster_label: "cluster" } })],
])("the rules of %s have no finding of pint's offline rules, and no rule is left out", (_, policy) => {
  expect(lintRules(ruleFile(policy).groups, settings(policy))).toEqual([]);
});

const annotations = alertAnnotations(watchdog, defaultPolicy);
const labels = { severity: "high", owner: "pls_ops" };
const alert = (expr: string, more: object = {}): RuleGroup => ({
  name: "g",
  interval: "1m",
  rules: [{ alert: "Name", expr, labels, annotations, ...more }],
});
const record = (name: string, expr: string): RuleGroup => ({
  name: "g",
  interval: "1m",
  rules: [{ record: name, expr }],
});
const claimed = "worker_claim_started_at_seconds";

// Each rule finds what it is there for, and what is next to it is let pass.
test.each<[finding: string, bad: RuleGroup, good: RuleGroup]>([
  ["promql/syntax", alert("up >"), alert("up > 1")],
  ["alerts/comparison", alert("up or up > 1"), alert("up > 1 or absent(up)")],
  ["alerts/comparison", alert("up >bool 1"), alert("up unless up")],
  ["alerts/for", alert("up > 1", { for: "0s" }), alert("up > 1", { for: "1m" })],
  ["alerts/for", alert("up > 1", { keep_firing_for: "soon" }), alert("up > 1", { keep_firing_for: "1h30m" })],
  ["alerts/template", alert("up > 1", { labels: { ...labels, a: "{{ $value }}" } }), alert("up > 1")],
  [
    "alerts/template",
    alert("sum by (a) (up) > 1", { annotations: { ...annotations, state: "{{ $labels.b }}" } }),
    alert("sum by (b) (up) > 1", { annotations: { ...annotations, state: "{{ $labels.b }}" } }),
  ],
  [
    "alerts/template",
    alert("up > 1", { annotations: { ...annotations, state: "{{ $value" } }),
    alert("up > 1", { annotations: { ...annotations, state: "{{ $value }}" } }),
  ],
  ["alerts/annotation", alert("up > 1", { annotations: {} }), alert("up > 1")],
  ["rule/label", alert("up > 1", { labels: { ...labels, severity: "urgent" } }), alert("up > 1")],
  ["rule/label", alert("up > 1", { labels: { ...labels, owner: "stranger" } }), alert("up > 1")],
  ["rule/name", alert("up > 1", { alert: "some_name" }), alert("up > 1")],
  ["rule/name", record("count", "sum(up)"), record("rules:up:sum", "sum(up)")],
  ["promql/aggregate", record("pool:up:sum", "sum(up)"), record("pool:up:sum", "sum by (worker_pool) (up)")],
  ["promql/aggregate", record("rules:up:last", "up"), record("rules:up:last", "max(up)")],
  ["promql/fragile", alert("topk(3, up) > 1"), alert("max by (a) (up) > 1")],
  ["promql/fragile", alert("sum(a) / (sum(b)) > 1"), alert("sum(a) / sum(b) > 1", { for: "1m" })],
  ["promql/impossible", alert("max by (a) (sum(up)) > 1"), alert("max by (a) (up) > 1")],
  ["promql/impossible", alert("up and on (a) max by (b) (up) > 1"), alert("up and on (b) max by (b) (up) > 1")],
  ["promql/regexp", alert('up{a=~"b"} > 1'), alert('up{a=~"b|c"} > 1')],
  ["promql/regexp", alert('up{a=~"^b.*"} > 1'), alert('up{a=~"b.*"} > 1')],
  ["promql/nan", alert("sum(a / b) > 1"), alert("sum(a / (b > 0)) > 1")],
  ["group/interval", { ...alert("up > 1"), interval: "6m" }, { ...alert("up > 1"), interval: "5m" }],
  [
    "rule/duplicate",
    { ...alert("up > 1"), rules: [...alert("up > 1").rules, ...alert("up > 2").rules] },
    {
      ...alert("up > 1"),
      rules: [...alert("up > 1").rules, ...alert("up > 2", { labels: { ...labels, severity: "low" } }).rules],
    },
  ],
  [
    "rule/duplicate",
    {
      ...alert("up > 1"),
      rules: [...record("rules:up:max", "max(up)").rules, ...record("rules:up:max", "min(up)").rules],
    },
    record("rules:up:max", "max(up)"),
  ],
])("%s", (finding, bad, good) => {
  const found = (group: RuleGroup) => lintRules([group], settings(defaultPolicy));
  expect(found(bad).filter((line) => line.startsWith(`${finding}:`))).not.toEqual([]);
  expect(found(good)).toEqual([]);
});

test("labels are followed through recording rules", () => {
  const rules = [
    ...record("worker:x:max", `max by (worker_pool, worker_id) (${claimed})`).rules,
    ...alert("max by (job_id) (worker:x:max) > 1").rules,
  ];
  expect(lintRules([{ name: "g", interval: "1m", rules }], settings(defaultPolicy))).toEqual([
    "promql/impossible: Name: nothing there has the label job_id",
  ]);
});
