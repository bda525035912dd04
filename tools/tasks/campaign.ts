/** `npm run campaign`: the long forms of tests whose short forms are in `npm test`; all of them, or those whose name holds a given text. */
import { toolPath } from "../workspace/repository.ts";
import { runTool } from "../workspace/run-tool.ts";

interface Campaign {
  readonly name: string;
  readonly what: string;
  /** Test file, and the environment that makes it long. */
  readonly file: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Runs only where it is named: it takes too long for each change. */
  readonly onlyByName?: boolean | undefined;
}

const CAMPAIGNS: readonly Campaign[] = [
  {
    name: "properties",
    what: "10,000 random days of calls, faults, crashes and replays, twice",
    file: "packages/sdk/test/simulation",
    environment: { WATCHDOG_PROPERTY_RUNS: "10000" },
  },
  {
    name: "journal",
    what: "200 processes that write one journal, each killed at some moment",
    file: "packages/store/test/crash.e2e.test.ts",
    environment: { WATCHDOG_JOURNAL_KILLS: "200" },
  },
  {
    name: "mutants",
    what: "every threshold, comparator, range, label match and join of the workers' rules changed, one at a time",
    file: "packages/monitoring/test/mutants.e2e.test.ts",
    environment: { WATCHDOG_MUTANTS: "all" },
  },
  {
    name: "simulated-day",
    what: "a healthy fleet of 200 workers over one simulated day: no alert",
    file: "packages/monitoring/test/fleet/fleet.e2e.test.ts",
    environment: { WATCHDOG_FLEET: "full", WATCHDOG_FLEET_DAYS: "1-1" },
  },
  {
    name: "fleet",
    what: "the same over 30 simulated days",
    file: "packages/monitoring/test/fleet/fleet.e2e.test.ts",
    environment: { WATCHDOG_FLEET: "full" },
    onlyByName: true,
  },
  {
    name: "soak",
    what: "200 workers for two hours under the default policy: no page, and one fault: one page",
    file: "test/soak/soak.e2e.test.ts",
    environment: { WATCHDOG_SOAK: "full" },
    onlyByName: true,
  },
  {
    name: "rules",
    what: "each rule test with all rules, not only with those that it is about",
    file: "packages/monitoring/test/rules.e2e.test.ts",
    environment: { WATCHDOG_RULE_TESTS: "whole" },
    onlyByName: true,
  },
];

const [filter = ""] = process.argv.slice(2);
const chosen = CAMPAIGNS.filter(({ name, onlyByName }) => (onlyByName ? name === filter : name.includes(filter)));
if (chosen.length === 0) {
  console.error(
    `No campaign has ${JSON.stringify(filter)} in its name; there are ${CAMPAIGNS.map(({ name }) => name).join(", ")}.`,
  );
  process.exitCode = 1;
}
// One after another: each has the machine to itself.
for (const { name, what, file, environment } of chosen) {
  console.log(`\n${name}: ${what}`);
  Object.assign(process.env, environment);
  const exitCode = await runTool(toolPath("vitest"), ["run", file]);
  for (const key of Object.keys(environment)) delete process.env[key];
  if (exitCode !== 0) process.exitCode = exitCode;
}
