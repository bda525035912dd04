import { execFile } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Policy } from "@worker-watchdog/sdk/policy";
import { type GenerateOptions, generateFiles } from "../src/index.ts";

/** What a program said, and how it ended. */
export interface ProgramResult {
  readonly code: number;
  readonly output: string;
}

/** Runs a program to its end, for fifteen minutes at most. */
export function runProgram(path: string, ...args: readonly string[]): Promise<ProgramResult> {
  return new Promise((settle) => {
    execFile(path, args, { timeout: 900_000, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : error === null ? 0 : -1;
      settle({ code, output: `${stdout}${stderr}` });
    });
  });
}

/** Writes the files of `policy` into a new temporary folder. The caller removes it. */
export async function writeGenerated(policy: Policy, options: GenerateOptions = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "watchdog-monitoring-"));
  for (const [path, content] of generateFiles(policy, options)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}
