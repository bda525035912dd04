/** Why a phase failed, told from what its function returned or threw. Only codes leave the process: messages may hold secrets. */
import { WatchdogError } from "../errors.ts";
import { responseFacts } from "../lease/response-facts.ts";
import { ownField, ownNumber, ownText } from "../own-field.ts";

/** What kind of failure it is, which decides the repair. */
export type FailureClass = "transport" | "timeout" | "not_found" | "rejected" | "lease_lost" | "error";

/** One failed invocation of a phase. */
export interface PhaseFailure {
  /** What kind of failure it is. */
  readonly class: FailureClass;
  /** A short code for spans, events and metrics: bounded, and free of the failure's own text. */
  readonly code: string;
  /** Artifact kinds that a rejected complete asks for. */
  readonly missingKinds: readonly string[];
}

const MAX_KINDS = 20;
/** How many entries of a list are looked at. */
const MAX_ENTRIES = 100;
const CODE = /^[a-z][a-z0-9_]{0,39}$/;
const CONNECTION_ERRORS = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
]);

/** Codes with which queues say that the job is somebody else's now. */
const LEASE_LOST_CODES = new Set([
  "lease_lost",
  "lease_expired",
  "lease_conflict",
  "lease_not_held",
  "not_lease_holder",
  "not_holder",
  "taken_over",
  "job_taken_over",
]);

/** The failure that a result which did not pass stands for. */
export function failureOfResult(result: unknown): PhaseFailure {
  const stated = ownNumber(result, "http_status") ?? ownNumber(result, "status_code");
  const answered = responseFacts(result)?.status;
  const httpStatus = stated ?? answered;
  const code = codeOf(result);
  const missingKinds = stringsOf(result, "missing_kinds");
  // Of a response's own 404 the words count first: it may be an artifact, or a kind, that is not there.
  const isUnworded = code === undefined || code === "not_found";
  if (code === "job_not_found" || stated === 404 || (answered === 404 && isUnworded))
    return { class: "not_found", code: "job_not_found", missingKinds: [] };
  if (httpStatus !== undefined && httpStatus >= 500)
    return { class: "transport", code: `http_${httpStatus}`, missingKinds };
  // A conflict that the queue does not word is one about who holds the job.
  if ((code !== undefined && LEASE_LOST_CODES.has(code)) || (code === undefined && httpStatus === 409))
    return { class: "lease_lost", code: "lease_lost", missingKinds: [] };
  return {
    class: "rejected",
    code: missingKinds.length > 0 ? "missing_artifact_kind" : (code ?? "not_passed"),
    missingKinds,
  };
}

/** The failure that a thrown value stands for. */
export function failureOfError(error: unknown): PhaseFailure {
  const failure = (kind: FailureClass, code: string): PhaseFailure => ({ class: kind, code, missingKinds: [] });
  if (WatchdogError.isInstance(error)) {
    if (error.code === "phase_timeout") return failure("timeout", "timeout");
    if (error.code === "lease_lost") return failure("lease_lost", "lease_lost");
    if (error.code === "service_unavailable" || error.code === "response_invalid") {
      return failure("transport", safeCode(error.reason) ?? error.code);
    }
    if (error.code === "command_failed") return failure("error", safeCode(error.reason) ?? error.code);
  }
  const code = ownText(error, "code");
  if (code === "job_not_found") return failure("not_found", "job_not_found");
  const status = ownNumber(error, "status") ?? ownNumber(error, "statusCode");
  if (status !== undefined && status >= 500 && status < 600) return failure("transport", `http_${status}`);
  const connection = code ?? ownText(ownField(error, "cause"), "code");
  if (connection !== undefined && CONNECTION_ERRORS.has(connection))
    return failure("transport", connection.toLowerCase());
  if (isFetchFailure(error)) return failure("transport", "fetch_failed");
  return failure("error", "threw");
}

/** Whether the repair table's transport row covers the failure. */
export function isTransport(failure: PhaseFailure): boolean {
  return failure.class === "transport" || failure.class === "timeout";
}

// A proxy may refuse to say what it is.
function isFetchFailure(error: unknown): boolean {
  try {
    return error instanceof TypeError && error.message === "fetch failed";
  } catch {
    return false;
  }
}

function codeOf(result: unknown): string | undefined {
  return safeCode(ownText(result, "error") ?? ownText(result, "error_code") ?? ownText(result, "reason"));
}

function safeCode(text: string | undefined): string | undefined {
  return text !== undefined && CODE.test(text) ? text : undefined;
}

function stringsOf(value: unknown, key: string): readonly string[] {
  const found = ownField(value, key);
  const strings: string[] = [];
  try {
    if (!Array.isArray(found)) return [];
    // A sparse array may say that it is four thousand million long.
    for (let index = 0; index < Math.min(found.length, MAX_ENTRIES) && strings.length < MAX_KINDS; index += 1) {
      const entry: unknown = found[index];
      if (typeof entry === "string") strings.push(entry);
    }
  } catch {
    return [];
  }
  return strings;
}
