/** What `npm test` checks, in order. */
import { glob } from "node:fs/promises";
import { describeProgress, type ProvidedServer, provideServers, type ServerName } from "@worker-watchdog/stack";
import { REPOSITORY, repositoryPath, SOURCE_CONDITION, toolPath } from "../workspace/repository.ts";
import { ruleTestStep } from "./rule-test-step.ts";
import type { Step } from "./step.ts";
import { toolStep } from "./tool-step.ts";
import { vitestStep } from "./vitest-step.ts";

const RULES = ["prometheus-rules/*.rules.yml"];
const RULE_TESTS = ["prometheus-rules/tests/*.test.yml"];
const ALERTMANAGER_CONFIG = "prometheus-rules/alertmanager.yml";
const COLLECTOR_CONFIG = "collector/worker-watchdog.yaml";

/** Checks that need nothing but Node: under a minute together. */
export function fastSteps(): readonly Step[] {
  const watchdog = repositoryPath("packages/cli/src/main.ts");
  return [
    toolStep("format and lint", "npm run format", [toolPath("biome"), "check", "--error-on-warnings"]),
    toolStep("types", "node_modules/.bin/tsc -p tsconfig.json", [toolPath("tsc"), "-p", "tsconfig.json"]),
    toolStep("generated files", "npm run generate -- --check", [
      process.execPath,
      SOURCE_CONDITION,
      watchdog,
      "generate",
      "--check",
    ]),
    vitestStep("unit"),
  ];
}

/** Checks with the real programs, which the first of them finds or builds. */
export function serverSteps(): readonly Step[] {
  let servers: Record<ServerName, ProvidedServer> | undefined;
  const path = (name: ServerName): string => {
    if (servers === undefined) throw new Error(`There is no ${name}: the step "servers" failed.`);
    return servers[name].path;
  };
  return [
    {
      name: "servers",
      what: "found on PATH, in the cache, or built with Go",
      async run(onLine) {
        servers = await provideServers({
          onNotice: onLine,
          onProgress: (progress) => onLine(describeProgress(progress)),
        });
        const found = Object.values(servers).map(({ name, version, source }) => `${name} ${version} (${source})`);
        return { passed: 1, failed: 0, output: found.join("\n") };
      },
    },
    toolStep("alert rules", `promtool check rules ${RULES}`, async () => [
      path("promtool"),
      "check",
      "rules",
      "--lint=all",
      "--lint-fatal",
      ...(await files(RULES)),
    ]),
    ruleTestStep(`promtool test rules ${RULE_TESTS}, each with the rules that it is about`, {
      rules: () => files(RULES),
      tests: () => files(RULE_TESTS),
      promtool: () => path("promtool"),
    }),
    toolStep("Alertmanager configuration", `amtool check-config ${ALERTMANAGER_CONFIG}`, () => [
      path("amtool"),
      "check-config",
      ALERTMANAGER_CONFIG,
    ]),
    toolStep("Collector configuration", `otelcol-watchdog validate --config ${COLLECTOR_CONFIG}`, () => [
      path("collector"),
      "validate",
      `--config=${COLLECTOR_CONFIG}`,
    ]),
    vitestStep("e2e"),
  ];
}

async function files(patterns: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const file of glob(patterns, { cwd: REPOSITORY })) found.push(file);
  if (found.length === 0) throw new Error(`No file matches ${patterns.join(", ")}: the check would check nothing.`);
  return found.sort();
}
