/** Check 4 of the design: each number of the policy changed alone; a worker just below is silent and one just above pages, at the real Alertmanager. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPolicy, type PolicyInput } from "@worker-watchdog/sdk/policy";
import { provideServers, type Stack, startStack } from "@worker-watchdog/stack";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { pageTemplate } from "../../src/alertmanager/page-template.ts";
import { alertmanagerFile, neededRules, ruleFile, TEMPLATE_NAME } from "../../src/index.ts";
import { scopedExpression } from "../../src/promql/series-scope.ts";
import { sendRows } from "../otlp-rows.ts";
import { eventually, type PageReceiver, startPageReceiver } from "../page-receiver.ts";
import { NUMBER_CASES, type NumberCase } from "./number-cases.ts";

/** The rules of all policies stand side by side in one Prometheus: this label, in every series and every rule, tells them apart. */
const CASE = "case";
/** The rows of every case once more, under the default policy. */
const DEFAULT = "default";

const QUICK: PolicyInput = {
  pipeline: { rule_interval_seconds: 2, slow_rule_interval_seconds: 2, group_interval_seconds: 2 },
  slo: { rule_interval_seconds: 2 },
  severities: Object.fromEntries(
    ["critical", "high", "medium", "low"].map((name) => [name, { group_wait_seconds: 1 }]),
  ),
};
const scope = createPolicy({ ...QUICK, series: { cluster_label: CASE } });

const NO_TEST = { name: "", start_timestamp: "", interval: "", input_series: [] };
const NO_LOOK = { eval_time: "", exp_alerts: [] };

/** A change on top of what makes the check quick. */
function quickly(change: PolicyInput): PolicyInput {
  return { ...QUICK, ...change, slo: { ...QUICK.slo, ...change.slo } };
}

let folder: string;
let receiver: PageReceiver;
let stack: Stack;
let sentAt: number;

/** Writes what `alerts` need of the rules of a policy: all rules of all policies would be thousands. */
async function writeRules(name: string, input: PolicyInput, alerts: readonly string[]): Promise<void> {
  const rules = ruleFile(createPolicy(quickly(input)));
  const tests = [{ ...NO_TEST, alert_rule_test: alerts.map((alertname) => ({ ...NO_LOOK, alertname })) }];
  const groups = neededRules(rules, { tests }).groups.map((group) => ({
    ...group,
    rules: group.rules.map((rule) => ({ ...rule, expr: scopedExpression(rule.expr, scope, `="${name}"`) })),
  }));
  await writeFile(join(folder, `${name}.rules.yml`), stringify({ groups }));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "watchdog-numbers-"));
  receiver = await startPageReceiver();
  await writeRules(
    DEFAULT,
    {},
    NUMBER_CASES.map(({ alertname }) => alertname),
  );
  for (const { key, change, alertname } of NUMBER_CASES) await writeRules(key, change, [alertname]);
  await writeFile(join(folder, "alertmanager.yml"), stringify(alertmanagerFile(scope, { webhookUrl: receiver.url })));
  await writeFile(join(folder, TEMPLATE_NAME), pageTemplate(scope, { source: "watchdog.yaml" }));
  stack = await startStack({
    servers: await provideServers({ names: ["collector", "prometheus", "alertmanager"] }),
    ruleFiles: [join(folder, "*.rules.yml")],
    alertmanagerConfigFile: join(folder, "alertmanager.yml"),
  });
  sentAt = Date.now();
  for (const each of NUMBER_CASES) {
    for (const name of [each.key, DEFAULT]) {
      const now = Date.now() / 1_000;
      const rows = (["below", "above"] as const).flatMap((side) => each[side](poolOf(each, side), now));
      await sendRows(
        stack.otlpEndpoint,
        `${name}-${each.key}`,
        rows.map((row) => ({ ...row, attributes: { ...row.attributes, [CASE]: name } })),
      );
    }
  }
});

afterAll(async () => {
  await stack?.stop();
  await receiver?.close();
  await rm(folder, { recursive: true, force: true });
});

const poolOf = ({ key }: NumberCase, side: "above" | "below"): string => `${key}-${side}`;

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly status: { readonly state: "active" | "suppressed" | "unprocessed" };
}

/** What Alertmanager holds of a case, for one of its sides: muted or not. */
async function held(each: NumberCase, side: "above" | "below", name: string): Promise<readonly Alert[]> {
  const filters = [`${CASE}="${name}"`, `worker_pool="${poolOf(each, side)}"`, `alertname="${each.alertname}"`];
  const query = filters.map((filter) => `filter=${encodeURIComponent(filter)}`).join("&");
  const alerts = (await (await fetch(`${stack.alertmanagerUrl}/api/v2/alerts?${query}`)).json()) as readonly Alert[];
  return alerts.filter(({ labels }) => each.severity === undefined || labels["severity"] === each.severity);
}

describe.each(NUMBER_CASES)("$key", (each) => {
  test("just above fires and pages, just below is silent, and by default it is otherwise", async () => {
    const [alert] = await eventually(
      `${each.alertname} of what is just above`,
      async () => {
        const alerts = await held(each, "above", each.key);
        return alerts.length > 0 && alerts[0]?.status.state !== "unprocessed" ? alerts : undefined;
      },
      90_000,
    );
    if (alert?.status.state === "active")
      await eventually("its page", () =>
        receiver.pages.find(({ alerts }) =>
          alerts.some(
            ({ labels }) =>
              labels[CASE] === each.key &&
              labels["worker_pool"] === poolOf(each, "above") &&
              labels["alertname"] === each.alertname,
          ),
        ),
      );
    expect(await held(each, "below", each.key)).toEqual([]);
    expect(pagesOf(each)).toEqual([]);
    await eventually(
      `another answer by default, ${Math.round((Date.now() - sentAt) / 1_000)} s after the rows`,
      async () => {
        const [above, below] = [await held(each, "above", DEFAULT), await held(each, "below", DEFAULT)];
        return above.length === 0 || below.length > 0 ? true : undefined;
      },
    );
  });
});

/** Pages about what is just below. */
function pagesOf(each: NumberCase): readonly string[] {
  return receiver.pages
    .flatMap(({ alerts }) => alerts)
    .filter(({ labels }) => labels[CASE] === each.key && labels["worker_pool"] === poolOf(each, "below"))
    .filter(({ labels }) => labels["alertname"] === each.alertname)
    .filter(({ labels }) => each.severity === undefined || labels["severity"] === each.severity)
    .map(({ text }) => text);
}
