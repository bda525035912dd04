/** What reaches Slack, PagerDuty, a mail server and a webhook, from the real Alertmanager with the generated blocks; and when quiet hours let it go. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPolicy, type PolicyInput } from "@worker-watchdog/sdk/policy";
import { afterAll, beforeAll, expect, it } from "vitest";
import { poll } from "../end-to-end/poll.ts";
import { alertOf, endedAlert, type RunningAlertmanager, startAlertmanager } from "./alertmanager.ts";
import { type JsonRequest, type StandIn, startJsonStandIn, startMailStandIn } from "./stand-ins.ts";

/** Without waits, and with every kind of receiver. */
const FAST: PolicyInput = {
  severities: {
    critical: { group_wait_seconds: 0 },
    high: { group_wait_seconds: 0 },
    medium: { group_wait_seconds: 0 },
  },
  pipeline: { group_interval_seconds: 1 },
  links: { runbook: "https://runbooks.example", dashboard: "https://grafana.example" },
};

let folder: string;
let slack: StandIn<JsonRequest>;
let pagerduty: StandIn<JsonRequest>;
let hook: StandIn<JsonRequest>;
let mail: StandIn<string>;
let alertmanager: RunningAlertmanager;
/** Begins after the minute that runs, and lasts that one and the next. */
let quietUntilMillis: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "watchdog-receivers-"));
  slack = await startJsonStandIn(200, "ok");
  pagerduty = await startJsonStandIn(202, '{"status":"success"}');
  hook = await startJsonStandIn(200, "");
  mail = await startMailStandIn();
  const secrets = join(folder, "secrets");
  const minuteMillis = 60_000;
  const startMillis = Math.floor(Date.now() / minuteMillis) * minuteMillis;
  quietUntilMillis = startMillis + (Date.now() - startMillis < 35_000 ? 1 : 2) * minuteMillis;
  const policy = createPolicy({
    ...FAST,
    timezone: "UTC",
    owners: {
      pls_platform_owner: { receiver: "pager", message_receiver: "chat" },
      codex_worker_maintainer: { receiver: "mail" },
      pls_ops: { receiver: "hook", message_receiver: "chat" },
    },
    receivers: {
      pager: {
        pagerduty: { routing_key_file: `${secrets}/pager.key`, events_url: `http://${pagerduty.address}/v2/enqueue` },
      },
      chat: { slack: { channel: "#agents" } },
      mail: { email: { to: "to@example.com", from: "from@example.com", smarthost: mail.address, require_tls: false } },
      hook: { webhook: { url_file: `${secrets}/hook.url`, credentials_file: `${secrets}/hook.token` } },
    },
    quiet_hours: { from: clockTime(startMillis), to: clockTime(quietUntilMillis), severities: ["medium"] },
  });
  alertmanager = await startAlertmanager({
    policy,
    folder,
    secrets: {
      "pager.key": "not-a-real-integration-key-00000",
      "chat.url": `http://${slack.address}/services/not-a-real-one`,
      "hook.url": `http://${hook.address}/page`,
      "hook.token": "not-a-real-token",
    },
  });
});

afterAll(async () => {
  await alertmanager?.stop();
  for (const each of [slack, pagerduty, hook, mail]) await each?.close();
  await rm(folder, { recursive: true, force: true });
});

function clockTime(unixMillis: number): string {
  return new Date(unixMillis).toISOString().slice(11, 16);
}

const FIRST_LINE =
  /^PLS worker stability alert: worker is alive but project advancement is blocked\. State=lease_expired; job=(J-\d); evidence=trace 4bf9\w+; next action=mark_stale_and_request_reclaim; owner=(\w+); due=20/;

it("R4.7: what waits for the end of quiet hours goes out then if it still fires; what ended meanwhile was never told", async () => {
  const medium = { severity: "medium", alertname: "RepeatedNoJob" };
  const ends = alertOf("ends-meanwhile", "J-1", medium);
  await alertmanager.post(alertOf("waits", "J-2", medium), ends);
  await alertmanager.post(alertOf("at-once", "J-3", { owner: "pls_ops" }));
  await poll("a page in quiet hours", () => hook.taken.find(({ body }) => body.groupLabels.worker_pool === "at-once"));
  await alertmanager.post(endedAlert(ends));
  const told = (pool: string) => slack.taken.filter(({ body }) => body.attachments[0].title.includes(`pool=${pool};`));
  expect(Date.now()).toBeLessThan(quietUntilMillis);
  await poll("the end of the quiet hours", () => {
    if (Date.now() >= quietUntilMillis) return true;
    expect(slack.taken).toEqual([]);
    return undefined;
  });
  await poll("the message that waited", () => told("waits")[0], { last: () => slack.taken });
  expect(told("ends-meanwhile")).toEqual([]);
}, 200_000);

it("Slack: the title, the page's text without markup, and where the title leads", async () => {
  const alert = alertOf("slack", "J-4", { severity: "medium" });
  await alertmanager.post(alert);
  const sent = await poll("a message to Slack", () =>
    slack.taken.find(({ body }) => body.attachments[0].title.includes("pool=slack;")),
  );
  expect(sent.path).toBe("/services/not-a-real-one");
  expect(sent.body.channel).toBe("#agents");
  const [attachment] = sent.body.attachments;
  expect(attachment).toMatchObject({
    title:
      "[FIRING] LeaseExpired (medium); pool=slack; worker=w1; job=J-4; next action=mark_stale_and_request_reclaim; owner=pls_platform_owner",
    title_link: "https://grafana.example/d/worker",
    mrkdwn_in: ["pretext"],
  });
  expect(FIRST_LINE.exec(attachment.text)?.slice(1)).toEqual(["J-4", "pls_platform_owner"]);
  expect(attachment.text).toContain("Trace: https://traces.example/4bf92f3577b34da6a3ce929d0e0e4736");
  await alertmanager.post(endedAlert(alert));
  await poll("its end", () =>
    slack.taken.find(({ body }) =>
      body.attachments[0].title.startsWith("[RESOLVED] LeaseExpired (medium); pool=slack;"),
    ),
  );
});

it.each([
  ["critical", "critical"],
  ["high", "error"],
])("PagerDuty: %s is an incident of severity %s, which its end resolves", async (severity, theirs) => {
  const alert = alertOf(`pager-${severity}`, "J-5", { severity });
  const events = () =>
    pagerduty.taken.filter(
      ({ body }) => body.payload?.group === `pager-${severity}` || body.event_action === "resolve",
    );
  await alertmanager.post(alert);
  const { path, body } = await poll("an event", () =>
    events().find(({ body: each }) => each.payload?.group === `pager-${severity}`),
  );
  expect(path).toBe("/v2/enqueue");
  expect(body).toMatchObject({
    routing_key: "not-a-real-integration-key-00000",
    event_action: "trigger",
    client: "worker-watchdog",
    links: [
      { href: "https://runbooks.example#lease_expired", text: "Runbook" },
      { href: "https://grafana.example/d/worker", text: "Dashboard" },
    ],
    payload: {
      severity: theirs,
      class: "LeaseExpired",
      summary: expect.stringMatching(
        /^\[FIRING\] LeaseExpired \(\w+\); pool=pager-\w+; worker=w1; job=J-5; next action=mark_stale/,
      ),
    },
  });
  expect(body.payload.custom_details.firing).toMatch(FIRST_LINE);
  await alertmanager.post(endedAlert(alert));
  const end = await poll("its end", () =>
    events().find(({ body: each }) => each.event_action === "resolve" && each.dedup_key === body.dedup_key),
  );
  expect(end.body.dedup_key).toBe(body.dedup_key);
});

it("e-mail: the title is the subject; text and HTML are the page", async () => {
  await alertmanager.post(alertOf("mail", "J-6", { owner: "codex_worker_maintainer" }));
  const message = await poll("a mail", () =>
    mail.taken.find((each) => each.includes("pool=mail;") || each.includes("pool=3Dmail;")),
  );
  expect(message).toMatch(/^Subject: \[FIRING\] LeaseExpired \(high\); pool=mail; worker=w1; job=J-6; /m);
  expect(message).toMatch(/^To: to@example\.com/m);
  expect(message).toMatch(/^From: from@example\.com/m);
  const plain = message.replaceAll(/=\r\n/g, "").replaceAll("=3D", "=");
  expect(plain).toContain("Content-Type: text/plain");
  expect(plain).toContain("Content-Type: text/html");
  expect(plain.match(/State=lease_expired; job=J-6; evidence=trace 4bf9/g)).toHaveLength(2);
  expect(plain).toContain('<a href="https://grafana.example/d/worker">Dashboard</a>');
});

it("a webhook gets the finished text, with its bearer token", async () => {
  await alertmanager.post(alertOf("hook", "J-7", { owner: "pls_ops", severity: "critical" }));
  const { path, authorization, body } = await poll("a webhook", () =>
    hook.taken.find(({ body: each }) => each.groupLabels.worker_pool === "hook"),
  );
  expect([path, authorization]).toEqual(["/page", "Bearer not-a-real-token"]);
  expect(body.receiver).toBe("hook-page");
  expect(FIRST_LINE.exec(body.text)?.slice(1)).toEqual(["J-7", "pls_ops"]);
});

it("the configuration holds no secret", async () => {
  expect(await readFile(join(folder, "prometheus-rules", "alertmanager.yml"), "utf8")).not.toContain("not-a-real");
});
