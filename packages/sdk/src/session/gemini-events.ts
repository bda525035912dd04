/** Reads the events of `gemini --output-format stream-json`. What tools print and what the model says are never taken for an error. */
import { ownField } from "../own-field.ts";
import { geminiFinding } from "./gemini-messages.ts";
import type { ResetClock } from "./reset-time.ts";
import { answered, failed, type SessionSign } from "./session-sign.ts";

/** What one event says. */
export function geminiSigns(event: unknown, clock: ResetClock): readonly SessionSign[] {
  switch (ownField(event, "type")) {
    case "init":
      return [{ is: "asked" }];
    case "message":
      return ownField(event, "role") === "assistant" ? answered() : [{ is: "asked" }];
    case "tool_use":
      return answered(1);
    case "tool_result":
      return [{ is: "tools_ended", tools: 1 }];
    case "error":
      return errorSigns(event, clock, false);
    case "result":
      if (ownField(event, "status") === "success") return [...answered(), { is: "turn_ended" }];
      return errorSigns(ownField(event, "error"), clock, true);
    default:
      return [];
  }
}

function errorSigns(holder: unknown, clock: ResetClock, isFinal: boolean): readonly SessionSign[] {
  const message = ownField(holder, "message");
  return typeof message === "string" ? failed(geminiFinding(message, clock, isFinal)) : [];
}
