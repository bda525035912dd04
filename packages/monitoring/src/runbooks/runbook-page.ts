/** Runbooks as Markdown: a generated frame round the hand-written substance of the alert table. */
import { basename } from "node:path/posix";
import type { Policy } from "@worker-watchdog/sdk/policy";
import { dashboardOf } from "../alerts/alert-dashboard.ts";
import type { AlertDefinition } from "../alerts/alert-definition.ts";
import { ALERTS, areaOf, enabledAlerts, ownerOf, severitiesOf } from "../alerts/alert-table.ts";
import { type FileOrigin, markdownHeader } from "../file-header.ts";
import { rulesPath } from "../paths.ts";
import { scopedExpression } from "../promql/series-scope.ts";

/** The runbook of one alert. */
export function runbookPage(alert: AlertDefinition, policy: Policy, origin: FileOrigin): string {
  const { runbook } = alert;
  const uid = dashboardOf(alert);
  return `${markdownHeader(origin)}
# ${alert.name}

\`${alert.key}\` · ${alert.number === undefined ? "" : `alert ${alert.number} · `}${facts(alert, policy)} · next action \`${alert.nextAction}\`

## Meaning

${runbook.meaning}

State on the page: \`${withoutTemplates(alert.state(policy))}\`

## Impact

${runbook.impact}

## First look

Replace ${policy.series.cluster_label === undefined ? "" : "`$cluster`, "}\`$pool\`, \`$worker\` and \`$job\` with the fields of the page. Dashboard: [${uid}](../../grafana-dashboards/${uid}.json).

${runbook.firstLook.map(({ shows, expr }) => `- ${shows}\n\n  \`\`\`promql\n  ${scopedExpression(expr, policy, '="$cluster"')}\n  \`\`\`\n`).join("\n")}
## What the worker already tried

${runbook.alreadyTried}

## What to do

${runbook.steps.map((step, index) => `${index + 1}. ${step}`).join("\n")}

## Never

${runbook.never.map((line) => `- ${line}`).join("\n")}

## Escalation

${runbook.escalation}

[All runbooks](README.md) · [the rule](../${basename(rulesPath(areaOf(alert)))})
`;
}

/** The index. Its headings are the alerts' keys, so that \`links.runbook\` may point at one page with an anchor for each. */
export function runbookIndex(policy: Policy, origin: FileOrigin): string {
  const enabled = new Set(enabledAlerts(policy));
  return `${markdownHeader(origin)}
# Runbooks

One for each alert. A page links to its runbook by the alert's policy key.

${ALERTS.map((alert) => indexEntry(alert, policy, enabled.has(alert))).join("\n")}`;
}

function indexEntry(alert: AlertDefinition, policy: Policy, isEnabled: boolean): string {
  return `## ${alert.key}

[${alert.name}](${alert.key}.md): ${isEnabled ? facts(alert, policy) : "switched off by the policy"}. ${alert.runbook.meaning.split(/(?<=\.) /)[0]}
`;
}

function facts(alert: AlertDefinition, policy: Policy): string {
  const severities = severitiesOf(alert, policy).map(
    (severity) => `severity ${severity}, due in ${policy.severities[severity].due_minutes} min`,
  );
  return `${severities.join(", or ")}, owner ${ownerOf(alert, policy)}`;
}

/** `{{ $labels.reason }}` as a reader sees it: `<reason>`. */
function withoutTemplates(text: string): string {
  return text.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, "<$1>");
}
