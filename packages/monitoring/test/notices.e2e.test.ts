import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { createPolicy, type Policy, SEVERITIES } from "@worker-watchdog/sdk/policy";
import { provideServers } from "@worker-watchdog/stack";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { shortPolicy } from "./policies.ts";
import { runProgram, writeGenerated } from "./run-program.ts";
import { pageData, renderTemplate, type TemplateAlert } from "./template-data.ts";

const CHAT = `C${"0".repeat(31)}1`;
const KINDS = {
  webhook: { webhook: {} },
  "webhook with a token": { webhook: { url_file: "/run/secrets/hook", credentials_file: "/run/secrets/hook-token" } },
  line: { line: { to: CHAT } },
  slack: { slack: { channel: "#agents" } },
  email: { email: { to: "a@example.com", from: "b@example.com", smarthost: "smtp.example.com:587" } },
  "email with a password": {
    email: { to: "a@example.com", from: "b@example.com", smarthost: "smtp.example.com:465", auth_username: "b" },
  },
  pagerduty: { pagerduty: { events_url: "https://events.eu.pagerduty.com/v2/enqueue" } },
} as const;
const links = {
  runbook: "https://wiki.example/runbooks",
  dashboard: "https://grafana.example",
  trace: "https://traces.example/trace/{trace_id}",
};

let amtool: string;
let folder: string;
const folders: string[] = [];

beforeAll(async () => {
  amtool = (await provideServers({ names: ["amtool"] })).amtool.path;
  folder = await written(shortPolicy);
});

afterAll(async () => {
  for (const each of folders) await rm(each, { recursive: true, force: true });
});

async function written(policy: Policy): Promise<string> {
  const into = await writeGenerated(policy);
  folders.push(into);
  return into;
}

describe.each([
  ["without links", {}],
  ["with links", links],
])("%s", (_, each) => {
  test.each(Object.entries(KINDS))(
    "amtool accepts a receiver of kind %s, in strict UTF-8 mode",
    async (__, receiver) => {
      const policy = createPolicy({
        links: each,
        owners: { pls_ops: { receiver: "somebody" } },
        receivers: { somebody: receiver },
        quiet_hours: { from: "22:00", to: "07:00" },
      });
      const file = join(await written(policy), "prometheus-rules/alertmanager.yml");
      const { code, output } = await runProgram(amtool, "check-config", "--enable-feature=utf8-strict-mode", file);
      expect(code, output).toBe(0);
      expect(output).not.toMatch(/warn(?!.*strict mode)/i);
    },
  );
});

test("no secret's value has a place in the configuration: every block reads a file", async () => {
  const names = Object.keys(KINDS).map((kind) => kind.replaceAll(" ", "_"));
  const policy = createPolicy({
    owners: Object.fromEntries(names.map((receiver) => [`owner_of_${receiver}`, { receiver }])),
    receivers: Object.fromEntries(Object.values(KINDS).map((receiver, index) => [names[index] ?? "", receiver])),
  });
  const text = await readFile(join(await written(policy), "prometheus-rules/alertmanager.yml"), "utf8");
  const found = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (/url|key|password|token|secret|credentials/.test(key)) found.add(key);
      look(inner);
    }
  };
  look(parse(text));
  // `url` is the bridge's own address, or PagerDuty's, which are no secrets.
  expect([...found].sort()).toEqual([
    "api_url_file",
    "auth_password_file",
    "credentials_file",
    "routing_key_file",
    "url",
    "url_file",
  ]);
});

const one = (over: Partial<TemplateAlert> = {}): TemplateAlert => ({
  ...pageData(shortPolicy, "complete_rejected", "7f3a"),
  ...over,
});
const hostile = pageData(shortPolicy, "complete_rejected", '<!channel> & <script>alert("x")</script> *_`');

const GROUPS: Readonly<Record<string, readonly TemplateAlert[]>> = {
  "one alert": [one()],
  "two jobs": [one(), pageData(shortPolicy, "complete_rejected", "8b1c")],
  resolved: [one({ status: "resolved", endsAt: "2026-11-21T06:40:00Z" })],
  "no job": [pageData(shortPolicy, "worker_absent", "")],
  "a pool": [pageData(shortPolicy, "queue_stuck_pool", "")],
  "the pipeline": [pageData(shortPolicy, "telemetry_collector_down", "")],
  "a hostile job id": [hostile],
};

describe.each(Object.entries(GROUPS))("%s", (name, alerts) => {
  test.each([
    ["title", "worker_watchdog.title", false],
    // Also what the LINE bridge gets: it sends each alert's `text` as it is.
    ["webhook", "worker_watchdog.payload", false],
    ["slack-title", "worker_watchdog.slack_title", false],
    ["slack-text", "worker_watchdog.slack_text", false],
    ["mail-html", "worker_watchdog.html", true],
    ["pagerduty-details", '{{ template "worker_watchdog.alerts" .Alerts.Firing }}', false],
  ])("%s", async (what, template, isHtml) => {
    const { code, output } = await renderTemplate({ amtool, folder, template, alerts, isHtml });
    expect(code, output).toBe(0);
    expect(output).not.toMatch(/<no value>|%!/);
    await expect(output).toMatchFileSnapshot(`goldens/notices/${name.replaceAll(" ", "-")}.${what}.txt`);
  });
});

test("what a job is called can neither call a Slack channel nor put markup into an e-mail", async () => {
  for (const template of ["worker_watchdog.slack_title", "worker_watchdog.slack_text"]) {
    const { output } = await renderTemplate({ amtool, folder, template, alerts: [hostile] });
    expect(output).toContain("&lt;!channel&gt; &amp; &lt;script&gt;");
    expect(output).not.toMatch(/[<>]/);
  }
  const mail = await renderTemplate({
    amtool,
    folder,
    template: "worker_watchdog.html",
    alerts: [hostile],
    isHtml: true,
  });
  expect(mail.output).toContain("&lt;script&gt;");
  expect(mail.output).not.toContain("<script>");
});

test("Slack's text, the e-mail's and PagerDuty's are the page's own", async () => {
  const alerts = GROUPS["two jobs"] ?? [];
  const page = (await renderTemplate({ amtool, folder, template: "worker_watchdog.text", alerts })).output;
  const slack = await renderTemplate({ amtool, folder, template: "worker_watchdog.slack_text", alerts });
  expect(slack.output).toBe(page.replaceAll("&", "&amp;"));
  const mail = await renderTemplate({ amtool, folder, template: "worker_watchdog.html", alerts, isHtml: true });
  const shown = mail.output
    .replaceAll(/<p>.*<\/p>|<[^>]+>/g, "")
    .replaceAll("&#43;", "+")
    .replaceAll("&amp;", "&");
  expect(shown.split("\n").filter((line) => line !== "")).toEqual(page.split("\n").filter((line) => line !== ""));
  const details = '{{ template "worker_watchdog.alerts" .Alerts.Firing }}';
  expect((await renderTemplate({ amtool, folder, template: details, alerts })).output).toBe(page);
});

test("PagerDuty's severities, and its error for one that nobody knows", async () => {
  const found = await Promise.all(
    [...SEVERITIES, "urgent"].map(async (severity) => {
      const alerts = [one({ labels: { ...one().labels, severity } })];
      return (await renderTemplate({ amtool, folder, template: "worker_watchdog.pagerduty_severity", alerts })).output;
    }),
  );
  expect(found.map((text) => text.trim())).toEqual(["critical", "error", "warning", "info", "error"]);
});
