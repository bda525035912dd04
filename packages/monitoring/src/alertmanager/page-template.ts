/**
 * The page (R4.1) as an Alertmanager template.
 *
 * `worker_watchdog.page` is one alert's text, `worker_watchdog.alerts` that of several, `worker_watchdog.text` that of a whole group, and `worker_watchdog.payload` the JSON that
 * a webhook gets: Alertmanager's own fields, and the finished text of the group and of each alert.
 */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { type FileOrigin, headerText } from "../file-header.ts";
import { dueTimeTemplate } from "./due-time.ts";
import { noticeTemplates } from "./notice-templates.ts";

/** Puts since when the alert `.` fires, or that it has ended, into `$since`. */
const SINCE = `{{ $since := .StartsAt.UTC.Format "firing since 2006-01-02T15:04:05Z" }}{{ if eq .Status "resolved" }}{{ $since = printf "%s, began %s" (.EndsAt.UTC.Format "resolved at 2006-01-02T15:04:05Z") (.StartsAt.UTC.Format "2006-01-02T15:04:05Z") }}{{ end }}`;

/** The lines of one alert's text: what is printed and what is filled in. */
function pageLines(
  prefix: string,
  cluster: string | undefined,
): readonly (readonly [format: string, ...values: string[]])[] {
  return [
    [
      `${prefix}: %s. State=%s; job=%s; evidence=%s; next action=%s; owner=%s; due=%s`,
      ".Annotations.opening",
      ".Annotations.state",
      ".Annotations.job",
      ".Annotations.evidence",
      ".Annotations.next_action",
      ".Labels.owner",
      "$due",
    ],
    ["Alert: %s (%s), %s", ".Labels.alertname", ".Labels.severity", "$since"],
    ["Summary: %s", ".Annotations.summary"],
    [
      `Worker: %s; pool: %s; ${cluster === undefined ? "" : "cluster: %s; "}phase: %s`,
      ".Annotations.worker",
      ".Annotations.pool",
      ...(cluster === undefined ? [] : [`(or .Labels.${cluster} "none")`]),
      ".Labels.phase",
    ],
    ["Evidence: %s", ".Annotations.evidence_ref"],
    ["Runbook: %s", ".Annotations.runbook_url"],
    ["Dashboard: %s", ".Annotations.dashboard_url"],
    ["Trace: %s", ".Annotations.trace_url"],
  ];
}

/** The template file of `policy`. */
export function pageTemplate(policy: Policy, origin: FileOrigin): string {
  const lines = pageLines(policy.alerts.page_prefix.replaceAll("%", "%%"), policy.series.cluster_label);
  const format = JSON.stringify(lines.map(([line]) => line).join("\n"));
  const values = lines.flatMap(([, ...rest]) => rest);
  const page = `printf ${format} ${values.join(" ")}`;
  // A template's output can not be put in a variable, so the text is the same expression in each place that needs it.
  const text = `${dueTimeTemplate(policy)}${SINCE}{{ $text := ${page} }}`;
  return `{{- /* ${headerText(origin)} */ -}}
{{ define "worker_watchdog.page" }}${text}{{ $text }}{{ end }}

{{ define "worker_watchdog.alerts" }}{{ range $index, $alert := . }}{{ if $index }}

{{ end }}{{ template "worker_watchdog.page" $alert }}{{ end }}{{ end }}

{{ define "worker_watchdog.text" }}{{ template "worker_watchdog.alerts" .Alerts }}{{ end }}

${noticeTemplates(policy, text)}

{{ define "worker_watchdog.payload" }}{{ $all := "" -}}
{"version":"4","receiver":{{ toJson .Receiver }},"status":{{ toJson .Status }},"externalURL":{{ toJson .ExternalURL }},
"groupLabels":{{ toJson .GroupLabels }},"commonLabels":{{ toJson .CommonLabels }},"commonAnnotations":{{ toJson .CommonAnnotations }},
"alerts":[{{ range $index, $alert := .Alerts }}{{ if $index }},{{ $all = printf "%s\\n\\n" $all }}{{ end }}
${text}{{ $all = printf "%s%s" $all $text -}}
{"status":{{ toJson .Status }},"labels":{{ toJson .Labels }},"annotations":{{ toJson .Annotations }},"startsAt":{{ toJson .StartsAt }},"endsAt":{{ toJson .EndsAt }},"generatorURL":{{ toJson .GeneratorURL }},"fingerprint":{{ toJson .Fingerprint }},"due":{{ toJson $due }},"text":{{ toJson $text }}}{{ end }}],
"text":{{ toJson $all }}}{{ end }}
`;
}
