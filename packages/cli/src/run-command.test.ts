import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { credentials } from "../../../test/corpus/corpus.ts";
import { runCommand } from "./run-command.ts";

let directory: string;
let out: string[];
let err: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "watchdog-cli-"));
  out = [];
  err = [];
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const run = (...args: string[]): Promise<number> =>
  runCommand(args, { directory, print: (line) => out.push(line), complain: (line) => err.push(line) });

const policyFile = (text: string): Promise<void> =>
  writeFile(join(directory, "watchdog.yaml"), `version: codex_session_watchdog_v1\n${text}`);

describe("usage", () => {
  test("--help lists the commands", async () => {
    expect(await run("--help")).toBe(0);
    expect(out.join("\n")).toMatch(/generate {2}.*\n {2}check/);
  });

  test("no command is wrong usage, and shows the help", async () => {
    expect(await run()).toBe(2);
    expect(out.join("\n")).toContain("Usage: watchdog <command>");
  });

  test.each([
    [
      ["genrate"],
      "found command `genrate`, allowed `exec`, `session`, `status`, `doctor`, `settle`, `retire`, `page-test`, `generate`, `check`, `line-bridge`. Did you mean `generate`?",
    ],
    [
      ["generate", "--plicy", "x"],
      "found option `--plicy`, allowed `--policy`, `--out`, `--check`, `--diff`, `--force`, `--format`, `--namespace`, `--labels`, `--help`. Did you mean `--policy`?",
    ],
    [["generate", "here"], "found `here`, allowed options only"],
    [["generate", "--policy"], "argument missing"],
    [
      ["check", "--out", "x"],
      "found option `--out`, allowed `--policy`, `--prometheus`, `--alertmanager`, `--json`, `--help`.",
    ],
  ])("%j: says what was found and what is allowed", async (args, message) => {
    expect(await run(...args)).toBe(2);
    expect(err.join("\n")).toContain(message);
    expect(out).toEqual([]);
  });

  test.each(["generate", "check"])("%s --help shows its options", async (command) => {
    expect(await run(command, "--help")).toBe(0);
    expect(out.join("\n")).toContain("--policy FILE");
  });
});

describe("check", () => {
  test("lists the keys that took defaults and the page latency of each alert", async () => {
    await policyFile("pipeline:\n  export_interval_seconds: 7\n");
    expect(await run("check", "--policy", "watchdog.yaml")).toBe(0);
    const text = out.join("\n");
    expect(text).toContain("  pipeline.rule_interval_seconds");
    expect(text).not.toContain("  pipeline.export_interval_seconds");
    expect(text).toMatch(/lease_expired +high +32 s +52 s +pls_platform_owner +pls_platform_owner-page/);
  });

  test("an alert that notifies nobody has no latency", async () => {
    await policyFile("alerts:\n  notify_on: [complete_rejected]\n");
    expect(await run("check")).toBe(0);
    expect(out.join("\n")).toMatch(/repeated_no_job +medium +- +- +pls_ops +nobody/);
  });

  test("warns of what it does not read", async () => {
    await policyFile("x-team: reports\n");
    expect(await run("check")).toBe(0);
    expect(err.join("\n")).toMatch(/^warning: .*x-team/);
  });

  test("a file that is not there is an error", async () => {
    expect(await run("check", "--policy", "nowhere.yaml")).toBe(1);
    expect(err.join("\n")).toContain("nowhere.yaml: found no readable file");
  });
});

test("R12: an error shows no credential of what it quotes", async () => {
  const token = credentials().find(({ of }) => of === "GitHub personal access token")?.text ?? "";
  await policyFile(`heartbeat_interval_minutes: ${token}\n`);
  expect(await run("check")).toBe(1);
  expect(err.join("\n")).toContain("[redacted:github_token]");
  expect(err.join("\n")).not.toContain(token.slice(0, 12));
});
