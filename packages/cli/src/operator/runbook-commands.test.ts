/** What the runbooks tell a person to run is what the command line takes. */
import { parseArgs } from "node:util";
import { ALERTS } from "@worker-watchdog/monitoring";
import { INCIDENT_REASONS } from "@worker-watchdog/sdk/semconv";
import { expect, it } from "vitest";
import { COMMANDS } from "../command-table.ts";

const OF_PEOPLE = ["settle", "retire", "page-test"];
const commands = ALERTS.flatMap(({ key, runbook }) =>
  runbook.steps.flatMap((step) =>
    [...step.matchAll(/`watchdog ((?:settle|retire|page-test)[^`]*)`/g)].map(
      ([, command = ""]) => [key, command] as const,
    ),
  ),
);

it("each of them is in a runbook", () => {
  expect([...new Set(commands.map(([, command]) => command.split(" ")[0]))].sort()).toEqual([...OF_PEOPLE].sort());
});

it.each(commands)("%s: watchdog %s", async (key, line) => {
  const [name = "", ...args] = line.split(" ");
  const command = await COMMANDS.find((entry) => entry.name === name)?.load();
  const { values } = parseArgs({ args, options: command?.options ?? {}, strict: true });
  if (name !== "page-test") expect(values).toMatchObject({ reason: "…" });
  const { kind } = values;
  if (kind === undefined) return;
  // Its own page, not another one's.
  expect([Object.keys(INCIDENT_REASONS), key]).toEqual([expect.arrayContaining([kind]), kind]);
});
