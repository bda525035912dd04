/** What is wrong with a page: each field of R4.1, the words of its first line, its due time, its receiver, and no credential anywhere. */
import { ALERTS, receiverOf } from "@worker-watchdog/monitoring";
import type { Policy, Severity } from "@worker-watchdog/sdk/policy";
import type { Page } from "./page.ts";

/** Fields that every page has. */
const ALWAYS = [
  "alertName",
  "alertKey",
  "severity",
  "owner",
  "phase",
  "state",
  "job",
  "worker",
  "evidence",
  "evidenceRef",
  "nextAction",
  "due",
  "runbook",
  "dashboard",
  "trace",
] as const satisfies readonly (keyof Page)[];

/** Fields that an alert about a job, or about a worker, has to name. */
const OF_JOB = ["job", "worker", "evidence", "evidenceRef", "trace"] as const satisfies readonly (keyof Page)[];
const OF_WORKER = ["worker", "evidence"] as const satisfies readonly (keyof Page)[];

const TRACE_ID = /[0-9a-f]{32}/;
const CREDENTIAL = /bearer\s+\S|\bsk-[a-z0-9]{8}|password=|token=\S/i;

/** What is wrong with a page under a policy, in words; empty for a page that is as it must be. */
export function pageProblems(page: Page, policy: Policy): readonly string[] {
  const alert = ALERTS.find(({ key }) => key === page.alertKey);
  if (alert === undefined) return [`alert_key is ${JSON.stringify(page.alertKey)}, which is no alert of the policy`];
  const named = alert.scope === "attempt" ? OF_JOB : alert.scope === "worker" ? OF_WORKER : [];
  const owner = alert.owner === "pls_platform_owner" ? policy.owner : alert.owner;
  const problems = [
    ...ALWAYS.filter((field) => page[field] === "").map((field) => `${field} is empty`),
    ...ALWAYS.filter((field) => /<no value>|\{\{/.test(page[field])).map((field) => `${field} is not filled in`),
    ...named.filter((field) => page[field] === "none").map((field) => `${field} is none`),
    ...different("owner", page.owner, owner),
    ...different("receiver", page.receiver, receiverOf(owner, alert.severity, policy)),
    ...different("severity", page.severity, alert.severity),
    ...different("next action", page.nextAction, alert.nextAction),
  ];
  if (alert.scope === "attempt" && !TRACE_ID.test(page.trace)) problems.push("trace holds no trace id");
  if (CREDENTIAL.test(page.text)) problems.push("the text holds what looks like a credential");
  return [...problems, ...lineProblems(page, policy), ...dueProblems(page, policy)];
}

function lineProblems(page: Page, policy: Policy): readonly string[] {
  const [line = "", ...rest] = page.text.split("\n");
  const { state, job, evidence, nextAction, owner, due } = page;
  const end = `. State=${state}; job=${job}; evidence=${evidence}; next action=${nextAction}; owner=${owner}; due=${due}`;
  const problems: string[] = [];
  if (!line.startsWith(`${policy.alerts.page_prefix}: `)) problems.push("the first line has another prefix");
  if (!line.endsWith(end)) problems.push(`the first line does not end in ${JSON.stringify(end)}`);
  for (const field of ["worker", "phase", "evidenceRef", "runbook", "dashboard", "trace"] as const) {
    if (!rest.join("\n").includes(page[field])) problems.push(`the text leaves out ${field}`);
  }
  return problems;
}

/** The due time is the alert's start and its severity's minutes, with the offset of the policy's zone. */
function dueProblems(page: Page, policy: Policy): readonly string[] {
  const minutes = policy.severities[page.severity as Severity]?.due_minutes;
  if (minutes === undefined) return [];
  if (!/[+-]\d\d:\d\d$/.test(page.due)) return ["due has no offset"];
  const offSeconds = Date.parse(page.due) / 1_000 - (page.startsAt + minutes * 60);
  // The text has whole seconds.
  return Math.abs(offSeconds) <= 1 ? [] : [`due is ${offSeconds.toFixed(0)} s off`];
}

function different(field: string, found: string, wanted: string): readonly string[] {
  return found === wanted ? [] : [`${field} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`];
}
