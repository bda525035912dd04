import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { WatchdogError } from "../errors.ts";
import { defaultPolicy } from "./default-policy.ts";
import { loadPolicyFile, loadPolicyFileWithNotes, parsePolicy, parsePolicyWithNotes } from "./load-policy.ts";

const testdata = join(import.meta.dirname, "testdata");
const cases = readdirSync(testdata);
const bad = cases.filter((file) => file.endsWith(".bad.yaml"));

test("the policy of R3.1 loads as it is", () => {
  const { policy, warnings, defaulted } = read("codex_session_watchdog_v1.yaml");
  const { checks, ...rest } = policy;
  const { checks: defaultChecks, ...defaults } = defaultPolicy;
  expect(rest).toEqual(defaults);
  for (const [phase, check] of Object.entries(checks)) {
    const { command, ...other } = check;
    expect(other).toEqual(defaultChecks[phase as keyof typeof defaultChecks]);
    if (phase !== "build" && phase !== "upload") expect(command).toMatch(/^\S+ /);
  }
  expect(warnings).toEqual([]);
  expect(defaulted).toContain("thresholds.lease_keepalive_minutes");
  expect(defaulted).toContain("checks.doctor.required_when");
  expect(defaulted).not.toContain("thresholds.lease_remaining_minutes_warn");
  expect(defaulted).not.toContain("links.runbook");
});

test("a file that states its version alone is the default policy", () => {
  const { policy, defaulted } = read("minimal.good.yaml");
  expect(policy).toEqual(defaultPolicy);
  expect(defaulted).toContain("owner");
  expect(defaulted).toContain("owners.pls_ops.receiver");
});

test("a shortened policy loads", () => {
  const { thresholds, pipeline } = read("shortened.good.yaml").policy;
  expect(thresholds.lease_remaining_minutes_warn).toBe(0.5);
  expect(pipeline.rule_interval_seconds).toBe(2);
});

test("an owner without a receiver uses its name, and the policy's own owner is always one", () => {
  const { policy, defaulted } = read("owners.good.yaml");
  expect(policy.owners).toEqual({
    ...defaultPolicy.owners,
    reports_team: { receiver: "reports_team" },
    pls_ops: { receiver: "night-shift" },
  });
  expect(defaulted).toContain("owners.reports_team.receiver");
  expect(parsePolicy(`version: codex_session_watchdog_v1\nowner: new_team\n`).owners["new_team"]).toEqual({
    receiver: "new_team",
  });
});

test("receivers of owners, and LINE for the owner without one of its own; what they leave out is not filled in", () => {
  const { policy, defaulted } = read("receivers.good.yaml");
  expect(policy.owners["pls_platform_owner"]).toEqual({ receiver: "pager", message_receiver: "chat" });
  expect(policy.receivers["pager"]).toEqual({ pagerduty: {} });
  expect(policy.receivers["chat"]).toEqual({
    webhook: { url_file: "/run/secrets/chat.url" },
    slack: { channel: "#agents" },
  });
  expect(policy.quiet_hours).toEqual({ from: "22:00", to: "07:00" });
  expect(defaulted.filter((key) => /^(?:owners|receivers|quiet_hours)/.test(key))).toEqual(["owners.pls_ops.receiver"]);
  expect(defaultPolicy.quiet_hours).toBeUndefined();
});

test("keys of others are warned of, with their line, and aliases are followed", () => {
  const { policy, warnings } = read("foreign.good.yaml");
  expect(policy).toEqual({
    ...defaultPolicy,
    owner: "reports_team",
    owners: { ...defaultPolicy.owners, reports_team: { receiver: "reports_team" } },
  });
  expect(warnings).toEqual([
    "foreign.good.yaml:2: x-anchors: not read by the watchdog: it starts with `x-`",
    "foreign.good.yaml:6: deploy: not read by the watchdog: it is listed in foreign_keys",
    "foreign.good.yaml:9: thresholds.gpu_hours: not read by the watchdog: it is listed in foreign_keys",
    "foreign.good.yaml:10: thresholds.x-note: not read by the watchdog: it starts with `x-`",
    "foreign.good.yaml:12: runtime_controls.mcp_tool_timeout_seconds: not read by the watchdog: it belongs to another loader",
    "foreign.good.yaml:13: runtime_controls.generation_image_timeout_seconds: not read by the watchdog: it belongs to another loader",
    "foreign.good.yaml:14: runtime_controls.watchdog_poll_seconds: not read by the watchdog: it belongs to another loader",
  ]);
});

test("every good case is read by a test above", () => {
  const good = cases.filter((file) => file.endsWith(".good.yaml"));
  expect(good.sort()).toEqual([
    "foreign.good.yaml",
    "minimal.good.yaml",
    "owners.good.yaml",
    "receivers.good.yaml",
    "shortened.good.yaml",
  ]);
});

// Each <case>.bad.yaml has its whole message in <case>.bad.txt.
test.each(bad)("%s is refused with its message", (file) => {
  const error = refusal(() => read(file));
  expect(error.code).toBe("invalid_policy");
  expect(`${error.message}\n`).toBe(readFileSync(join(testdata, file.replace(".yaml", ".txt")), "utf8"));
  for (const line of error.message.split("\n"))
    expect(line).toMatch(/^[\w.-]+\.yaml(:\d+)?: .*found .+, allowed .+\. \S/);
});

test("no message repeats a password", () => {
  expect(refusal(() => read("values.bad.yaml")).message).not.toContain("password@");
  expect(refusal(() => read("receivers.bad.yaml")).message).not.toMatch(/hooks\.slack|hunter2|not-a-real/);
});

test("a text without a file is called policy, and its length is bounded", () => {
  expect(refusal(() => parsePolicy("owner: a")).message).toMatch(/^policy:1: version: found no version/);
  expect(refusal(() => parsePolicy(`# ${"x".repeat(1_000_000)}`)).message).toContain("allowed at most 1000000");
  expect(parsePolicy("\uFEFFversion: codex_session_watchdog_v1\r\nowner: team\r\n").owner).toBe("team");
});

test("a hundred problems are listed, and the rest counted", () => {
  const keys = Array.from({ length: 130 }, (_, index) => `unknown_${index}: 1`).join("\n");
  const lines = refusal(() => parsePolicy(`version: codex_session_watchdog_v1\n${keys}`)).message.split("\n");
  expect(lines).toHaveLength(101);
  expect(lines.at(-1)).toBe("and 30 more");
});

test("a file is read from disk, and one that can not be says so", () => {
  const folder = mkdtempSync(join(tmpdir(), "policy-"));
  try {
    const file = join(folder, "watchdog.yaml");
    writeFileSync(file, "version: codex_session_watchdog_v1\nowner: team\n");
    expect(loadPolicyFile(file).owner).toBe("team");
    expect(loadPolicyFileWithNotes(file).defaulted).not.toContain("owner");
    writeFileSync(file, Buffer.from([0x76, 0xff, 0xfe]));
    expect(refusal(() => loadPolicyFile(file)).message).toContain(`${file}: found bytes that are no UTF-8`);
    expect(refusal(() => loadPolicyFile(join(folder, "none.yaml"))).message).toContain("no readable file (ENOENT)");
    expect(refusal(() => loadPolicyFile(folder)).message).toContain("no readable file (EISDIR)");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function read(file: string): ReturnType<typeof parsePolicyWithNotes> {
  return parsePolicyWithNotes(readFileSync(join(testdata, file), "utf8"), { file });
}

function refusal(run: () => unknown): WatchdogError {
  try {
    run();
  } catch (error) {
    if (WatchdogError.isInstance(error)) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

test.each([
  ["-1", "a whole number from 0 to 31536000 (seconds)"],
  ["1.5", "a whole number"],
  ["soon", "a whole number"],
])("R7.1: runtime_controls.run_wall_clock_seconds: %s is refused", (value, allowed) => {
  expect(() =>
    parsePolicy(`version: codex_session_watchdog_v1\nruntime_controls:\n  run_wall_clock_seconds: ${value}\n`),
  ).toThrow(allowed);
});

test("R3.2, R7.1: our key and another loader's stand beside each other under runtime_controls", () => {
  const { policy, warnings } = parsePolicyWithNotes(
    "version: codex_session_watchdog_v1\nruntime_controls:\n  run_wall_clock_seconds: 60\n  watchdog_poll_seconds: 5\n",
  );
  expect(policy.runtime_controls).toEqual({ run_wall_clock_seconds: 60 });
  expect(warnings.join()).toContain("runtime_controls.watchdog_poll_seconds: not read by the watchdog");
});
