/** `watchdog doctor`: whether this machine is set up so that a worker's trouble reaches a person. */
import type { Command } from "../command.ts";
import { checkCollector, clockFinding } from "../doctor/check-collector.ts";
import { checkJournal } from "../doctor/check-journal.ts";
import { checkNode } from "../doctor/check-node.ts";
import { checkPackages } from "../doctor/check-packages.ts";
import { checkPolicy } from "../doctor/check-policy.ts";
import { type Finding, fail } from "../doctor/finding.ts";
import { installedPackages, ownDependencies } from "../doctor/installed-packages.ts";
import { journalFile, setting } from "../worker-settings.ts";

/** Beyond it the Collector of this product clamps a point's time: collector/'s configuration says the same. */
const CLAMPED_SECONDS = 10;

export const doctorCommand: Command = {
  help: `  --policy FILE      the policy; default: WATCHDOG_POLICY, else watchdog.yaml here, else the built-in defaults
  --journal FILE     the journal; default: WATCHDOG_JOURNAL, else worker-watchdog/journal.db in XDG_STATE_HOME or ~/.local/state
  --job-service URL  compares the clock with the job service's as well: any address of it that answers
  --json             the findings as JSON: { ok, findings: [{ level, subject, found, action }] }

Looks at Node, the OpenTelemetry packages of the project here, the Collector (OTEL_EXPORTER_OTLP_ENDPOINT), the clock,
the policy and the journal. Exit code 1 if anything fails; a warning works for now.`,
  options: {
    policy: { type: "string" },
    journal: { type: "string" },
    "job-service": { type: "string" },
    json: { type: "boolean" },
  },
  async run(values, context) {
    const { findings: policyFindings, policy } = checkPolicy(setting("policy", values, context), context.directory);
    const limits = { warnSeconds: CLAMPED_SECONDS, failSeconds: policy.thresholds.clock_offset_warn_seconds };
    const [{ fileSystemOf, openJournal }, { readOtlpSettings }] = await Promise.all([
      import("@worker-watchdog/store"),
      import("@worker-watchdog/node/command"),
    ]);
    const { url: metricsUrl, headers } = readOtlpSettings().metrics;
    const jobService = values["job-service"];
    const findings: Finding[] = [
      checkNode(),
      ...checkPackages(installedPackages(context.directory), ownDependencies(context.directory)),
      ...policyFindings,
      ...checkJournal({ file: journalFile(values, context), open: (file) => openJournal({ file }), fileSystemOf }),
      ...(await checkCollector({ metricsUrl, headers, ...limits })),
      ...(typeof jobService === "string" ? [await checkJobService(jobService, limits)] : []),
    ];
    const isOk = findings.every(({ level }) => level !== "fail");
    if (values["json"] === true) context.print(JSON.stringify({ ok: isOk, findings }, null, 2));
    else for (const line of findings.flatMap(lines)) context.print(line);
    return isOk ? 0 : 1;
  },
};

async function checkJobService(
  url: string,
  limits: { readonly warnSeconds: number; readonly failSeconds: number },
): Promise<Finding> {
  const askedAt = Date.now();
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await response.body?.cancel();
    return clockFinding(response.headers.get("date"), askedAt, Date.now(), limits, "the job service's");
  } catch {
    return fail(
      "job service",
      `${URL.canParse(url) ? new URL(url).origin : "the address"} does not answer`,
      "Look whether it runs, and at the address.",
    );
  }
}

function lines({ level, subject, found, action }: Finding): readonly string[] {
  const first = `${level.padEnd(5)} ${subject}: ${found}`;
  return action === undefined ? [first] : [first, `      ${action}`];
}
