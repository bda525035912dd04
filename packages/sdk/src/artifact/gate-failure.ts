/** How a request of the gate fails: a reason of the closed set, and whether the same request may succeed a moment later. */
import type { ArtifactReason } from "../semconv/index.ts";

/** A failure inside the gate. It never leaves it: the gate turns it into an outcome. */
export class GateFailure extends Error {
  override readonly name: string = "GateFailure";
  readonly reason: ArtifactReason;
  /** Whether the gate's one retry may be spent on it: transport errors, 404 and 5xx. */
  readonly isRetryable: boolean;

  /** `message` says what was found and what is allowed; it holds no query and no credential. */
  constructor(reason: ArtifactReason, message: string, isRetryable = false) {
    super(message);
    this.reason = reason;
    this.isRetryable = isRetryable;
  }
}

/** The failure of a response whose status is not the one that is allowed. */
export function statusFailure(status: number, allowed: string): GateFailure {
  return new GateFailure("http_status", `found status ${status}, allowed ${allowed}`, status === 404 || status >= 500);
}
