/** What an alert must look like, to the letter: its labels and annotations, rendered from the table as Prometheus would. */
import type { Policy, Severity } from "@worker-watchdog/sdk/policy";
import type { WatchdogAlertKey } from "../alerts/alert-definition.ts";
import { ALERTS } from "../alerts/alert-table.ts";
import { alertAnnotations, alertLabels } from "../alerts/page-fields.ts";
import { scopeLabels } from "./scoped-series.ts";

/** One alert that must be there: the labels of its series, and its value. */
export interface Firing {
  /** Default: the alert's own. */
  readonly severity?: Severity | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The alerts of one key at one time: exactly these. */
export interface Expectation {
  readonly at: number;
  readonly alert: WatchdogAlertKey;
  readonly firing: readonly Firing[];
}

/** One entry of promtool's `alert_rule_test`. */
export interface AlertRuleTest {
  readonly eval_time: string;
  readonly alertname: string;
  readonly exp_alerts: readonly {
    readonly exp_labels: Readonly<Record<string, string>>;
    readonly exp_annotations: Readonly<Record<string, string>>;
  }[];
}

/** `expectation` as promtool has it. */
export function alertRuleTest({ at, alert: key, firing }: Expectation, policy: Policy): AlertRuleTest {
  const alert = ALERTS.find((entry) => entry.key === key);
  if (alert === undefined)
    throw new TypeError(`No alert has the key ${key}; the table has ${ALERTS.map((a) => a.key).join(", ")}.`);
  return {
    eval_time: `${at}s`,
    alertname: alert.name,
    exp_alerts: firing
      .map((instance) => ({ ...instance, labels: { ...scopeLabels(alert, policy), ...instance.labels } }))
      .map((instance) => ({
        exp_labels: { ...instance.labels, ...rendered(alertLabels(alert, policy, instance.severity), instance) },
        exp_annotations: rendered(alertAnnotations(alert, policy, instance.severity), instance),
      })),
  };
}

function rendered(texts: Readonly<Record<string, string>>, firing: Firing): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, render(text, firing)]));
}

/** The few template forms that the table uses. A form that is not known here stays as it is, and so fails the test. */
function render(text: string, { labels, value }: Firing): string {
  return text
    .replaceAll(
      /\{\{ if \$labels\.(\w+) \}\}(.*?)\{\{ else \}\}(.*?)\{\{ end \}\}/g,
      (_, name: string, some: string, none: string) => (labels[name] === undefined ? none : some),
    )
    .replaceAll(/\{\{ \$labels\.(\w+) \| urlQueryEscape \}\}/g, (_, name: string) =>
      encodeURIComponent(labels[name] ?? ""),
    )
    .replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, name: string) => labels[name] ?? "")
    .replaceAll("{{ $value | humanizeTimestamp }}", timestamp(value))
    .replaceAll("{{ $value | humanizePercentage }}", `${Number((value * 100).toPrecision(4))}%`)
    .replaceAll("{{ $value }}", String(value));
}

function timestamp(unixSeconds: number): string {
  return `${new Date(unixSeconds * 1_000).toISOString().slice(0, 19).replace("T", " ")} +0000 UTC`;
}
