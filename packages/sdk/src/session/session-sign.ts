/** What one event or line of an agent's output says of its session. */
import type { SessionFinding } from "./finding.ts";

/** One sign. */
export type SessionSign =
  /** The model was asked. */
  | { readonly is: "asked" }
  /** The model answered, and asked for so many tools to be run. */
  | { readonly is: "answered"; readonly tools: number }
  /** So many tools have ended; the model is asked again. */
  | { readonly is: "tools_ended"; readonly tools: number }
  /** The turn ended well: nothing is asked for any more. */
  | { readonly is: "turn_ended" }
  /** The agent's own error channel told of a failure. */
  | { readonly is: "failed"; readonly finding: SessionFinding };

/** The model answered. */
export function answered(tools = 0): readonly SessionSign[] {
  return [{ is: "answered", tools }];
}

/** A failure, where there is one. */
export function failed(finding: SessionFinding | undefined): readonly SessionSign[] {
  return finding === undefined ? [] : [{ is: "failed", finding }];
}
