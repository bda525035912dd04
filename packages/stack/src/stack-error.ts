/** The one error class of this package, with a stable code for each way in which a server can not be had or run. */

/** Why a server could not be provided, started or stopped. */
export type StackErrorCode =
  | "build_failed"
  | "disk_full"
  | "go_missing"
  | "go_too_old"
  | "guard_failed"
  | "option_invalid"
  | "port_taken"
  | "server_crashed"
  | "server_missing"
  | "server_not_ready"
  | "server_unsupported";

const BRAND = Symbol.for("@worker-watchdog/stack/StackError");

/** An error of the stack. Its message says what was found, what is allowed and what to do next. */
export class StackError extends Error {
  /** Always `StackError`. */
  override readonly name = "StackError";
  /** Stable code; messages may change, codes do not. */
  readonly code: StackErrorCode;
  readonly [BRAND] = true;

  constructor(code: StackErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Whether the same call may succeed later without any change by a person. */
  get isRetryable(): boolean {
    return this.code === "port_taken" || this.code === "server_not_ready";
  }

  /** Whether a value is a `StackError`, also one from another installed copy of this package. */
  static isInstance(value: unknown): value is StackError {
    return typeof value === "object" && value !== null && BRAND in value;
  }
}
