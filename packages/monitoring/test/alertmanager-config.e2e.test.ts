import { rm } from "node:fs/promises";
import { join } from "node:path";
import {
  createPolicy,
  defaultPolicy,
  NOTIFIABLE_ALERT_KEYS,
  type Policy,
  SEVERITIES,
} from "@worker-watchdog/sdk/policy";
import { provideServers } from "@worker-watchdog/stack";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routedOwners } from "../src/alertmanager/receivers.ts";
import { ALERTS, receiverOfAlert, severitiesOf } from "../src/index.ts";
import { alertRuleTest } from "../src/rule-tests/expectation.ts";
import { shortPolicy } from "./policies.ts";
import { type ProgramResult, runProgram, writeGenerated } from "./run-program.ts";
import { pageData, renderTemplate, type TemplateAlert } from "./template-data.ts";

let amtool: string;
const folders = new Map<Policy, string>();
/** Owners with receivers of their own, shared ones, one for messages, and one that has the channel's. */
const receiversPolicy = createPolicy({
  owner: "reports_team",
  owners: {
    reports_team: { receiver: "pager", message_receiver: "chat" },
    codex_worker_maintainer: { receiver: "chat" },
    night_shift: { receiver: "pager" },
  },
  receivers: {
    pager: { pagerduty: {} },
    chat: { slack: {} },
    line: { line: { to: `C${"0".repeat(32)}` } },
  },
  quiet_hours: { from: "22:00", to: "07:00" },
});
const silentPolicy = createPolicy({ alerts: { notify_on: [] } });

beforeAll(async () => {
  amtool = (await provideServers({ names: ["amtool"] })).amtool.path;
  for (const policy of [defaultPolicy, shortPolicy, silentPolicy, receiversPolicy])
    folders.set(policy, await writeGenerated(policy));
});

afterAll(async () => {
  for (const folder of folders.values()) await rm(folder, { recursive: true, force: true });
});

const file = (policy: Policy, name: string): string => join(folders.get(policy) ?? "", "prometheus-rules", name);

function routed(policy: Policy, receiver: string, labels: Readonly<Record<string, string>>): Promise<ProgramResult> {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return runProgram(
    amtool,
    "config",
    "routes",
    "test",
    `--config.file=${file(policy, "alertmanager.yml")}`,
    `--verify.receivers=${receiver}`,
    ...pairs,
  );
}

test.each([
  ["default", defaultPolicy],
  ["another", shortPolicy],
])("amtool accepts the configuration of the %s policy, in strict UTF-8 mode", async (_, policy) => {
  const { code, output } = await runProgram(
    amtool,
    "check-config",
    "--enable-feature=utf8-strict-mode",
    file(policy, "alertmanager.yml"),
  );
  expect(code, output).toBe(0);
  expect(output).toContain("1 templates");
});

const EXPECTED = { critical: "page", high: "page", medium: "message" } as const;

describe.each([
  ["default", defaultPolicy],
  ["another", shortPolicy],
  ["receivers'", receiversPolicy],
] as const)("routes of the %s policy", (_, policy) => {
  test.each(routedOwners(policy).flatMap((owner) => SEVERITIES.map((severity) => [severity, owner] as const)))(
    "%s of %s",
    async (severity, owner) => {
      const { receiver: pager, message_receiver } = policy.owners[owner] ?? {};
      const name = severity === "medium" ? (message_receiver ?? pager) : pager;
      const receiver = severity === "low" ? "nobody" : `${name}-${EXPECTED[severity]}`;
      const { code, output } = await routed(policy, receiver, { alertname: "X", owner, severity, worker_pool: "p" });
      expect(code, output).toBe(0);
    },
  );

  test("the dead man's switch, whatever else it says", async () => {
    const labels = { alertname: "Watchdog", alert_key: "watchdog", severity: "critical", owner: "pls_ops" };
    expect((await routed(policy, "dead-mans-switch", labels)).code).toBe(0);
  });

  test("an alert of an unknown owner, or of an unknown severity, still reaches a person", async () => {
    expect((await routed(policy, "pls_ops-page", { alertname: "X", owner: "stranger", severity: "high" })).code).toBe(
      0,
    );
    expect((await routed(policy, "pls_ops-page", { alertname: "X", owner: "pls_ops", severity: "urgent" })).code).toBe(
      0,
    );
  });
});

test.each(NOTIFIABLE_ALERT_KEYS)("%s notifies nobody once it is left out of notify_on", async (alert_key) => {
  const labels = { alertname: "X", alert_key, severity: "critical", owner: "pls_ops" };
  expect((await routed(silentPolicy, "nobody", labels)).code).toBe(0);
  expect((await routed(defaultPolicy, "pls_ops-page", labels)).code).toBe(0);
});

test.each(ALERTS)("$key goes where receiverOfAlert says", async (alert) => {
  for (const policy of [defaultPolicy, shortPolicy, silentPolicy, receiversPolicy]) {
    for (const severity of severitiesOf(alert, policy)) {
      const firing = [{ severity, labels: {}, value: 0 }];
      const rule = alertRuleTest({ at: 0, alert: alert.key, firing }, policy);
      const receiver = receiverOfAlert(alert, policy, severity);
      const { code, output } = await routed(policy, receiver, rule.exp_alerts[0]?.exp_labels ?? {});
      expect(code, output).toBe(0);
    }
  }
});

test("a wrong receiver is seen: amtool's answer is no formality", async () => {
  expect(
    (await routed(defaultPolicy, "pls_ops-page", { owner: "pls_platform_owner", severity: "high" })).code,
  ).not.toBe(0);
});

describe.each([
  ["default", defaultPolicy],
  ["another", shortPolicy],
] as const)("pages of the %s policy", (name, policy) => {
  test.each(ALERTS)("$key", async ({ key }) => {
    const { output, code } = await render(policy, "worker_watchdog.text", [pageData(policy, key, "7f3a")]);
    expect(code, output).toBe(0);
    expect(output.split("\n")[0]).toMatch(
      /^PLS worker stability alert: .+\. State=.+; job=.+; evidence=.+; next action=.+; owner=.+; due=.+$/,
    );
    await expect(output).toMatchFileSnapshot(`goldens/${name}/${key}.txt`);
  });
});

test("a group carries the text of each of its alerts", async () => {
  const data = ["7f3a", "8b1c"].map((job) => pageData(defaultPolicy, "complete_rejected", job));
  const { output } = await render(defaultPolicy, "worker_watchdog.text", data);
  await expect(output).toMatchFileSnapshot("goldens/group-of-two.txt");
});

test("what an alert says can not break the webhook's JSON", async () => {
  const odd = pageData(defaultPolicy, "complete_rejected", 'x": [}\n\t{{ .Status }} <b>&\\ 工作');
  const { output } = await render(defaultPolicy, "worker_watchdog.payload", [odd, odd]);
  const payload = JSON.parse(output) as { text: string; alerts: { text: string; labels: Record<string, string> }[] };
  expect(payload.alerts[0]?.labels["job_id"]).toBe('x": [}\n\t{{ .Status }} <b>&\\ 工作');
  expect(payload.text).toBe(`${payload.alerts[0]?.text}\n\n${payload.alerts[1]?.text}`);
});

test("a prefix of the policy's own is printed as it is", async () => {
  const policy = createPolicy({ alerts: { page_prefix: 'Team "A" 100% alert' } });
  folders.set(policy, await writeGenerated(policy));
  const { output } = await render(policy, "worker_watchdog.text", [pageData(policy, "lease_expired", "7f3a")]);
  expect(output).toMatch(/^Team "A" 100% alert: worker is alive/);
});

function render(policy: Policy, template: string, alerts: readonly TemplateAlert[]): Promise<ProgramResult> {
  return renderTemplate({ amtool, folder: folders.get(policy) ?? "", template, alerts });
}
