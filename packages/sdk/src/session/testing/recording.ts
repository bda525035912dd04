/** Recorded output of real agents: see `testdata/README.md`. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Agent } from "../agent.ts";

/** When the recordings were made, and the time zone of the machine that made them. */
export const RECORDED_AT: number = Date.UTC(2026, 10, 21, 12, 31);
export const RECORDED_ZONE = "Asia/Taipei";

/** What an agent printed. */
export interface Recording {
  readonly agent: Agent;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** The file of one stream of a recording; it is not there where the stream stayed empty. */
export function recordingFile(name: string, stream: "stdout" | "stderr"): string {
  return fileURLToPath(new URL(`../testdata/${name}.${stream}.txt`, import.meta.url));
}

/** Reads one, such as `codex-usage-limit.json`. */
export function recording(name: string): Recording {
  const read = (stream: "stdout" | "stderr"): Buffer => {
    const file = recordingFile(name, stream);
    return existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  };
  const [stdout, stderr] = [read("stdout"), read("stderr")];
  if (stdout.length + stderr.length === 0) throw new Error(`There is no recording ${name}.`);
  return { agent: name.slice(0, name.indexOf("-")) as Agent, stdout, stderr };
}
