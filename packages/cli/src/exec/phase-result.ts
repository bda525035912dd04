/** What a command's end says as the result of a phase: its JSON and its exit code have to agree. */
import { WatchdogError } from "@worker-watchdog/sdk";
import type { NoJsonReason } from "../child/json-output.ts";
import type { ChildEnd } from "../child/start-child.ts";

/** How a phase's result is read. */
export interface ResultReading {
  /** Whether the policy judges the command's JSON; otherwise its exit code is the result. */
  readonly needsJson: boolean;
  /** The policy's verdict of a JSON object. */
  readonly passes: (object: unknown) => boolean;
}

const WORDS: Readonly<Record<NoJsonReason, string>> = {
  no_output: "nothing on stdout",
  not_json: "text on stdout that holds no complete JSON object",
  not_an_object: "JSON on stdout that is no object",
  not_utf8: "bytes on stdout that are not UTF-8",
  too_large: "more than 1 MiB on stdout, with no complete JSON object in the last of it",
  hostile_key: "a JSON object with a key `__proto__`",
};

/**
 * The phase's result.
 *
 * A command that ended with 0 has printed a JSON object, or its answer is none. One that ended otherwise and printed a JSON object that does not
 * pass has worded its own failure. Where exit code and JSON disagree, or there is no JSON, there is no usable answer: as if the job service had
 * not answered. A command that was aborted says what it says by its JSON alone, for its exit code is our doing.
 *
 * @throws WatchdogError `service_unavailable` or `response_invalid`, with the reason; `command_failed` where no JSON
 * is asked for, and where the command could not be run.
 */
export function phaseResult(end: ChildEnd, reading: ResultReading): unknown {
  const { json } = end.output;
  if (end.spawnError !== undefined) throw commandFailed(end);
  if (!reading.needsJson) {
    if (end.status === 0) return json.object ?? { exit_code: 0 };
    throw commandFailed(end);
  }
  if (json.object === undefined) {
    const reason = end.status === 0 || end.wasAborted ? json.reason : exitReason(end);
    throw new WatchdogError(
      end.status === 0 ? "response_invalid" : "service_unavailable",
      `The command printed ${WORDS[json.reason]} and ended with ${ending(end)}. Allowed: a JSON object, alone or as the last one that begins on a ` +
        "line of its own, and exit code 0. Look at what it printed.",
      { isRetryable: true, reason },
    );
  }
  if (end.status !== 0 && !end.wasAborted && reading.passes(json.object)) {
    throw new WatchdogError(
      "service_unavailable",
      `The command printed a JSON object that passes, but ended with ${ending(end)}. Allowed: both say the same. Mend the command.`,
      { isRetryable: true, reason: exitReason(end) },
    );
  }
  return json.object;
}

/** A command that failed by its exit code alone, or could not be run: no retry mends it. */
function commandFailed(end: ChildEnd): WatchdogError {
  const message =
    end.spawnError === undefined
      ? `The command ended with ${ending(end)}. Look at what it printed.`
      : `The command can not be run: ${end.spawnError.message}. Allowed: a program on the PATH or its path, executable by this user.`;
  return new WatchdogError("command_failed", message, { cause: end.spawnError, reason: exitReason(end) });
}

/** How the command ended, as a code. */
export function exitReason(end: ChildEnd): string {
  if (end.spawnError !== undefined) return end.status === 127 ? "command_not_found" : "command_not_executable";
  return end.signal === null ? `exit_${end.status}` : end.signal.toLowerCase();
}

function ending({ status, signal }: ChildEnd): string {
  return signal === null ? `exit code ${status}` : signal;
}
