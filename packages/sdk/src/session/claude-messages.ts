/** The sentences and codes of Claude Code's own errors (its errors page, and releases up to 2.1.330), and what they mean. */
import type { SessionFinding, TroubleKind } from "./finding.ts";
import { findingOf, type MessageRule } from "./message-rule.ts";
import type { ResetClock } from "./reset-time.ts";

const RULES: readonly MessageRule[] = [
  { pattern: /^Could not refresh your login because another\b/, kind: "network", evidence: "claude.login_busy" },
  {
    pattern:
      /^(?:Failed to authenticate\W+)?(?:API Error: 40[13]\b.*)?OAuth (?:token (?:has been )?revoked|access token has been revoked)\b/,
    kind: "token_revoked",
    evidence: "claude.token_revoked",
  },
  {
    pattern:
      /^(?:Failed to authenticate\b|OAuth token (?:has been revoked|revoked|has expired)|Login expired\b|Not logged in\b|Invalid API key\b|API Error: 401\b|Please run \/login\b|Your apiKeyHelper script is failing\b)/,
    kind: "token_revoked",
    evidence: "claude.login_refused",
  },
  {
    pattern:
      /^(?:Your account does not have access to Claude\b|This organization has been disabled\b|Your organization has (?:been )?disabled\b|Your account is on hold\b)/,
    kind: "token_revoked",
    evidence: "claude.account_refused",
  },
  {
    pattern: /^(?:API Error: 4\d\d )?(?:Your )?Credit balance is too low\b/i,
    kind: "credit_limit",
    evidence: "claude.out_of_credits",
  },
  {
    pattern: /^You've (?:hit|reached) your [^.\n]{0,60}?(?:spend limit|shared budget)\b/,
    kind: "credit_limit",
    evidence: "claude.spend_limit",
  },
  { pattern: /^[\w' -]{0,60}spend limit reached\b/i, kind: "credit_limit", evidence: "claude.spend_limit" },
  { pattern: /^You've (?:hit|reached) your [^.\n]{0,60}?limit\b/, kind: "usage_limit", evidence: "claude.usage_limit" },
  { pattern: /^(?:Claude (?:AI |Code )?)?usage limit reached\b/i, kind: "usage_limit", evidence: "claude.usage_limit" },
  { pattern: /^Usage credits required\b/, kind: "usage_limit", evidence: "claude.usage_limit" },
  {
    pattern: /^(?:API Error: )?(?:Request rejected \(429\)|Server is temporarily limiting requests|429\b)/,
    kind: "rate_limit",
    evidence: "claude.rate_limit",
  },
  { pattern: /^API Error: (?:Repeated )?5\d\d\b/, kind: "capacity", evidence: "claude.http_5xx" },
  {
    pattern: /^(?:API Error: )?(?:\w+ is experiencing high load|Overloaded)\b/i,
    kind: "capacity",
    evidence: "claude.overloaded",
  },
  {
    pattern: /^(?:API Error: )?(?:Connection error|Request timed out|Unable to connect|Connection closed)\b/i,
    kind: "network",
    evidence: "claude.network",
  },
];

/** The closed set of error codes in Claude Code's stream and hooks. */
const CODES: Readonly<Record<string, TroubleKind>> = {
  authentication_failed: "token_revoked",
  oauth_org_not_allowed: "token_revoked",
  account_on_hold: "token_revoked",
  billing_error: "credit_limit",
  usage_limit_reached: "usage_limit",
  rate_limit: "limit_unknown",
  overloaded: "capacity",
  server_error: "capacity",
};

/** What an error of Claude Code's says in words; undefined where the words are none of its own. */
export function claudeFinding(message: string, clock: ResetClock): SessionFinding | undefined {
  return findingOf(message, RULES, clock, true);
}

/** What a code and an HTTP status say, where the words do not. */
export function claudeCodeFinding(code: unknown, status: unknown, isFinal: boolean): SessionFinding {
  const kind = typeof code === "string" && Object.hasOwn(CODES, code) ? CODES[code] : undefined;
  if (kind !== undefined) return { kind, evidence: `claude.${String(code)}`, isFinal };
  if (status === 401) return { kind: "token_revoked", evidence: "claude.http_401", isFinal };
  if (status === 429) return { kind: "limit_unknown", evidence: "claude.http_429", isFinal };
  if (typeof status === "number" && status >= 500) return { kind: "capacity", evidence: "claude.http_5xx", isFinal };
  return { kind: "other", evidence: "claude.other", isFinal };
}
