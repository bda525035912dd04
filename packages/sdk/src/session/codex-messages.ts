/** The sentences of the Codex CLI's own errors (`codex-rs/protocol/src/error.rs`, releases up to 0.169), and what they mean. */
import { ownField } from "../own-field.ts";
import type { SessionFinding } from "./finding.ts";
import { findingOf, type MessageRule } from "./message-rule.ts";
import { type ResetClock, resetAtSeconds, resetInSeconds } from "./reset-time.ts";

const RULES: readonly MessageRule[] = [
  { pattern: /^Your access token could not be refreshed\b/, kind: "token_revoked", evidence: "codex.refresh_failed" },
  {
    // The code stands behind the provider's own words, which may hold anything: only the end of the sentence counts.
    pattern:
      /^unexpected status 401\b.*, auth error code: (?:token_revoked|token_invalidated|token_expired|refresh_token_\w+)$/s,
    kind: "token_revoked",
    evidence: "codex.token_revoked",
  },
  { pattern: /^unexpected status 401\b/, kind: "token_revoked", evidence: "codex.http_401" },
  { pattern: /^exceeded retry limit, last status: 401\b/, kind: "token_revoked", evidence: "codex.http_401" },
  { pattern: /^Your workspace is out of credits\b/, kind: "credit_limit", evidence: "codex.out_of_credits" },
  {
    pattern: /^You(?:'ve)? (?:hit|reached) your (?:workspace credit limit|spend cap)\b/,
    kind: "credit_limit",
    evidence: "codex.spend_cap",
  },
  {
    pattern: /^Quota exceeded\. Check your plan and billing details\b/,
    kind: "credit_limit",
    evidence: "codex.quota_exceeded",
  },
  {
    pattern: /^To use Codex with your ChatGPT plan, upgrade\b/,
    kind: "credit_limit",
    evidence: "codex.usage_not_included",
  },
  { pattern: /^You've hit your usage limit\b/, kind: "usage_limit", evidence: "codex.usage_limit" },
  { pattern: /^The usage limit has been reached\b/, kind: "usage_limit", evidence: "codex.usage_limit" },
  { pattern: /^(?:rate limit exceeded\b|Rate limit reached for )/i, kind: "rate_limit", evidence: "codex.rate_limit" },
  { pattern: /^exceeded retry limit, last status: 429\b/, kind: "rate_limit", evidence: "codex.retries_429" },
  { pattern: /^unexpected status 429\b/, kind: "limit_unknown", evidence: "codex.http_429" },
  { pattern: /^Selected model is at capacity\b/, kind: "capacity", evidence: "codex.at_capacity" },
  { pattern: /^We're currently experiencing high demand\b/, kind: "capacity", evidence: "codex.high_demand" },
  {
    pattern: /^(?:unexpected status|exceeded retry limit, last status:) 5\d\d\b/,
    kind: "capacity",
    evidence: "codex.http_5xx",
  },
  {
    pattern: /^(?:stream disconnected before completion|request timed out|error sending request|Connection failed)\b/i,
    kind: "network",
    evidence: "codex.network",
  },
  { pattern: /^/, kind: "other", evidence: "codex.other" },
];

/** Sentences that Codex puts before another one: a try again by itself, and a stream that the provider ended with its own words. */
const RETRYING = /^Reconnecting\.\.\. \d+\/\d+(?: \((.*)\))?$/s;
const STREAM_ENDED = /^stream disconnected before completion: (?=Rate limit reached for )/;
const RAW_LIMIT = /^unexpected status 429[^{]{0,80}: (\{.*\})(?:, url: .*)?$/s;

/** What a message of Codex's own error channel says; undefined where it says nothing, as a bare `Reconnecting... 1/5`. */
export function codexFinding(message: string, now: ResetClock): SessionFinding | undefined {
  // Codex adds the date to every reset that is not today's.
  const clock = { ...now, isTimeToday: true };
  const retrying = RETRYING.exec(message.trim());
  if (retrying !== null) return retrying[1] === undefined ? undefined : judged(retrying[1], clock, false);
  return judged(message, clock, true);
}

function judged(message: string, clock: ResetClock, isFinal: boolean): SessionFinding | undefined {
  const text = message.trim().replace(STREAM_ENDED, "");
  return rawLimit(text, clock, isFinal) ?? findingOf(text, RULES, clock, isFinal);
}

/** A provider's own answer to a 429, where Codex passes it on as it came. */
function rawLimit(message: string, clock: ResetClock, isFinal: boolean): SessionFinding | undefined {
  const body = RAW_LIMIT.exec(message)?.[1];
  if (body === undefined || body.length > 8_192) return undefined;
  let error: unknown;
  try {
    error = ownField(JSON.parse(body), "error");
  } catch {
    return undefined;
  }
  if (ownField(error, "type") !== "usage_limit_reached") return undefined;
  const resetsAtMillis =
    resetAtSeconds(ownField(error, "resets_at"), clock) ?? resetInSeconds(ownField(error, "resets_in_seconds"), clock);
  return {
    kind: "usage_limit",
    evidence: "codex.usage_limit",
    isFinal,
    ...(resetsAtMillis === undefined ? {} : { resetsAtMillis }),
  };
}
