/** Page n of R11: the alert of R4, delivered to its owner's receiver, with every field of R4.1. */
import { ALERTS, type WatchdogAlertKey } from "@worker-watchdog/monitoring";
import type { Severity } from "@worker-watchdog/sdk/policy";
import { expect } from "vitest";
import type { Page } from "../page-inbox.ts";
import { poll } from "../poll.ts";
import { goldenPolicy } from "./golden-policy.ts";
import type { GoldenStack } from "./golden-stack.ts";

/** What a scenario's page must say. */
export interface ExpectedPage {
  readonly alert: WatchdogAlertKey;
  /** Default: the alert's gravest. */
  readonly severity?: Severity | undefined;
  readonly worker: string;
  /** The job that it names; undefined: `none`. */
  readonly job?: string | undefined;
  /** The trace that it leads to; undefined: `none`. */
  readonly trace?: string | undefined;
  /** The phase, where it is not the alert's own. */
  readonly phase?: string | undefined;
  readonly reason?: string | undefined;
}

/** Waits for a page of `pool` that names that alert, worker and job. */
export async function pageOf(
  { inbox }: GoldenStack,
  pool: string,
  { alert: key, worker, job }: Pick<ExpectedPage, "alert" | "worker" | "job">,
): Promise<Page> {
  const { name } = definition(key);
  return poll(
    `page ${name} of ${pool}`,
    () =>
      inbox.pages.find(
        ({ status, labels }) =>
          status === "firing" &&
          labels["alertname"] === name &&
          labels["worker_pool"] === pool &&
          labels["worker_id"] === worker &&
          (job === undefined || labels["job_id"] === job),
      ),
    { last: () => inbox.told(pool) },
  );
}

/** Waits for the page, and holds it to every field. */
export async function expectPage(golden: GoldenStack, pool: string, expected: ExpectedPage): Promise<Page> {
  const page = await pageOf(golden, pool, expected);
  const { name, key, owner, nextAction, severity: gravest } = definition(expected.alert);
  const { worker, job, trace, phase, reason, severity = gravest } = expected;
  expect(page.receiver).toBe(`${owner}-${severity === "medium" ? "message" : "page"}`);
  expect(page.labels).toMatchObject({ alert_key: key, owner, severity, worker_id: worker, worker_pool: pool });
  expect([page.labels["job_id"], page.labels["trace_id"]]).toEqual([job, trace]);
  if (phase !== undefined) expect(page.labels["phase"]).toBe(phase);
  if (reason !== undefined) expect(page.labels["reason"]).toBe(reason);

  const dueMillis = Date.parse(page.startsAt) + goldenPolicy.severities[severity].due_minutes * 60_000;
  expect(Math.abs(Date.parse(page.due) - dueMillis)).toBeLessThan(1_000);
  expect(page.due).toMatch(/\+08:00$/);
  const [first = "", ...rest] = page.text.split("\n");
  const { opening, state, evidence } = page.annotations;
  expect(first).toBe(
    `PLS worker stability alert: ${opening}. State=${state}; job=${job ?? "none"}; evidence=${evidence}; ` +
      `next action=${nextAction}; owner=${owner}; due=${page.due}`,
  );
  if (expected.alert !== "session_dead" && expected.alert !== "worker_absent")
    expect(opening).toBe("worker is alive but project advancement is blocked");
  expect(state?.length).toBeGreaterThan(10);
  expect(evidence).toMatch(trace === undefined ? /\S/ : new RegExp(trace));
  const { dashboard, runbook } = goldenPolicy.links;
  expect(rest).toEqual([
    expect.stringMatching(new RegExp(`^Alert: ${name} \\(${severity}\\), firing since \\d{4}-`)),
    expect.stringMatching(/^Summary: .{10,}\.$/),
    `Worker: ${worker}; pool: ${pool}; phase: ${page.labels["phase"]}`,
    `Evidence: ${trace === undefined ? "none" : `attempt:${trace}`}`,
    `Runbook: ${runbook}#${key}`,
    `Dashboard: ${dashboard}/d/worker-watchdog-worker?var-pool=${pool}&var-worker=${worker}`,
    `Trace: ${trace === undefined ? "none" : `https://traces.example.com/${trace}`}`,
  ]);
  expect(page.text).not.toMatch(/<no value>|\{\{|%!/);
  return page;
}

function definition(key: WatchdogAlertKey): (typeof ALERTS)[number] {
  const found = ALERTS.find((alert) => alert.key === key);
  if (found === undefined) throw new Error(`The table has no alert ${key}.`);
  return found;
}
