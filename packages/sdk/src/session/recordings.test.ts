import { describe, expect, test } from "vitest";
import { createSessionReader, type SessionFinding } from "./index.ts";
import { RECORDED_AT, RECORDED_ZONE, recording } from "./testing/recording.ts";

type Format = "text" | "json";
/** Evidence, or `none`; where the two formats differ, both. */
interface Expected {
  readonly kind: string;
  readonly evidence: string;
  readonly resetsAt?: string;
}
const none = undefined;
const found = (kind: string, evidence: string, resetsAt?: string): Expected => ({
  kind,
  evidence,
  ...(resetsAt === undefined ? {} : { resetsAt }),
});

// Exit codes are the recorded ones, for text and for events; 143 is SIGTERM, as a shell tells it.
const recorded: readonly (readonly [
  string,
  { readonly text?: number; readonly json?: number },
  Expected | undefined,
])[] = [
  ["codex-success", { text: 0, json: 0 }, none],
  ["codex-cut-then-recovered", { text: 0, json: 0 }, none],
  ["codex-quoting", { text: 0, json: 0 }, none],
  ["codex-token-revoked", { text: 1, json: 1 }, found("token_revoked", "codex.token_revoked")],
  ["codex-http-401", { text: 1, json: 1 }, found("token_revoked", "codex.http_401")],
  ["codex-out-of-credits", { text: 1, json: 1 }, found("credit_limit", "codex.out_of_credits")],
  ["codex-quota-exceeded", { text: 1, json: 1 }, found("credit_limit", "codex.quota_exceeded")],
  ["codex-usage-not-included", { text: 1, json: 1 }, found("credit_limit", "codex.usage_not_included")],
  ["codex-usage-limit", { text: 1, json: 1 }, found("usage_limit", "codex.usage_limit", "2026-11-21T13:31:00.000Z")],
  [
    "codex-usage-limit-next-week",
    { text: 1, json: 1 },
    found("usage_limit", "codex.usage_limit", "2026-11-26T12:31:00.000Z"),
  ],
  ["codex-usage-limit-unstated", { text: 1, json: 1 }, found("usage_limit", "codex.usage_limit")],
  [
    "codex-quoting-then-usage-limit",
    { text: 1, json: 1 },
    found("usage_limit", "codex.usage_limit", "2026-11-21T12:00:00.000Z"),
  ],
  ["codex-rate-limit", { text: 1, json: 1 }, found("rate_limit", "codex.rate_limit", "2026-11-21T12:31:01.054Z")],
  ["codex-retries-429", { text: 1, json: 1 }, found("rate_limit", "codex.retries_429")],
  ["codex-at-capacity", { text: 1, json: 1 }, found("capacity", "codex.at_capacity")],
  ["codex-http-500", { text: 1, json: 1 }, found("capacity", "codex.high_demand")],
  ["codex-quoting-then-500", { text: 1, json: 1 }, found("capacity", "codex.high_demand")],
  ["claude-success", { text: 0, json: 0 }, none],
  ["claude-retried", { json: 0 }, none],
  ["claude-quoting", { text: 0, json: 0 }, none],
  ["claude-token-revoked", { text: 1, json: 1 }, found("token_revoked", "claude.token_revoked")],
  ["claude-invalid-key", { text: 1, json: 1 }, found("token_revoked", "claude.login_refused")],
  ["claude-account-refused", { text: 1, json: 1 }, found("token_revoked", "claude.login_refused")],
  ["claude-out-of-credits", { text: 1, json: 1 }, found("credit_limit", "claude.out_of_credits")],
  ["claude-usage-limit", { text: 1 }, found("usage_limit", "claude.usage_limit", "2026-11-21T14:34:00.000Z")],
  ["claude-usage-limit", { json: 1 }, found("usage_limit", "claude.usage_limit", "2026-11-21T14:34:54.000Z")],
  ["claude-rate-limit", { text: 1, json: 1 }, found("rate_limit", "claude.rate_limit")],
  ["claude-overloaded", { text: 1, json: 1 }, found("capacity", "claude.http_5xx")],
  ["claude-http-500", { text: 1, json: 1 }, found("capacity", "claude.http_5xx")],
  ["gemini-success", { text: 0, json: 0 }, none],
  ["gemini-retried", { text: 0 }, none],
  ["gemini-quoting", { text: 0, json: 0 }, none],
  ["gemini-login-refused", { text: 1, json: 145 }, found("token_revoked", "gemini.http_401")],
  ["gemini-invalid-key", { text: 1, json: 144 }, found("token_revoked", "gemini.api_key_invalid")],
  ["gemini-out-of-credits", { text: 1, json: 173 }, found("credit_limit", "gemini.insufficient_g1_credits_balance")],
  ["gemini-daily-quota", { text: 1, json: 173 }, found("usage_limit", "gemini.quota_exhausted")],
  [
    "gemini-quota-waiting",
    { text: 143, json: 143 },
    found("usage_limit", "gemini.quota_exhausted", "2026-11-21T14:46:30.000Z"),
  ],
  [
    "gemini-rate-limit-retrying",
    { text: 143, json: 143 },
    found("rate_limit", "gemini.rate_limit", "2026-11-21T12:31:01.000Z"),
  ],
  ["gemini-overloaded-retrying", { text: 143, json: 143 }, found("capacity", "gemini.http_5xx")],
];
const cases = recorded.flatMap(([name, exits, expected]) =>
  (["text", "json"] as const).flatMap((format) =>
    exits[format] === undefined ? [] : [[`${name}.${format}`, format, exits[format], expected] as const],
  ),
);

function read(
  name: string,
  format: Format | "auto",
  exitCode: number | null,
  size = 4_096,
): SessionFinding | undefined {
  const { agent, stdout, stderr } = recording(name);
  const reader = createSessionReader({ agent, format, timeZone: RECORDED_ZONE, now: () => RECORDED_AT });
  for (let at = 0; at < stderr.length; at += size) reader.push(stderr.subarray(at, at + size), "stderr");
  for (let at = 0; at < stdout.length; at += size) reader.push(stdout.subarray(at, at + size), "stdout");
  return reader.end({ exitCode });
}

function plain(finding: SessionFinding | undefined): Expected | undefined {
  if (finding === undefined) return undefined;
  const { kind, evidence, resetsAtMillis } = finding;
  return found(kind, evidence, resetsAtMillis === undefined ? undefined : new Date(resetsAtMillis).toISOString());
}

describe("R8.1: what real agents printed, by class", () => {
  test.each(cases)("%s", (name, format, exitCode, expected) => {
    expect(plain(read(name, format, exitCode))).toEqual(expected);
  });

  test.each(cases)("%s, with its format told by its first line", (name, _, exitCode, expected) => {
    expect(plain(read(name, "auto", exitCode))).toEqual(expected);
  });

  test.each(cases)("%s, byte by byte", (name, format, exitCode, expected) => {
    expect(plain(read(name, format, exitCode, 1))).toEqual(expected);
  });
});

describe("what an agent quotes is no error of its own", () => {
  const quoting = ["codex-quoting", "claude-quoting", "gemini-quoting"];

  test.each(quoting)("%s.json, however the run ends", (name) => {
    for (const exitCode of [0, 1, 2, 137, null]) expect(read(`${name}.json`, "json", exitCode)).toBeUndefined();
  });

  test.each(quoting)("%s.text, however the run ends", (name) => {
    for (const exitCode of [0, 1, 2, 137, null]) expect(read(`${name}.text`, "text", exitCode)).toBeUndefined();
  });
});

test("evidence is a code, and holds nothing of the agent's text", () => {
  for (const [name, format, exitCode] of cases) {
    const finding = read(name, format, exitCode);
    if (finding !== undefined) expect(finding.evidence).toMatch(/^(?:codex|claude|gemini)\.[a-z0-9_]+$/);
  }
});
