/** Reads the events of `codex exec --json`. What tools print and what the model says stand in items, and are never taken for an error. */
import { ownField } from "../own-field.ts";
import { codexFinding } from "./codex-messages.ts";
import type { ResetClock } from "./reset-time.ts";
import { answered, failed, type SessionSign } from "./session-sign.ts";

/** Items that are the model's own words, or notes of the client's; every other kind is a tool that runs from its start to its end. */
const NO_TOOLS: ReadonlySet<unknown> = new Set(["agent_message", "reasoning", "todo_list", "error", undefined]);

/** What one event says. */
export function codexSigns(event: unknown, clock: ResetClock): readonly SessionSign[] {
  const item = ownField(event, "item");
  const itemType = ownField(item, "type");
  switch (ownField(event, "type")) {
    case "thread.started":
    case "turn.started":
      return [{ is: "asked" }];
    case "item.started":
      return itemType === "error" ? [] : answered(NO_TOOLS.has(itemType) ? 0 : 1);
    case "item.updated":
      return answered();
    case "item.completed":
      if (itemType === "error") return [];
      return NO_TOOLS.has(itemType) ? answered() : [...answered(), { is: "tools_ended", tools: 1 }];
    case "turn.completed":
      return [...answered(), { is: "turn_ended" }];
    case "error":
      return failed(messageOf(event, clock));
    case "turn.failed":
      return failed(messageOf(ownField(event, "error"), clock));
    default:
      return [];
  }
}

function messageOf(holder: unknown, clock: ResetClock): ReturnType<typeof codexFinding> {
  const message = ownField(holder, "message");
  return typeof message === "string" ? codexFinding(message, clock) : undefined;
}
