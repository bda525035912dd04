/** A policy from YAML: a text or a file. */
import { readFileSync } from "node:fs";
import type { Policy } from "./policy.ts";
import { invalidPolicy } from "./policy-problem.ts";
import { type PolicyWithNotes, validatePolicy } from "./validate-policy.ts";
import { treeOfYaml } from "./yaml-tree.ts";

/** How a text is read. */
export interface ParsePolicyOptions {
  /** Name of the file in messages. Default: `policy`. */
  readonly file?: string | undefined;
}

/**
 * Reads a policy from YAML text. It must state `version: codex_session_watchdog_v1`; every other key may be left out and takes its
 * default. The result is deeply frozen.
 *
 * @throws {@link WatchdogError} `invalid_policy` that lists every problem, each as
 * `file:line: key: found X, allowed Y. next step`.
 *
 * @example
 * ```ts
 * const policy = parsePolicy("version: codex_session_watchdog_v1\nowner: reports_team\n");
 * ```
 */
export function parsePolicy(text: string, options: ParsePolicyOptions = {}): Policy {
  return parsePolicyWithNotes(text, options).policy;
}

/**
 * Reads a policy from YAML text, with its warnings and the keys that took their default.
 *
 * @throws {@link WatchdogError} `invalid_policy`, as {@link parsePolicy}.
 */
export function parsePolicyWithNotes(text: string, options: ParsePolicyOptions = {}): PolicyWithNotes {
  const file = options.file ?? "policy";
  const yaml = treeOfYaml(text);
  if ("problems" in yaml) throw invalidPolicy(file, yaml.problems);
  return validatePolicy(yaml.tree, { file, isVersionRequired: true });
}

/**
 * Reads a policy from the file at `path` (UTF-8), synchronously: a policy is read once, at the start.
 *
 * @throws {@link WatchdogError} `invalid_policy`, as {@link parsePolicy}, also for a file that can not be read.
 */
export function loadPolicyFile(path: string): Policy {
  return loadPolicyFileWithNotes(path).policy;
}

/**
 * Reads a policy from the file at `path`, with its warnings and the keys that took their default.
 *
 * @throws {@link WatchdogError} `invalid_policy`, as {@link loadPolicyFile}.
 */
export function loadPolicyFileWithNotes(path: string): PolicyWithNotes {
  return parsePolicyWithNotes(readText(path), { file: path });
}

function readText(path: string): string {
  let found: string;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    found = error instanceof TypeError ? "bytes that are no UTF-8" : `no readable file (${errorCode(error)})`;
  }
  throw invalidPolicy(path, [
    { line: undefined, key: "", found, allowed: "a readable UTF-8 file", nextStep: "Check the path and the encoding" },
  ]);
}

function errorCode(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : String(error);
}
