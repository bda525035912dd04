/** Page n of R11: the alert of R4, delivered to its owner's receiver, with every field of R4.1. */
import { ALERTS, type WatchdogAlertKey } from "@worker-watchdog/monitoring";
import type { Policy, Severity } from "@worker-watchdog/sdk/policy";
import { expect } from "vitest";
import type { Page, PageInbox } from "../page-inbox.ts";
import { poll } from "../poll.ts";
import { goldenPolicy } from "./golden-policy.ts";

/** What a scenario's page must say. */
export interface ExpectedPage {
  readonly alert: WatchdogAlertKey;
  /** Default: the alert's gravest. */
  readonly severity?: Severity | undefined;
  /** The worker that it names; undefined: it is the pool's, and reads `none`. */
  readonly worker?: string | undefined;
  /** The job that it names; undefined: `none`. */
  readonly job?: string | undefined;
  /** The trace that it leads to; undefined: `none`. */
  readonly trace?: string | undefined;
  /** The phase, where it is not the alert's own. */
  readonly phase?: string | undefined;
  readonly reason?: string | undefined;
}

/** Waits for what was told of an alert of `pool` (undefined: the pipeline's own), worker and job; of one trace or for one reason, where they are given. */
export async function pageOf(
  inbox: PageInbox,
  pool: string | undefined,
  { alert: key, worker, job, trace, reason }: Omit<ExpectedPage, "severity" | "phase">,
  status: Page["status"] = "firing",
): Promise<Page> {
  const { name } = definition(key);
  return poll(
    `${status} page ${name} of ${pool ?? "the pipeline"}`,
    () =>
      inbox.pages.find(
        ({ status: is, labels }) =>
          is === status &&
          labels["alertname"] === name &&
          labels["worker_pool"] === pool &&
          labels["worker_id"] === worker &&
          labels["job_id"] === job &&
          (trace === undefined || labels["trace_id"] === trace) &&
          (reason === undefined || labels["reason"] === reason),
      ),
    { last: () => inbox.told(pool) },
  );
}

/** Waits for the page, and holds it to every field. */
export async function expectPage(
  inbox: PageInbox,
  pool: string | undefined,
  expected: ExpectedPage,
  policy: Policy = goldenPolicy,
): Promise<Page> {
  const page = await pageOf(inbox, pool, expected);
  const { name, key, owner, nextAction, severity: gravest } = definition(expected.alert);
  const { worker, job, trace, phase, severity = gravest } = expected;
  expect(page.receiver).toBe(`${owner}-${severity === "medium" ? "message" : "page"}`);
  expect(page.labels).toMatchObject({ alert_key: key, owner, severity });
  const named = ["worker_pool", "worker_id", "job_id", "trace_id"].map((label) => page.labels[label]);
  expect(named).toEqual([pool, worker, job, trace]);
  if (phase !== undefined) expect(page.labels["phase"]).toBe(phase);

  const dueMillis = Date.parse(page.startsAt) + policy.severities[severity].due_minutes * 60_000;
  expect(Math.abs(Date.parse(page.due) - dueMillis)).toBeLessThan(1_000);
  expect(page.due).toMatch(/\+08:00$/);
  const [first = "", ...rest] = page.text.split("\n");
  const { opening, state, evidence } = page.annotations;
  expect(first).toBe(
    `PLS worker stability alert: ${opening}. State=${state}; job=${job ?? "none"}; evidence=${evidence}; ` +
      `next action=${nextAction}; owner=${owner}; due=${page.due}`,
  );
  const hasOwnWords = expected.alert === "session_dead" || expected.alert === "worker_absent" || pool === undefined;
  if (!hasOwnWords) expect(opening).toBe("worker is alive but project advancement is blocked");
  expect(state?.length).toBeGreaterThan(10);
  expect(evidence).toMatch(trace === undefined ? /\S/ : new RegExp(trace));
  const links = linksOf(policy, pool, expected);
  expect(rest).toEqual([
    expect.stringMatching(new RegExp(`^Alert: ${name} \\(${severity}\\), firing since \\d{4}-`)),
    expect.stringMatching(/^Summary: .{10,}\.$/),
    `Worker: ${worker ?? "none"}; pool: ${pool ?? "none"}; phase: ${page.labels["phase"]}`,
    `Evidence: ${trace === undefined ? "none" : `attempt:${trace}`}`,
    `Runbook: ${links.runbook}`,
    `Dashboard: ${links.dashboard}`,
    `Trace: ${links.trace}`,
  ]);
  expect(page.text).not.toMatch(/<no value>|\{\{|%!/);
  return page;
}

/** Addresses where the policy has them; else the runbook's file, the dashboard's UID and the trace id. */
function linksOf(
  { links }: Policy,
  pool: string | undefined,
  { alert, worker, trace }: ExpectedPage,
): Readonly<Record<"runbook" | "dashboard" | "trace", string>> {
  // What has no worker is of a pool, or of the pipeline.
  const without = pool === undefined ? "worker-watchdog-pipeline" : "worker-watchdog-fleet";
  const uid = worker === undefined ? without : "worker-watchdog-worker";
  const variables = [
    ...(pool === undefined ? [] : [`var-pool=${pool}`]),
    ...(worker === undefined ? [] : [`var-worker=${worker}`]),
  ];
  const query = variables.length === 0 ? "" : `?${variables.join("&")}`;
  return {
    runbook: links.runbook === undefined ? `prometheus-rules/runbooks/${alert}.md` : `${links.runbook}#${alert}`,
    dashboard: links.dashboard === undefined ? uid : `${links.dashboard}/d/${uid}${query}`,
    trace: trace === undefined ? "none" : (links.trace?.replace("{trace_id}", trace) ?? trace),
  };
}

function definition(key: WatchdogAlertKey): (typeof ALERTS)[number] {
  const found = ALERTS.find((alert) => alert.key === key);
  if (found === undefined) throw new Error(`The table has no alert ${key}.`);
  return found;
}
