import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCommand } from "../run-command.ts";

const LINE = `receivers: { line: { line: { to: C${"0".repeat(32)} } } }\n`;

let directory: string;
let err: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "watchdog-line-"));
  err = [];
});

afterEach(() => rm(directory, { recursive: true, force: true }));

async function run(
  policy: string,
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<number> {
  await writeFile(join(directory, "watchdog.yaml"), `version: codex_session_watchdog_v1\n${policy}`);
  return await runCommand(args, { directory, environment, print: () => {}, complain: (line) => err.push(line) });
}

const token = { LINE_CHANNEL_ACCESS_TOKEN: "not-a-real-token" };

test.each<[string, string, Readonly<Record<string, string>>, readonly string[], number, string]>([
  ["a policy without LINE", "", token, [], 1, "found no receiver with `line` in watchdog.yaml"],
  [
    "no token",
    LINE,
    {},
    [],
    1,
    "allowed a file that line_bridge.channel_access_token_file names, or LINE_CHANNEL_ACCESS_TOKEN",
  ],
  ["an empty token", LINE, { LINE_CHANNEL_ACCESS_TOKEN: " " }, [], 1, "found no channel access token"],
  ["two words for a token", LINE, { LINE_CHANNEL_ACCESS_TOKEN: "not-a-real token" }, [], 1, "allowed the secret alone"],
  [
    "a token file that is not there",
    `${LINE}line_bridge: { channel_access_token_file: /nowhere/token }\n`,
    token,
    [],
    1,
    "found no readable file at /nowhere/token (ENOENT)",
  ],
  [
    "an address that others reach",
    LINE,
    token,
    ["--listen", "0.0.0.0:9390"],
    2,
    "without line_bridge.credentials_file",
  ],
  [
    "a token over plain HTTP",
    LINE,
    token,
    ["--api-url", "http://api.example"],
    2,
    "allowed https, or http on loopback",
  ],
])("line-bridge with %s says so and ends", async (_, policy, environment, args, code, problem) => {
  expect(await run(policy, environment, "line-bridge", ...args)).toBe(code);
  expect(err.join("\n")).toContain(problem);
  expect(err.join("\n")).not.toContain("not-a-real");
});

test.each([
  [
    "a receiver that is not there",
    "owners: { pls_ops: { receiver: chatt } }\nreceivers: { chat: { slack: {} } }\n",
    'the receiver "chatt", which receivers lacks',
  ],
  [
    "a secret",
    "receivers: { line: { slack: { api_url: https://hooks.example/not-a-real-one } } }\n",
    "found a secret's value",
  ],
  ["a receiver of nobody", "receivers: { chat: { slack: {} } }\n", "a receiver that no owner names"],
])(
  "generate with %s is an error before any file is written",
  async (_, policy, problem) => {
    expect(await run(policy, {}, "generate")).toBe(1);
    expect(err.join("\n")).toContain(problem);
    expect(err.join("\n")).not.toContain("not-a-real");
    expect(await readdir(directory)).toEqual(["watchdog.yaml"]);
  },
  60_000,
);
