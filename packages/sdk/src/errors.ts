/** The one error class of the library: a stable code, what to do next, and a check that survives two installed copies. */

const marker = Symbol.for("worker-watchdog.error");

/** Stable codes of the errors that the library throws. */
export type WatchdogErrorCode =
  | "invalid_option"
  | "invalid_policy"
  | "invalid_expression"
  | "second_primary_job"
  | "artifact_unverified"
  | "artifact_refused"
  | "complete_rejected"
  | "complete_unknown"
  | "job_not_found"
  | "job_settled"
  | "worker_not_found"
  | "lease_lost"
  | "phase_timeout"
  | "response_invalid"
  | "service_unavailable"
  | "command_failed"
  | "stopped"
  | "journal_unusable"
  | "run_cancelled"
  | "session_dead";

/** Details of a {@link WatchdogError}. */
export interface WatchdogErrorOptions {
  /** What caused it. */
  readonly cause?: unknown;
  /** Whether the same call may succeed if it is made again. Default: false. */
  readonly isRetryable?: boolean | undefined;
  /** A shorter code of the reason within `code`, such as the reason of a refused artifact. */
  readonly reason?: string | undefined;
}

/**
 * An error of the library. The message says what was found, what is allowed and the next step.
 *
 * @example
 * ```ts
 * try {
 *   await job.complete(artifact, send);
 * } catch (error) {
 *   if (WatchdogError.isInstance(error) && error.code === "complete_rejected") await job.fail(error.message, giveUp);
 *   else throw error;
 * }
 * ```
 */
export class WatchdogError extends Error {
  override readonly name: string = "WatchdogError";
  /** What went wrong; stable over releases. */
  readonly code: WatchdogErrorCode;
  /** Whether the same call may succeed if it is made again. */
  readonly isRetryable: boolean;
  /** The reason within `code`, where there is one. */
  readonly reason: string | undefined;

  constructor(code: WatchdogErrorCode, message: string, options: WatchdogErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.isRetryable = options.isRetryable ?? false;
    this.reason = options.reason;
    Object.defineProperty(this, marker, { value: true });
  }

  /** Whether `value` is an error of this library, also of another installed copy of it. Never throws, whatever was thrown. */
  static isInstance(value: unknown): value is WatchdogError {
    try {
      return typeof value === "object" && value !== null && marker in value;
    } catch {
      return false;
    }
  }
}
