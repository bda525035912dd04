/** `npm start`: the fleet live, one scenario, or all of them. */
import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { provideServers, StackError } from "@worker-watchdog/stack";
import { ArgumentError, type Arguments, HELP, parseArguments } from "./arguments.ts";
import { FleetBroken } from "./fleet/fleet-broken.ts";
import { policyFileOf } from "./fleet/monitored-stack.ts";
import { type Fleet, startFleet } from "./fleet/start-fleet.ts";
import { INTERRUPTED_EXIT_CODE, interruption } from "./interruption.ts";
import { runLive } from "./live/run-live.ts";
import { runScenarios } from "./scenarios/run-scenarios.ts";
import { scenariosNamed } from "./scenarios/scenario-table.ts";
import { verdictJson, verdictTable } from "./scenarios/verdict-table.ts";
import { startTerminal } from "./terminal/start-terminal.ts";

const BROKEN_WITHIN_MILLIS = 3_000;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function withFleet(
  policies: Parameters<typeof startFleet>[0]["policies"],
  run: (fleet: Fleet, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  // Nothing runs yet: Ctrl-C during a build ends this process as it ends any other.
  const servers = await provideServers({ names: ["collector", "prometheus", "alertmanager"] });
  const { signal, interrupt, wasInterrupted } = interruption(say);
  const fleet = await startFleet({ servers, policies, onStep: say, onBroken: interrupt });
  try {
    const exitCode = await run(fleet, signal);
    if (signal.aborted && !wasInterrupted()) throw signal.reason;
    return exitCode;
  } catch (error) {
    if (wasInterrupted()) return INTERRUPTED_EXIT_CODE;
    // A call may fail a moment before it is known what broke.
    if (!signal.aborted) await sleep(BROKEN_WITHIN_MILLIS, undefined, { signal }).catch(() => {});
    throw signal.aborted ? signal.reason : error;
  } finally {
    say("Stopping: workers release their jobs, then the queue and the servers end, and every file is removed.");
    await fleet.stop();
    say("Everything is stopped.");
  }
}

async function live(): Promise<number> {
  return withFleet(["default"], async (fleet, signal) => {
    const terminal = startTerminal(fleet, "worker-watchdog: a live fleet");
    try {
      await runLive(fleet, signal);
      return 0;
    } finally {
      terminal.close();
    }
  });
}

async function scenarios({ names, jsonFile }: Extract<Arguments, { mode: "scenarios" }>): Promise<number> {
  const startedAt = Date.now() / 1_000;
  const chosen = names.flatMap(scenariosNamed);
  const policies = [...new Set(chosen.map(({ policy }) => policy))];
  return withFleet(policies, async (fleet, signal) => {
    for (const { name, policyText } of fleet.stacks.values())
      say(`\nPolicy ${name} (${policyFileOf(name)}):\n${policyText}`);
    const terminal = startTerminal(fleet, `worker-watchdog: ${chosen.map(({ pool }) => pool).join(", ")}`);
    let verdict: Awaited<ReturnType<typeof runScenarios>>;
    try {
      verdict = await runScenarios(chosen, fleet, {
        signal,
        onEnd: ({ scenario, timedOutWaitingFor }) =>
          fleet.record.notice(
            `Scenario ${scenario.pool} ${timedOutWaitingFor === undefined ? "is over" : `waited in vain for ${timedOutWaitingFor}`}.`,
          ),
      });
    } finally {
      terminal.close();
    }
    const seconds = Date.now() / 1_000 - startedAt;
    const policyTexts = Object.fromEntries(
      [...fleet.stacks.values()].map(({ name, policyText }) => [name, policyText]),
    );
    process.stdout.write(`\n${verdictTable(verdict, process.stdout.columns).join("\n")}\n\n`);
    process.stdout.write(
      `${verdict.passed ? "Every page came, and no other" : "NOT as it must be"}; ${seconds.toFixed(0)} s.\n`,
    );
    if (jsonFile !== undefined)
      await writeFile(jsonFile, verdictJson(verdict, { startedAt, seconds, policies: policyTexts }));
    return verdict.passed ? 0 : 1;
  });
}

async function main(): Promise<number> {
  const chosen = parseArguments(process.argv.slice(2));
  if (chosen.mode === "help") {
    process.stdout.write(HELP);
    return 0;
  }
  return chosen.mode === "live" ? live() : scenarios(chosen);
}

try {
  process.exitCode = await main();
} catch (error) {
  const isForPeople = error instanceof ArgumentError || error instanceof FleetBroken || StackError.isInstance(error);
  say(isForPeople ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = error instanceof ArgumentError ? 2 : 1;
}
