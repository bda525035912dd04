/** `watchdog check`: what is wrong with a policy, how long each alert's page takes, and whether running servers do what the policy says. */
import { type Policy, TRANSPORT_MARGIN_SECONDS } from "@worker-watchdog/sdk/policy";
import { type CheckReport, isClean, reportJson, reportLines } from "../check/check-report.ts";
import { ownerFindings, routeFindings } from "../check/owner-findings.ts";
import { lateFindings, pageTimes } from "../check/page-times.ts";
import { type ServerApi, serverApi, serverUrl } from "../check/server-api.ts";
import type { Command, CommandContext } from "../command.ts";
import { type Finding, fail } from "../doctor/finding.ts";
import { readPolicy } from "../read-policy.ts";

export const checkCommand: Command = {
  help: `  --policy FILE       the policy; default: watchdog.yaml here, else the built-in defaults
  --prometheus URL    asks a running Prometheus (or Mimir, Thanos, …) for what the rules need
  --alertmanager URL  asks a running Alertmanager whether its configuration is the policy's
  --json              the report as JSON: { ok, source, findings: [{ level, subject, found, action }], pages, latency, … }

Finds errors of the policy (file, line, key, what was found and what is allowed), pages that come too late, owners that contradict each
other and routes that nothing reaches. Of Prometheus: version, OTLP receiver, late samples, Alertmanagers, whether our rules are loaded and
the same, and whether each series that they read is there. Servers are only read: GET alone, 10 s for each answer.
Exit code 0: nothing failed (a warning works for now). 1: something failed, or a server does not answer. 2: wrong usage.`,
  options: {
    policy: { type: "string" },
    prometheus: { type: "string" },
    alertmanager: { type: "string" },
    json: { type: "boolean" },
  },
  async run(values, context) {
    const servers: Partial<Record<ServerName, ServerApi>> = {};
    for (const name of SERVERS) {
      const text = values[name];
      const url = typeof text === "string" ? serverUrl(name, text) : undefined;
      if (typeof url === "string") {
        context.complain(url);
        return 2;
      }
      if (url !== undefined) servers[name] = serverApi(url);
    }
    const file = typeof values["policy"] === "string" ? values["policy"] : undefined;
    const { redact, redactTree } = await import("@worker-watchdog/sdk/redact");
    const isJson = values["json"] === true;
    const report = isJson ? await reportOrErrors(file, servers, context) : await check(file, servers, context);
    if (isJson) context.print(JSON.stringify(redactTree(reportJson(report)).value, null, 2));
    else {
      for (const warning of report.warnings) context.complain(`warning: ${warning}`);
      // A finding may quote what a server says.
      for (const line of reportLines(report)) context.print(redact(line).text);
    }
    return isClean(report) ? 0 : 1;
  },
};

const SERVERS = ["prometheus", "alertmanager"] as const;
type ServerName = (typeof SERVERS)[number];
type Servers = Partial<Readonly<Record<ServerName, ServerApi>>>;

async function check(file: string | undefined, servers: Servers, context: CommandContext): Promise<CheckReport> {
  const { policy, source, warnings, defaulted } = readPolicy(file, context.directory);
  const { export_interval_seconds, rule_interval_seconds, group_interval_seconds } = policy.pipeline;
  return {
    source,
    warnings,
    defaulted,
    pages: pageTimes(policy),
    latency: {
      export: export_interval_seconds,
      rules: rule_interval_seconds,
      transport: TRANSPORT_MARGIN_SECONDS,
      groups: group_interval_seconds,
    },
    findings: [
      ...lateFindings(policy),
      ...ownerFindings(policy),
      ...routeFindings(policy),
      ...(await serverFindings(servers, policy)),
    ],
  };
}

async function serverFindings(servers: Servers, policy: Policy): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const name of SERVERS) {
    const api = servers[name];
    if (api === undefined) continue;
    try {
      const found =
        name === "prometheus"
          ? await (await import("../check/prometheus-findings.ts")).prometheusFindings(api, policy)
          : await (await import("../check/alertmanager-findings.ts")).alertmanagerFindings(api, policy);
      findings.push(...found.map((finding) => ({ ...finding, subject: `${name}: ${finding.subject}` })));
    } catch (error) {
      const { WatchdogError } = await import("@worker-watchdog/sdk");
      if (!WatchdogError.isInstance(error) || error.code !== "service_unavailable") throw error;
      findings.push(fail(name, error.message, "Without an answer nothing is known of it."));
    }
  }
  return findings;
}

/** For a program that reads the report, an invalid policy is one as well. */
async function reportOrErrors(
  file: string | undefined,
  servers: Servers,
  context: CommandContext,
): Promise<CheckReport> {
  try {
    return await check(file, servers, context);
  } catch (error) {
    const { WatchdogError } = await import("@worker-watchdog/sdk");
    if (!WatchdogError.isInstance(error) || error.code !== "invalid_policy") throw error;
    const findings = error.message.split("\n").map((line) => fail("policy", line, "Correct it."));
    const latency = { export: 0, rules: 0, transport: 0, groups: 0 };
    return { source: file ?? "watchdog.yaml", warnings: [], defaulted: [], pages: [], latency, findings };
  }
}
