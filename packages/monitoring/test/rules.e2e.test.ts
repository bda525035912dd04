import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { createPolicy, defaultPolicy, type Policy } from "@worker-watchdog/sdk/policy";
import { provideServers } from "@worker-watchdog/stack";
import { afterEach, expect, test } from "vitest";
import { ruleFiles } from "../src/rules/rules-file.ts";
import { shortPolicy } from "./policies.ts";
import { runProgram, writeGenerated } from "./run-program.ts";

const folders: string[] = [];

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

async function promtool(policy: Policy, ...args: readonly string[]): Promise<string> {
  const { promtool } = await provideServers({ names: ["promtool"] });
  const folder = await writeGenerated(policy);
  folders.push(folder);
  const { code, output } = await runProgram(
    promtool.path,
    ...args.map((arg) => arg.replace("FOLDER", join(folder, "prometheus-rules"))),
  );
  expect(code, output).toBe(0);
  return output;
}

test.each([
  ["the default policy", defaultPolicy],
  ["another policy", shortPolicy],
])("promtool finds nothing to say about the rules of %s", async (_, policy) => {
  const output = await promtool(
    policy,
    "check",
    "rules",
    "--lint=all",
    "--lint-fatal",
    ...Array.from(ruleFiles(policy).keys(), (path) => `FOLDER/${basename(path)}`),
  );
  expect(output).toContain("SUCCESS");
});

test.each([
  ["another policy", shortPolicy],
  [
    "it without alert 6",
    createPolicy({ ...shortPolicy, alerts: { ...shortPolicy.alerts, disabled: ["lease_expired"] } }),
  ],
])("the generated rule tests hold for %s: each boundary moves with its number", async (_, policy) => {
  expect(await promtool(policy, "test", "rules", "FOLDER/tests/worker-watchdog.test.yml")).toContain("SUCCESS");
});
