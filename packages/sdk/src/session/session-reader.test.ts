import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultPolicy } from "../policy/default-policy.ts";
import {
  AGENTS,
  type Agent,
  createSessionReader,
  limitedUntilMillis,
  noSuccessAtMillis,
  type OutputFormat,
  recoversAlone,
  type SessionFinding,
  type SessionReader,
} from "./index.ts";
import { MAX_LINE_LENGTH } from "./line-splitter.ts";

const NOW = Date.parse("2026-09-20T02:00:00Z");
let now = NOW;

function open(agent: Agent, format: OutputFormat = "json"): SessionReader {
  now = NOW;
  return createSessionReader({ agent, format, timeZone: "Asia/Taipei", now: () => now });
}

function say(reader: SessionReader, ...lines: readonly (string | object)[]): void {
  for (const line of lines) {
    const text = typeof line === "string" ? line : JSON.stringify(line);
    reader.push(Buffer.from(`${text}\n`), typeof line === "string" ? "stderr" : "stdout");
  }
}

/** What the run of an agent that says `message` as its last error ends with. */
function lastError(agent: Agent, message: string): SessionFinding | undefined {
  const reader = open(agent);
  if (agent === "codex") say(reader, { type: "turn.failed", error: { message } });
  if (agent === "claude") say(reader, { type: "result", is_error: true, subtype: "success", result: message });
  if (agent === "gemini") say(reader, { type: "result", status: "error", error: { type: "x", message } });
  return reader.end({ exitCode: 1 });
}

// Sentences of the agents' sources and error pages that were not provoked in the recordings.
describe("R8.1: what agents say, by class", () => {
  test.each([
    [
      "codex",
      "token_revoked",
      "Your access token could not be refreshed because your refresh token was revoked. Please log out and sign in again.",
    ],
    [
      "codex",
      "token_revoked",
      "Your access token could not be refreshed because you have since logged out or signed in to another account. Please sign in again.",
    ],
    [
      "codex",
      "token_revoked",
      "unexpected status 401 Unauthorized: Your authentication token has been invalidated., url: https://x, auth error code: token_invalidated",
    ],
    ["codex", "credit_limit", "You’ve reached your workspace credit limit"],
    ["codex", "credit_limit", "Your workspace is out of credits. Add credits to continue."],
    [
      "codex",
      "credit_limit",
      "You hit your spend cap set by the owner of your workspace. Ask an owner to increase your spend cap to continue.",
    ],
    [
      "codex",
      "usage_limit",
      "You've hit your usage limit for gpt-5. Switch to another model now, or try again at 11:40 AM.",
    ],
    [
      "codex",
      "usage_limit",
      "You've hit your usage limit. To get more access now, send a request to your admin or try again later.",
    ],
    [
      "codex",
      "rate_limit",
      "stream disconnected before completion: Rate limit reached for gpt-5 in organization org-1 on tokens per min. Please try again in 11.054s.",
    ],
    ["codex", "limit_unknown", "unexpected status 429 Too Many Requests: slow down, url: https://x"],
    ["codex", "network", "stream disconnected before completion: error decoding response body"],
    ["codex", "network", "request timed out"],
    ["codex", "capacity", "exceeded retry limit, last status: 503 Service Unavailable"],
    ["codex", "other", "Access blocked by Cloudflare. This usually happens when connecting from a restricted region"],
    ["codex", "other", "Missing environment variable: `OPENAI_API_KEY`."],
    ["codex", "other", "the tool said: You've hit your usage limit"],
    ["codex", "other", "unexpected status 400 Bad Request: auth error code: token_revoked"],
    ["claude", "token_revoked", "Failed to authenticate: OAuth token revoked"],
    ["claude", "token_revoked", "OAuth token has expired"],
    ["claude", "token_revoked", "Login expired · Please run /login"],
    ["claude", "token_revoked", "Not logged in · Please run /login"],
    ["claude", "token_revoked", "API Error: 401 Invalid authentication credentials"],
    ["claude", "token_revoked", "This organization has been disabled."],
    ["claude", "token_revoked", "Your account is on hold and can't use Claude Code."],
    ["claude", "network", "Could not refresh your login because another Claude Code process is refreshing it"],
    ["claude", "credit_limit", "You've hit your org's monthly spend limit"],
    ["claude", "credit_limit", "You’ve hit your team's shared budget"],
    ["claude", "usage_limit", "You've hit your Opus limit · resets 3pm"],
    ["claude", "usage_limit", "You've hit your weekly limit"],
    ["claude", "usage_limit", "Claude AI usage limit reached|1790000000"],
    ["claude", "usage_limit", "Usage credits required for 1M context"],
    ["claude", "rate_limit", "API Error: Server is temporarily limiting requests"],
    ["claude", "capacity", "API Error: Repeated 529 Overloaded errors"],
    ["claude", "capacity", "Opus is experiencing high load"],
    ["claude", "network", "API Error: Connection error."],
    ["claude", "other", "I reached the limit of what I can do"],
    ["gemini", "usage_limit", "[API Error: Usage limit reached for gemini-2.5-pro. Access resets at 11:40 AM GMT+8.]"],
    ["gemini", "usage_limit", "[API Error: Quota metric x, limit: 0, model: y]"],
    ["gemini", "rate_limit", "[API Error: Please retry in 12s]"],
    [
      "gemini",
      "token_revoked",
      '[API Error: {"error":{"code":403,"status":"PERMISSION_DENIED","message":"x","details":[{"reason":"VALIDATION_REQUIRED"}]}}]',
    ],
    [
      "gemini",
      "token_revoked",
      '[API Error: {"error":{"code":403,"message":"x","details":[{"reason":"TOS_VIOLATION"}]}}]',
    ],
    ["gemini", "limit_unknown", '[API Error: {"error":{"code":429,"message":"?"}}]'],
    [
      "gemini",
      "capacity",
      '[API Error: {"error":{"code":429,"message":"x","details":[{"reason":"MODEL_CAPACITY_EXHAUSTED"}]}}]',
    ],
    ["gemini", "network", "[API Error: exception TypeError: fetch failed sending request]"],
    ["gemini", "other", "[API Error: Tool failed: QUOTA_EXHAUSTED]"],
  ] as const)("%s, %s: %s", (agent, kind, message) => {
    expect(lastError(agent, message)?.kind).toBe(kind);
  });

  test("a raw limit with its reset in unix seconds, or in seconds from now", () => {
    const raw = (fields: object) =>
      `unexpected status 429 Too Many Requests: ${JSON.stringify({ error: { type: "usage_limit_reached", message: "The usage limit has been reached", plan_type: "plus", ...fields } })}, url: https://x`;
    expect(lastError("codex", raw({ resets_at: NOW / 1_000 + 60 }))?.resetsAtMillis).toBe(NOW + 60_000);
    expect(lastError("codex", raw({ resets_in_seconds: 90 }))?.resetsAtMillis).toBe(NOW + 90_000);
    expect(lastError("codex", raw({ resets_at: 1e300, resets_in_seconds: "x" }))).toMatchObject({
      kind: "usage_limit",
    });
  });

  test("a code counts where the client puts it, not in the provider's words", () => {
    const said = (words: string): unknown =>
      lastError("codex", `unexpected status 401 Unauthorized: ${words}, url: https://x`)?.evidence;
    expect(said("auth error code: token_revoked, sorry")).toBe("codex.http_401");
    expect(lastError("codex", "unexpected status 401 Unauthorized: token_revoked")?.evidence).toBe("codex.http_401");
  });

  test("Gemini's exit code 41 is a refused login", () => {
    expect(open("gemini").end({ exitCode: 41 })).toMatchObject({ kind: "token_revoked", evidence: "gemini.exit_41" });
    expect(open("codex").end({ exitCode: 41 })).toBeUndefined();
  });
});

describe("a later success clears", () => {
  test("Codex: a limit that was met, and then an answer", () => {
    const reader = open("codex");
    say(
      reader,
      { type: "turn.started" },
      { type: "turn.failed", error: { message: "You've hit your usage limit. Try again at 11:40 AM." } },
    );
    expect(reader.open).toEqual({
      kind: "usage_limit",
      evidence: "codex.usage_limit",
      isFinal: true,
      resetsAtMillis: Date.parse("2026-09-20T03:40:00Z"),
    });
    say(reader, { type: "turn.started" }, { type: "item.completed", item: { type: "agent_message", text: "Done" } });
    expect(reader.open).toBeUndefined();
    expect(reader.end({ exitCode: 1 })).toBeUndefined();
  });

  test("Claude Code: refused requests that it repeats, and a limit that is only near", () => {
    const reader = open("claude");
    say(reader, {
      type: "rate_limit_event",
      rate_limit_info: { status: "allowed_warning", resetsAt: NOW / 1_000 + 60 },
    });
    expect(reader.open).toBeUndefined();
    say(reader, { type: "system", subtype: "api_retry", error_status: 401, error: "authentication_failed" });
    expect(reader.open).toMatchObject({ kind: "token_revoked", isFinal: false });
    say(reader, { type: "assistant", message: { content: [{ type: "text", text: "ok" }] }, parent_tool_use_id: null });
    expect(reader.open).toBeUndefined();
    expect(reader.end({ exitCode: 0 })).toBeUndefined();
  });

  test("Gemini: a quota that is waited for, live, and the answer after it", () => {
    const reader = open("gemini");
    say(
      reader,
      "Attempt 1 failed: You have exhausted your capacity on this model. Your quota will reset after 2h.. Retrying after 8000000ms...",
    );
    expect(reader.open).toMatchObject({ kind: "usage_limit", isFinal: false, resetsAtMillis: NOW + 7_200_000 });
    say(reader, { type: "message", role: "assistant", content: "ok" });
    expect(reader.open).toBeUndefined();
  });

  test("Codex: a note of the client's is no answer", () => {
    const reader = open("codex");
    say(reader, { type: "turn.failed", error: { message: "You've hit your usage limit." } });
    say(reader, { type: "item.completed", item: { type: "error", message: "Model metadata not found." } });
    expect(reader.end({ exitCode: 1 })?.kind).toBe("usage_limit");
  });

  test("what the client tried again by itself is nothing where it then ended well, or by something else", () => {
    const codex = open("codex");
    say(codex, { type: "error", message: "Reconnecting... 1/5 (Rate limit reached for x. Please try again in 1s)" });
    expect(codex.end({ exitCode: 0 })).toBeUndefined();
    for (const [exitCode, expected] of [
      [1, undefined],
      [143, "usage_limit"],
      [null, "usage_limit"],
    ] as const) {
      const gemini = open("gemini", "text");
      say(gemini, "Attempt 1 failed: You have exhausted your daily quota on this model.. Retrying after 5000ms...");
      expect(gemini.end({ exitCode })?.kind).toBe(expected);
    }
  });

  test("of one failure that is told twice, the telling that says more is kept", () => {
    const claude = open("claude");
    const resetsAt = NOW / 1_000 + 3_600;
    say(claude, { type: "rate_limit_event", rate_limit_info: { status: "rejected", resetsAt } });
    say(claude, { type: "system", subtype: "api_retry", error_status: 429, error: "rate_limit" });
    expect(claude.open).toMatchObject({ kind: "usage_limit", resetsAtMillis: NOW + 3_600_000, isFinal: false });
    say(claude, { type: "result", is_error: true, result: "Something else", api_error_status: 418 });
    expect(claude.end({ exitCode: 1 })).toMatchObject({ kind: "usage_limit", isFinal: true });
  });

  test("an event too long to be read is an answer", () => {
    const reader = open("codex");
    say(reader, { type: "error", message: "Rate limit reached for x" });
    say(reader, {
      type: "item.completed",
      item: { type: "command_execution", aggregated_output: "x".repeat(MAX_LINE_LENGTH) },
    });
    expect(reader.end({ exitCode: 0 })).toBeUndefined();
  });
});

describe("R8: asked, and no success", () => {
  test("a model that is asked and does not answer is awaited; a tool that runs is not", () => {
    const reader = open("codex");
    expect(reader.awaitedSinceMillis).toBeUndefined();
    say(reader, { type: "turn.started" });
    expect(reader.awaitedSinceMillis).toBe(NOW);
    now += 60_000;
    say(reader, { type: "error", message: "Reconnecting... 1/5 (request timed out)" });
    expect(reader.awaitedSinceMillis).toBe(NOW);
    say(reader, { type: "item.started", item: { type: "command_execution" } });
    expect(reader.awaitedSinceMillis).toBeUndefined();
    now += 3_600_000;
    say(reader, { type: "item.completed", item: { type: "command_execution" } });
    expect(reader.awaitedSinceMillis).toBe(now);
    say(reader, { type: "turn.completed" });
    expect(reader.awaitedSinceMillis).toBeUndefined();
    expect(noSuccessAtMillis(NOW, defaultPolicy.session)).toBe(NOW + 600_000);
  });

  test("two tools at once: both have to end", () => {
    const reader = open("claude");
    const use = { type: "tool_use" };
    say(reader, { type: "assistant", message: { content: [use, use] } });
    say(reader, { type: "user", message: { content: [{ type: "tool_result" }] } });
    expect(reader.awaitedSinceMillis).toBeUndefined();
    say(reader, { type: "user", message: { content: [{ type: "tool_result" }] } });
    expect(reader.awaitedSinceMillis).toBe(NOW);
  });

  test("text for people does not show it", () => {
    const reader = open("codex", "text");
    say(reader, "codex", "hello");
    expect(reader.awaitedSinceMillis).toBeUndefined();
  });
});

describe("R8.4: how long a limit is waited for", () => {
  const limit: SessionFinding = { kind: "usage_limit", evidence: "codex.usage_limit", isFinal: true };
  test.each([
    ["none stated", limit, NOW + 15 * 60_000],
    ["stated", { ...limit, resetsAtMillis: NOW + 3_600_000 }, NOW + 3_600_000 + 5 * 60_000],
    ["stated and over", { ...limit, resetsAtMillis: NOW - 3_600_000 }, NOW + 5 * 60_000],
  ])("%s", (_, finding, expected) => {
    expect(limitedUntilMillis(finding, defaultPolicy.session, NOW)).toBe(expected);
  });

  test("what recovers without a person", () => {
    expect(recoversAlone("token_revoked")).toBe("never");
    expect(recoversAlone("credit_limit")).toBe("never");
    expect(recoversAlone("usage_limit")).toBe("sometimes");
    expect(recoversAlone("no_success")).toBe("sometimes");
  });
});

describe("text for people is believed only of a run that failed, and only at its end", () => {
  const limit = "ERROR: You’ve hit your usage limit. Try again at 11:40 AM.";
  test.each([
    ["the last line", [limit], 1, "usage_limit"],
    ["before the count of tokens", [limit, "tokens used", "1,234"], 1, "usage_limit"],
    [
      "with a time before it",
      [`[2026-09-20T02:00:00] ${limit}`, "[2026-09-20T02:00:00] tokens used: 12"],
      1,
      "usage_limit",
    ],
    ["after a tool's output", ["exec", " succeeded in 12ms:", "x", "", limit], 1, "usage_limit"],
    ["in a run that succeeded", [limit], 0, undefined],
    ["in a run that was stopped", [limit], null, undefined],
    ["stopped, as a shell tells it", [limit], 143, undefined],
    ["with something after it", [limit, "codex", "It is fixed."], 1, undefined],
    ["within a tool's output", [" succeeded in 12ms:", "x", limit], 1, undefined],
    ["not at the line's start", [`the log says ${limit}`], 1, undefined],
    ["without its prefix", ["You've hit your usage limit."], 1, undefined],
  ])("Codex: %s", (_, lines, exitCode, expected) => {
    const reader = open("codex", "text");
    say(reader, ...lines);
    expect(reader.open).toBeUndefined();
    expect(reader.end({ exitCode })?.kind).toBe(expected);
  });

  test("Codex: an answer on standard output that looks like events", () => {
    const reader = open("codex", "text");
    say(
      reader,
      { type: "thread.started" },
      { type: "turn.failed", error: { message: "You've hit your usage limit." } },
    );
    expect(reader.end({ exitCode: 1 })).toBeUndefined();
  });

  test.each([
    ["an error in the answer's place", "Credit balance is too low\n", 1, "credit_limit"],
    ["an answer that begins like one", "Credit balance is too low\nis what\nthe log\nsays\n", 1, undefined],
    ["an answer", "The log says: Credit balance is too low\n", 1, undefined],
    ["a run that succeeded", "Credit balance is too low\n", 0, undefined],
  ])("Claude Code: %s", (_, text, exitCode, expected) => {
    const reader = open("claude", "text");
    reader.push(Buffer.from(text), "stdout");
    expect(reader.end({ exitCode })?.kind).toBe(expected);
  });
});

test("any bytes are read without an error, and memory holds one line", () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .constantFrom(
        '{"type":"turn.failed","error":null}\n',
        '{"type":"assistant","message":{"content":[null]}}\n',
        "ERROR: \n",
        '{"type":{"a":1}}\n',
        '{"__proto__":1,"type":"error"}\n',
      )
      .map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...AGENTS),
      fc.constantFrom("text", "json", "auto"),
      fc.array(noise),
      (agent, format, chunks) => {
        const reader = createSessionReader({ agent, format });
        for (const [index, chunk] of chunks.entries()) reader.push(chunk, index % 2 === 0 ? "stdout" : "stderr");
        reader.end({ exitCode: 1 });
      },
    ),
  );
});
