/** The sentences and codes of the Gemini CLI's own errors (`googleQuotaErrors.ts` and `errors.ts`, releases up to 0.61), and what they mean. */
import { ownField } from "../own-field.ts";
import type { SessionFinding, TroubleKind } from "./finding.ts";
import { findingOf, type MessageRule } from "./message-rule.ts";
import type { ResetClock } from "./reset-time.ts";

const RULES: readonly MessageRule[] = [
  {
    pattern:
      /^(?:Manual authorization is required\b|Please set an Auth method\b|Failed to (?:login|authenticate|sign in)\b|Authentication (?:failed|error)\b|invalid_grant\b|Request had invalid authentication credentials\b|API key not valid\b)/i,
    kind: "token_revoked",
    evidence: "gemini.login_refused",
  },
  {
    pattern:
      /^(?:You have exhausted your (?:daily )?quota\b|You have exhausted your capacity\b|Usage limit reached\b|You exceeded your current quota\b|Quota exceeded\b)/i,
    kind: "usage_limit",
    evidence: "gemini.quota_exhausted",
  },
  { pattern: /\blimit:\s*0(?!\d|\.\d)/, kind: "usage_limit", evidence: "gemini.limit_zero" },
  {
    pattern: /^(?:Rate limit\b|Please retry in\b|Resource has been exhausted\b|Too many requests\b)/i,
    kind: "rate_limit",
    evidence: "gemini.rate_limit",
  },
  {
    pattern: /^(?:The model is overloaded\b|[\w .-]{0,60}capacity exceeded\b)/i,
    kind: "capacity",
    evidence: "gemini.overloaded",
  },
  {
    pattern: /^(?:exception )?(?:TypeError: )?(?:fetch failed|network|request timed out|socket hang up)\b/i,
    kind: "network",
    evidence: "gemini.network",
  },
  { pattern: /^/, kind: "other", evidence: "gemini.other" },
];

/** Reasons in a Google API's error, and names of the CLI's own error classes. */
const REASONS: Readonly<Record<string, TroubleKind>> = {
  API_KEY_INVALID: "token_revoked",
  VALIDATION_REQUIRED: "token_revoked",
  TOS_VIOLATION: "token_revoked",
  INSUFFICIENT_G1_CREDITS_BALANCE: "credit_limit",
  QUOTA_EXHAUSTED: "usage_limit",
  RATE_LIMIT_EXCEEDED: "rate_limit",
  MODEL_CAPACITY_EXHAUSTED: "capacity",
  MODEL_CAPACITY_EXCEEDED: "capacity",
};

const WRAPPING = /^\[API Error: (.*?)\](?:\n.*)?$/s;
const CLASS_NAME =
  /^_?(?:TerminalQuotaError|RetryableQuotaError|ValidationRequiredError|FatalAuthenticationError|ApiError|Error): /;

/** What a message of the CLI's own error channel says. */
export function geminiFinding(message: string, clock: ResetClock, isFinal: boolean): SessionFinding | undefined {
  const inner = (WRAPPING.exec(message.trim())?.[1] ?? message.trim()).replace(CLASS_NAME, "");
  return apiErrorFinding(inner, clock, isFinal) ?? findingOf(inner, RULES, clock, isFinal);
}

/** What a reason's code says; undefined for a code that is not known. */
export function geminiReasonFinding(reason: string, isFinal: boolean): SessionFinding | undefined {
  const kind = Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined;
  return kind === undefined ? undefined : { kind, evidence: `gemini.${reason.toLowerCase()}`, isFinal };
}

/** The answer of a Google API, which the CLI passes on as it came. */
function apiErrorFinding(text: string, clock: ResetClock, isFinal: boolean): SessionFinding | undefined {
  if (!text.startsWith("{") || text.length > 16_384) return undefined;
  let error: unknown;
  try {
    error = ownField(JSON.parse(text), "error");
  } catch {
    return undefined;
  }
  const details = ownField(error, "details");
  for (const detail of Array.isArray(details) ? details.slice(0, 20) : []) {
    const reason = ownField(detail, "reason");
    const finding = typeof reason === "string" ? geminiReasonFinding(reason, isFinal) : undefined;
    if (finding !== undefined) return finding;
  }
  const code = ownField(error, "code");
  if (code === 401) return { kind: "token_revoked", evidence: "gemini.http_401", isFinal };
  if (typeof code === "number" && code >= 500) return { kind: "capacity", evidence: "gemini.http_5xx", isFinal };
  const message = ownField(error, "message");
  const byWords = typeof message === "string" ? findingOf(message, RULES, clock, isFinal) : undefined;
  if (code === 429 && (byWords === undefined || byWords.kind === "other")) {
    return { kind: "limit_unknown", evidence: "gemini.http_429", isFinal };
  }
  return byWords;
}
