/** Runs a command of the policy (`checks.<phase>.command`, `job_service.<what>.command`) by itself: for repairs and for keep-alive. Its output is read and not shown. */
import { Writable } from "node:stream";
import type { PhaseContext } from "@worker-watchdog/sdk";
import { type ChildEnd, startChild } from "../child/start-child.ts";
import { phaseResult } from "./phase-result.ts";

/** What a command of the policy needs. */
export interface PolicyCommand {
  /** For `sh -c`. */
  readonly line: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly onEnd: (end: ChildEnd) => void;
  /** What says that it could do it: such JSON with another exit code than 0 is no answer. Default: any JSON object. */
  readonly passes?: ((object: unknown) => boolean) | undefined;
}

/** The JSON object that it prints. @throws WatchdogError where it prints none, or ends otherwise than with 0. */
export async function runPolicyCommand(command: PolicyCommand, call: PhaseContext): Promise<unknown> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const child = startChild({
    command: ["sh", "-c", command.line],
    environment: { ...command.environment, ...call.env },
    signal: call.signal,
    stdin: "ignore",
    stdout: nowhere,
    stderr: nowhere,
  });
  const end = await child.ended;
  command.onEnd(end);
  return phaseResult(end, { needsJson: true, passes: command.passes ?? (() => true) });
}
