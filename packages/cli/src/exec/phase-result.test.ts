import { WatchdogError } from "@worker-watchdog/sdk";
import { describe, expect, test } from "vitest";
import { OutputRecorder } from "../child/output-recorder.ts";
import { type ChildEnd, shellStatus } from "../child/start-child.ts";
import { phaseResult } from "./phase-result.ts";

const ended = (stdout: string, exitCode: number | null, more: Partial<ChildEnd> = {}): ChildEnd => {
  const recorder = new OutputRecorder();
  recorder.push(Buffer.from(stdout), "stdout");
  const signal = more.signal ?? null;
  return {
    status: shellStatus(exitCode, signal),
    exitCode,
    signal,
    spawnError: undefined,
    wasAborted: false,
    output: recorder.output(),
    ...more,
  };
};
const passes = (object: unknown): boolean => (object as { ok?: unknown }).ok === true;
const read = (end: ChildEnd, needsJson = true): unknown => {
  try {
    return phaseResult(end, { needsJson, passes });
  } catch (error) {
    return WatchdogError.isInstance(error) ? `${error.code} ${error.reason}` : error;
  }
};
const OK = '{"ok":true}';
const REFUSED = '{"ok":false,"error":"job_not_found"}';

describe("R2.3: exit code and JSON as one result", () => {
  test.each([
    ["both say yes", ended(OK, 0), { ok: true }],
    ["both say no: the JSON words it", ended(REFUSED, 1), { ok: false, error: "job_not_found" }],
    ["the JSON says no, with exit code 0", ended(REFUSED, 0), { ok: false, error: "job_not_found" }],
    ["the JSON says yes, with exit code 1", ended(OK, 1), "service_unavailable exit_1"],
    ["the JSON says yes, killed", ended(OK, null, { signal: "SIGKILL" }), "service_unavailable sigkill"],
    ["no JSON, with exit code 0", ended("done", 0), "response_invalid not_json"],
    ["nothing, with exit code 0", ended("", 0), "response_invalid no_output"],
    ["nothing, with exit code 22", ended("", 22), "service_unavailable exit_22"],
    ["aborted by us, and its last words say yes", ended(OK, 143, { wasAborted: true }), { ok: true }],
    [
      "aborted by us without a word",
      ended("", null, { signal: "SIGTERM", wasAborted: true }),
      "service_unavailable no_output",
    ],
    [
      "it never ran",
      ended("", null, { status: 127, spawnError: new Error("ENOENT") }),
      "command_failed command_not_found",
    ],
  ])("%s", (_, end, expected) => {
    expect(read(end)).toEqual(expected);
  });

  test.each([
    ["exit code 0", ended("built", 0), { exit_code: 0 }],
    ["exit code 0 and JSON", ended(REFUSED, 0), { ok: false, error: "job_not_found" }],
    ["exit code 3", ended(OK, 3), "command_failed exit_3"],
    ["a signal", ended("", null, { signal: "SIGINT" }), "command_failed sigint"],
  ])("work of the worker's own: %s", (_, end, expected) => {
    expect(read(end, false)).toEqual(expected);
  });

  test("only what the job service may answer better the next time is retryable", () => {
    for (const [end, isRetryable] of [
      [ended("", 22), true],
      [ended("done", 0), true],
      [ended("", null, { status: 126, spawnError: new Error("EACCES") }), false],
    ] as const) {
      expect(() => phaseResult(end, { needsJson: true, passes })).toThrow(expect.objectContaining({ isRetryable }));
    }
  });
});
