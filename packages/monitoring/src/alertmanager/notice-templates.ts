/** What the receivers need beside the page's text: a title in one line, and the text as Slack, e-mail and PagerDuty take it. */
import type { Links, Policy, Severity } from "@worker-watchdog/sdk/policy";

/** PagerDuty's four severities, by ours. */
const PAGERDUTY: Readonly<Record<Severity, string>> = {
  critical: "critical",
  high: "error",
  medium: "warning",
  low: "info",
};

/** Slack reads `&`, `<` and `>` as markup: unescaped, a job's id could call a whole channel. */
const SLACK_ESCAPED = 'reReplaceAll "&" "&amp;" | reReplaceAll "<" "&lt;" | reReplaceAll ">" "&gt;"';

/** What a title says after alert and severity, where all alerts of the group have it in common. */
const IN_TITLE: readonly (readonly [name: string, value: string])[] = [
  ["pool", ".CommonLabels.worker_pool"],
  ["worker", ".CommonLabels.worker_id"],
  ["job", ".CommonLabels.job_id"],
  ["next action", ".CommonAnnotations.next_action"],
  ["owner", ".CommonLabels.owner"],
];

/**
 * The templates, to stand beside those of the page. `pageText` puts the text of the alert `.` into `$text`: what a template prints can
 * not be piped on.
 */
export function noticeTemplates({ links }: Policy, pageText: string): string {
  const severities = Object.entries(PAGERDUTY)
    .map(
      ([ours, theirs], index) =>
        `${index === 0 ? "{{ if" : "{{ else if"} eq .CommonLabels.severity "${ours}" }}${theirs}`,
    )
    .join("");
  return `{{ define "worker_watchdog.title" }}${titleText()}{{ $title }}{{ end }}

{{ define "worker_watchdog.slack_title" }}${titleText()}{{ $title | ${SLACK_ESCAPED} }}{{ end }}

{{ define "worker_watchdog.slack_text" }}{{ range $index, $alert := .Alerts }}{{ if $index }}

{{ end }}${pageText}{{ $text | ${SLACK_ESCAPED} }}{{ end }}{{ end }}

{{ define "worker_watchdog.html" }}<!doctype html>
<html><body>{{ range .Alerts }}
<pre style="white-space: pre-wrap">{{ template "worker_watchdog.page" . }}</pre>${htmlLinks(links)}{{ end }}
</body></html>{{ end }}

{{ define "worker_watchdog.pagerduty_severity" }}${severities}{{ else }}${PAGERDUTY.high}{{ end }}{{ end }}`;
}

/** Template text that puts the title into `$title`. */
function titleText(): string {
  const common = IN_TITLE.map(
    ([name, value]) => `{{ with ${value} }}{{ $title = printf "%s; ${name}=%s" $title . }}{{ end }}`,
  );
  const many = '{{ if gt (len .Alerts) 1 }}{{ $title = printf "%s x %d" $title (len .Alerts) }}{{ end }}';
  return `{{ $title := printf "[%s] %s (%s)" (toUpper .Status) .CommonLabels.alertname .CommonLabels.severity }}${many}${common.join("")}`;
}

/** In an e-mail one click leads on, where the policy says where to. */
function htmlLinks({ runbook, dashboard, trace }: Links): string {
  const all = [
    runbook === undefined ? "" : '<a href="{{ .Annotations.runbook_url }}">Runbook</a>',
    dashboard === undefined ? "" : '<a href="{{ .Annotations.dashboard_url }}">Dashboard</a>',
    trace === undefined
      ? ""
      : '{{ if ne .Annotations.trace_url "none" }}<a href="{{ .Annotations.trace_url }}">Trace</a>{{ end }}',
  ].filter((link) => link !== "");
  return all.length === 0 ? "" : `\n<p>${all.join(" ")}</p>`;
}
