/** Reads the events of `claude -p --output-format stream-json`. What tools print and what the model says are never taken for an error. */
import { ownField } from "../own-field.ts";
import { claudeCodeFinding, claudeFinding } from "./claude-messages.ts";
import type { SessionFinding } from "./finding.ts";
import { type ResetClock, resetAtSeconds } from "./reset-time.ts";
import { answered, failed, type SessionSign } from "./session-sign.ts";

/** What one event says. */
export function claudeSigns(event: unknown, clock: ResetClock): readonly SessionSign[] {
  switch (ownField(event, "type")) {
    case "system":
      return systemSigns(event);
    case "rate_limit_event":
      return failed(refusedByLimit(ownField(event, "rate_limit_info"), clock, false));
    case "stream_event":
      return answered();
    case "assistant":
      return assistantSigns(event, clock);
    case "user":
      return isSubagents(event) ? [] : [{ is: "tools_ended", tools: blocks(event, "tool_result") }];
    case "result":
      if (ownField(event, "is_error") === true) return failed(errorOf(event, ownField(event, "result"), clock));
      return [...answered(), { is: "turn_ended" }];
    default:
      return [];
  }
}

function systemSigns(event: unknown): readonly SessionSign[] {
  const subtype = ownField(event, "subtype");
  if (subtype === "init") return [{ is: "asked" }];
  if (subtype !== "api_retry") return [];
  return failed(claudeCodeFinding(ownField(event, "error"), ownField(event, "error_status"), false));
}

function assistantSigns(event: unknown, clock: ResetClock): readonly SessionSign[] {
  const isError = ownField(event, "is_api_error_message") === true || typeof ownField(event, "error") === "string";
  if (!isError) return answered(isSubagents(event) ? 0 : blocks(event, "tool_use"));
  const finding = errorOf(event, textOf(event), clock);
  // A subagent's failure is told to the model, which may well go on.
  return failed(isSubagents(event) ? { ...finding, isFinal: false } : finding);
}

function errorOf(event: unknown, message: unknown, clock: ResetClock): SessionFinding {
  const info = ownField(ownField(event, "api_error_params"), "rate_limit_info");
  const byWords = typeof message === "string" ? claudeFinding(message, clock) : undefined;
  const coded = ownField(event, "api_error") ?? ownField(event, "error");
  const byCode = claudeCodeFinding(coded, ownField(event, "api_error_status"), true);
  // The stated instant is exact; the words are cut off to the minute.
  const resetsAtMillis = refusedByLimit(info, clock, true)?.resetsAtMillis;
  const finding = byWords ?? byCode;
  return resetsAtMillis === undefined ? finding : { ...finding, resetsAtMillis };
}

/** A request that the account's limit refused: the same event also tells of limits that are only near. */
function refusedByLimit(info: unknown, clock: ResetClock, isFinal: boolean): SessionFinding | undefined {
  if (ownField(info, "status") !== "rejected" || ownField(info, "isUsingOverage") === true) return undefined;
  const resetsAtMillis = resetAtSeconds(ownField(info, "resetsAt"), clock);
  return {
    kind: "usage_limit",
    evidence: "claude.usage_limit",
    isFinal,
    ...(resetsAtMillis === undefined ? {} : { resetsAtMillis }),
  };
}

function isSubagents(event: unknown): boolean {
  return typeof ownField(event, "parent_tool_use_id") === "string";
}

function contentOf(event: unknown): readonly unknown[] {
  const content = ownField(ownField(event, "message"), "content");
  return Array.isArray(content) ? content : [];
}

function blocks(event: unknown, type: string): number {
  return contentOf(event).filter((block) => ownField(block, "type") === type).length;
}

function textOf(event: unknown): string | undefined {
  const text = ownField(contentOf(event)[0], "text");
  return typeof text === "string" ? text : undefined;
}
