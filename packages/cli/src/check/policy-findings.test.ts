import { secondsOf } from "@worker-watchdog/monitoring";
import { createPolicy, defaultPolicy, type PolicyInput } from "@worker-watchdog/sdk/policy";
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { describe, expect, test } from "vitest";
import { neededSeries } from "./needed-series.ts";
import { ownerFindings, routeFindings } from "./owner-findings.ts";
import { lateFindings, pageTimes } from "./page-times.ts";

describe("page times", () => {
  const of = (input: PolicyInput, alert: string) => pageTimes(createPolicy(input)).find((time) => time.alert === alert);

  test("are made of export, rules, transport and what Alertmanager waits", () => {
    expect(of({}, "lease_expired")).toMatchObject({ firstSeconds: 30, nextSeconds: 50 });
    const pipeline = { export_interval_seconds: 1, rule_interval_seconds: 2, group_interval_seconds: 9 };
    expect(of({ pipeline }, "lease_expired")).toMatchObject({ firstSeconds: 18, nextSeconds: 18 });
    expect(of({ pipeline }, "job_not_found_after_claim")).toMatchObject({ firstSeconds: 13, nextSeconds: 17 });
  });

  test("there is none where nobody is paged", () => {
    expect(of({}, "watchdog")).toMatchObject({ firstSeconds: undefined, receiver: "dead-mans-switch" });
    expect(of({ alerts: { notify_on: [] } }, "complete_rejected")).toMatchObject({ nextSeconds: undefined });
  });

  test("the default policy's pages are all in time", () => {
    expect(lateFindings(defaultPolicy)).toEqual([]);
  });

  // The last that is late and the first that is not.
  test.each<[string, string, PolicyInput, PolicyInput]>([
    [
      "lease_expiring_with_claimed_job",
      "thresholds.lease_remaining_minutes_warn",
      { pipeline: { group_interval_seconds: 280, repeat_interval_minutes: 240 } },
      { pipeline: { group_interval_seconds: 279, repeat_interval_minutes: 240 } },
    ],
    [
      "artifact_missing",
      "thresholds.artifact_missing_lease_minutes",
      { thresholds: { artifact_missing_lease_minutes: 50 / 60 } },
      { thresholds: { artifact_missing_lease_minutes: 51 / 60 } },
    ],
    [
      "job_not_found_after_claim",
      "severities.critical.due_minutes",
      { severities: { critical: { due_minutes: 50 / 60 } } },
      { severities: { critical: { due_minutes: 51 / 60 } } },
    ],
  ])("%s is late by %s, and the numbers to change are named", (alert, key, late, inTime) => {
    const found = lateFindings(createPolicy(late)).filter((finding) => finding.subject === alert);
    expect(found[0]).toMatchObject({ level: "fail", found: expect.stringContaining(key) });
    expect(found[0]?.action).toMatch(
      new RegExp(`^Raise ${key} above [\\d.]+, or lower pipeline.group_interval_seconds`),
    );
    expect(
      lateFindings(createPolicy(inTime)).filter((finding) => finding.found.includes(key) && finding.subject === alert),
    ).toEqual([]);
  });
});

describe("owners", () => {
  test.each<[PolicyInput, string, string]>([
    [{ owners: { reports_team: {} } }, "owners.reports_team", "no alert has this owner"],
    [
      { owner: "reports_team", owners: { pls_platform_owner: { receiver: "old" } } },
      "owners.pls_platform_owner",
      "not used: owner is reports_team",
    ],
    [
      { owners: { pls_ops: { receiver: "codex_worker_maintainer" }, codex_worker_maintainer: { receiver: "b" } } },
      "owners.pls_ops",
      "has the name of an owner whose own pages go to b",
    ],
  ])("%j: %s %s", (input, subject, found) => {
    expect(ownerFindings(createPolicy(input))).toContainEqual(
      expect.objectContaining({ level: "warn", subject, found: expect.stringContaining(found) }),
    );
  });

  test.each<PolicyInput>([
    {},
    { owner: "reports_team" },
    { owners: { pls_ops: { receiver: "night" } } },
    {
      owners: { pls_ops: { receiver: "night" } },
      receivers: { night: { webhook: {} }, line: { line: { to: `U${"0".repeat(32)}` } } },
    },
  ])("nothing is odd about %j", (input) => {
    expect(ownerFindings(createPolicy(input))).toEqual([]);
  });
});

describe("routes", () => {
  test("of a policy reach every owner, past no dead route", () => {
    expect(routeFindings(defaultPolicy)).toEqual([]);
    expect(routeFindings(createPolicy({ owner: "reports_team", alerts: { notify_on: [] } }))).toEqual([]);
  });

  test("of others are judged by where they send our alerts", () => {
    const route = {
      receiver: "everyone",
      routes: [{ receiver: "everyone" }, { receiver: "pls_ops-page", matchers: ['owner="pls_ops"'] }],
    };
    const found = routeFindings(defaultPolicy, { route });
    expect(found).toContainEqual(
      expect.objectContaining({
        subject: "worker_absent",
        found: "high of pls_ops goes to everyone, not to pls_ops-page",
      }),
    );
    expect(found.at(-1)).toMatchObject({
      subject: "routes",
      found: 'nothing reaches {owner="pls_ops"} (receiver pls_ops-page): an earlier route takes it all',
    });
  });
});

describe("needed series", () => {
  const needed = new Map(neededSeries(defaultPolicy).map((series) => [series.name, series]));

  test("are told by when they are there, with the alerts that stand on them through recording rules", () => {
    expect(needed.get(METRICS.aliveAt.prometheusName)).toMatchObject({
      presence: "always",
      alerts: expect.arrayContaining(["WorkerAbsent"]),
    });
    expect(needed.get(METRICS.claimLeaseExpiresAt.prometheusName)).toMatchObject({
      presence: "job",
      alerts: expect.arrayContaining(["LeaseExpired", "LeaseExpiringWithClaimedJob"]),
    });
    expect(needed.get(METRICS.claimIncidents.prometheusName)?.presence).toBe("event");
  });

  test("no recorded series is among them", () => {
    expect([...needed.keys()].filter((name) => name.includes(":") || name === "")).toEqual([]);
  });
});

test.each([
  ["1h30m", 5400],
  ["500ms", 0.5],
  ["2d", 172_800],
  ["0s", 0],
  ["", 0],
])("%s is %i seconds", (text, seconds) => {
  expect(secondsOf(text)).toBe(seconds);
});
