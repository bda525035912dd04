/** Pages reach LINE: the real Alertmanager, the real `watchdog line-bridge`, and a stand-in of LINE's documented API. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parsePolicy } from "@worker-watchdog/sdk/policy";
import { findFreePorts } from "@worker-watchdog/stack";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { poll } from "../end-to-end/poll.ts";
import {
  alertOf,
  ended,
  endedAlert,
  pipelineAlertOf,
  type RunningAlertmanager,
  startAlertmanager,
} from "./alertmanager.ts";
import { type LineApi, startLineApi } from "./line-api-stand-in.ts";

const TOKEN = "not-a-real-channel-access-token";
const CHAT = `C${"0".repeat(31)}1`;
const MAIN = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));

let folder: string;
let line: LineApi;
let bridge: ChildProcess;
let bridgeUrl: string;
let alertmanager: RunningAlertmanager;
let policyText: string;
let output = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "watchdog-line-"));
  line = await startLineApi(TOKEN);
  const [port] = await findFreePorts(1);
  bridgeUrl = `http://127.0.0.1:${port}`;
  // The default policy, with LINE for everybody and short waits.
  policyText = `
version: codex_session_watchdog_v1
receivers: { line: { line: { to: ${CHAT} } } }
line_bridge:
  url: ${bridgeUrl}
  channel_access_token_file: ${folder}/token
  retry_wait_seconds: 0.1
severities: { critical: { group_wait_seconds: 0 }, high: { group_wait_seconds: 0 }, medium: { group_wait_seconds: 0 } }
pipeline: { group_interval_seconds: 1, repeat_interval_minutes: 0.2 }
`;
  await writeFile(join(folder, "watchdog.yaml"), policyText);
  await writeFile(join(folder, "token"), `${TOKEN}\n`);
  bridge = startBridge();
  await poll(
    "the bridge",
    async () => ((await fetch(`${bridgeUrl}/healthz`).catch(() => undefined))?.ok ? true : undefined),
    {
      last: () => output,
    },
  );
  alertmanager = await startAlertmanager({ policy: parsePolicy(policyText), folder });
});

beforeEach(async () => {
  line.faults.length = 0;
  line.always = undefined;
  await writeFile(join(folder, "token"), `${TOKEN}\n`);
});

afterAll(async () => {
  await alertmanager?.stop();
  if (bridge !== undefined) await ended(bridge);
  await line?.close();
  await rm(folder, { recursive: true, force: true });
});

function startBridge(...more: readonly string[]): ChildProcess {
  const args = ["--conditions=@worker-watchdog/source", MAIN, "line-bridge", "--api-url", line.url, ...more];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (output += String(chunk)));
  return child;
}

const textsOf = (pool: string) =>
  line.taken.filter(({ texts }) => texts.some((text) => text.includes(`pool: ${pool};`)));
const arrived = (pool: string, count = 1) =>
  poll(`message ${count} of ${pool}`, () => textsOf(pool)[count - 1], {
    last: () => ({ output, answers: line.answers }),
  });
const failures = () => alertmanager.counter("alertmanager_notifications_failed_total", 'integration="webhook"');

it("a page is a message to the chat with job, evidence, next action and trace; its end is another", async () => {
  const alert = alertOf("plain", "J-1");
  await alertmanager.post(alert);
  const { to, texts } = await arrived("plain");
  expect(to).toBe(CHAT);
  expect(texts).toHaveLength(1);
  expect(texts[0]).toMatch(
    /^PLS worker stability alert: worker is alive but project advancement is blocked\. State=lease_expired; job=J-1; evidence=trace 4bf9\w+; next action=mark_stale_and_request_reclaim; owner=pls_platform_owner; due=20/,
  );
  expect(texts[0]).toContain("Trace: https://traces.example/4bf92f3577b34da6a3ce929d0e0e4736");
  await alertmanager.post(endedAlert(alert));
  expect((await arrived("plain", 2)).texts[0]).toMatch(/^Resolved:\nPLS worker stability alert: .*job=J-1;/);
});

it("18: a page of the pipeline is a message as any other, of no pool, worker and job", async () => {
  await alertmanager.post(pipelineAlertOf("collector-1:8888"));
  const { texts } = await arrived("none");
  expect(texts).toHaveLength(1);
  expect(texts[0]).toMatch(
    /^PLS worker stability alert: telemetry of workers does not come in: a Collector is down\. State=telemetry_collector_down: one_down; job=none; evidence=up == 0; next action=inspect_pipeline; owner=pls_ops; due=20/,
  );
  expect(texts[0]).toContain("Worker: none; pool: none; phase: none");
  expect(texts[0]).toMatch(/Trace: none$/);
});

it("a message that LINE took without an answer is not sent twice", async () => {
  line.faults.push("taken_then_cut");
  await alertmanager.post(alertOf("lost-answer", "J-2"));
  await poll("the retry's answer", () => (line.answers.at(-1) === 409 ? true : undefined));
  expect(textsOf("lost-answer")).toHaveLength(1);
});

it("a LINE that is down for longer than the bridge tries gets the page once it is back, once", async () => {
  const before = line.answers.length;
  line.faults.push("cut", ...Array.from({ length: 4 }, () => ({ status: 500, message: "Internal server error" })));
  await alertmanager.post(alertOf("down", "J-3"));
  await arrived("down");
  const answers = line.answers.slice(before);
  expect(answers).toEqual([0, 500, 500, 500, 500, 200]);
  expect(textsOf("down")).toHaveLength(1);
});

it("two Alertmanagers that do not know of each other are one message", async () => {
  const policy = parsePolicy(policyText);
  const other = await startAlertmanager({ policy, folder: join(folder, "other") });
  try {
    const before = line.answers.length;
    const alert = { ...alertOf("twice", "J-8"), startsAt: new Date().toISOString() };
    await Promise.all([alertmanager.post(alert), other.post(alert)]);
    await poll("both answers", () => (line.answers.slice(before).includes(409) ? true : undefined));
    expect(textsOf("twice")).toHaveLength(1);
  } finally {
    await other.stop();
  }
});

it("a page that stays open is repeated after the repeat interval: a repetition is no retry", async () => {
  const startsAt = new Date().toISOString();
  await alertmanager.post({ ...alertOf("repeated", "J-4"), startsAt });
  const first = await arrived("repeated");
  const second = await arrived("repeated", 2);
  expect(second.texts).toEqual(first.texts);
  expect(second.retryKey).not.toBe(first.retryKey);
});

it.each([
  [
    "limit",
    { status: 429, message: "You have reached your monthly limit." },
    /429: You have reached your monthly limit\.\. Raise the plan/,
  ],
  [
    "right",
    { status: 403, message: "Access to this API is not available for your account" },
    /403: Access to this API .*Developers Console/,
  ],
] as const)(
  "a refusal (%s) is a failed notification of Alertmanager, and is told by the bridge",
  async (pool, fault, told) => {
    const before = await failures();
    line.always = fault;
    await alertmanager.post(alertOf(pool, "J-5"));
    await poll("a failed notification", async () => ((await failures()) > before ? true : undefined));
    expect(output).toMatch(told);
    expect(textsOf(pool)).toEqual([]);
    line.always = undefined;
    await arrived(pool);
  },
);

it("a new token needs no restart; without one the bridge says so", async () => {
  await writeFile(join(folder, "token"), "an-old-token\n");
  const before = await failures();
  await alertmanager.post(alertOf("token", "J-6"));
  await poll("a failed notification", async () => ((await failures()) > before ? true : undefined));
  expect(output).toContain("LINE answered 401");
  await rm(join(folder, "token"));
  const health = await fetch(`${bridgeUrl}/healthz`);
  expect(health.status).toBe(503);
  expect(await health.text()).toContain("line_bridge.channel_access_token_file");
  await writeFile(join(folder, "token"), TOKEN);
  await arrived("token");
  expect((await fetch(`${bridgeUrl}/healthz`)).status).toBe(200);
});

it("a large group stays within LINE's bounds, and names every job", async () => {
  const jobs = Array.from({ length: 90 }, (_, index) => `big-${index}.`);
  await alertmanager.post(...jobs.map((job) => alertOf("large", job)));
  const { texts } = await poll("all jobs", () =>
    textsOf("large").find((push) => jobs.every((job) => push.texts.join("\n").includes(`job=${job}; `))),
  );
  expect(texts.length).toBeLessThanOrEqual(5);
});

it.each([
  ["POST", "/receivers/line", "text/plain", "{}", 415],
  ["POST", "/receivers/line", "application/json", "{}", 400],
  ["POST", "/receivers/nobody", "application/json", "{}", 404],
  ["GET", "/receivers/line", "application/json", undefined, 405],
  ["POST", "/v2/bot/message/push", "application/json", "{}", 404],
  ["POST", "/receivers/line", "application/json", `"${"x".repeat(33_554_432)}"`, 413],
])("%s %s as %s is refused", async (method, path, type, body, status) => {
  const response = await fetch(`${bridgeUrl}${path}`, {
    method,
    headers: { "content-type": type },
    body: body ?? null,
  });
  expect(response.status).toBe(status);
});

it("a second bridge finds the port taken; one that others could reach must be guarded", async () => {
  const taken = startBridge();
  expect((await once(taken, "exit"))[0]).toBe(1);
  const open = startBridge("--listen", "0.0.0.0:0");
  expect((await once(open, "exit"))[0]).toBe(2);
  expect(output).toContain("without line_bridge.credentials_file, allowed a loopback address");
});

it("a signal ends it once what it has begun is sent; the token was never told", async () => {
  line.always = "cut";
  await alertmanager.post(alertOf("last", "J-7"));
  await poll("a request", () => (line.answers.at(-1) === 0 ? true : undefined));
  line.always = undefined;
  bridge.kill("SIGTERM");
  const [code] = await once(bridge, "exit");
  expect(code).toBe(0);
  expect(output).toMatch(/stopped\n$/);
  expect(output).not.toContain(TOKEN);
  expect(output).not.toContain("an-old-token");
});
