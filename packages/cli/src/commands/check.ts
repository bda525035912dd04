/** `watchdog check`: what is wrong with a policy, what it leaves to defaults, and how long each alert's page takes. */
import {
  type AlertDefinition,
  DEAD_MANS_SWITCH,
  enabledAlerts,
  NOBODY,
  ownerOf,
  receiverOfAlert,
  severitiesOf,
} from "@worker-watchdog/monitoring";
import { type Policy, pageLatencySeconds, TRANSPORT_MARGIN_SECONDS } from "@worker-watchdog/sdk/policy";
import type { Command } from "../command.ts";
import { readPolicy } from "../read-policy.ts";

export const checkCommand: Command = {
  help: `  --policy FILE  the policy; default: watchdog.yaml here, else the built-in defaults

Exit code 1 if the policy has an error; each error names file, line, key, what was found and what is allowed.`,
  options: { policy: { type: "string" } },
  async run(values, context) {
    const file = values["policy"];
    const { policy, source, warnings, defaulted } = readPolicy(
      typeof file === "string" ? file : undefined,
      context.directory,
    );
    for (const warning of warnings) context.complain(`warning: ${warning}`);
    context.print(`${source}: valid`);
    context.print(`\nKeys that took their default (${defaulted.length}):`);
    for (const key of defaulted) context.print(`  ${key}`);
    context.print(
      `\nLongest time from fault to page: export ${policy.pipeline.export_interval_seconds} s + rules ${policy.pipeline.rule_interval_seconds} s + transport ${TRANSPORT_MARGIN_SECONDS} s + group wait`,
    );
    for (const line of table(enabledAlerts(policy).flatMap((alert) => latencyRows(alert, policy)))) context.print(line);
    return 0;
  },
};

function latencyRows(alert: AlertDefinition, policy: Policy): readonly (readonly string[])[] {
  return severitiesOf(alert, policy).map((severity) => {
    const receiver = receiverOfAlert(alert, policy, severity);
    const isPage = receiver !== NOBODY && receiver !== DEAD_MANS_SWITCH;
    const seconds = isPage ? `${pageLatencySeconds(policy, severity)} s` : "-";
    return [alert.key, severity, seconds, ownerOf(alert, policy), receiver];
  });
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
}
