import { ALERTS } from "@worker-watchdog/monitoring";
import { defaultPolicy, loadPolicyFile, pageLatencySeconds } from "@worker-watchdog/sdk/policy";
import { describe, expect, it } from "vitest";
import { policyFileOf } from "../fleet/monitored-stack.ts";
import { SCENARIO_NAMES } from "./scenario.ts";
import { SCENARIOS, scenariosNamed } from "./scenario-table.ts";

describe("the scenarios", () => {
  it("are one or more for each name, each in a pool of its own", () => {
    expect(new Set(SCENARIOS.map(({ name }) => name))).toEqual(new Set(SCENARIO_NAMES));
    expect(new Set(SCENARIOS.map(({ pool }) => pool)).size).toBe(SCENARIOS.length);
    expect(scenariosNamed("complete-rejected")).toHaveLength(2);
  });

  it.each(SCENARIOS.flatMap((scenario) => scenario.pages.map((page) => ({ pool: scenario.pool, ...page }))))(
    "$pool expects $alert of its owner and severity",
    ({ alert, owner, severity, overAt, mustEnd }) => {
      expect(ALERTS.find(({ key }) => key === alert)).toMatchObject({ owner, severity });
      if (mustEnd) expect(overAt).toBeDefined();
    },
  );

  it.each(SCENARIOS)(
    "$pool has the time for all that it waits for",
    ({ policy, pages, quietSeconds, jobs, timeoutSeconds }) => {
      const { thresholds, pipeline, severities } = loadPolicyFile(policyFileOf(policy));
      const pageSeconds = Math.max(
        0,
        ...pages.map(({ severity }) => pageLatencySeconds({ pipeline, severities }, severity)),
      );
      const buildSeconds = Math.max(0, ...jobs.map(({ buildSeconds = 4 }) => Math.min(buildSeconds, 60)));
      const expiry = pages.some(({ alert }) => alert === "lease_expired");
      const leaseSeconds = expiry ? (jobs[0]?.leaseSeconds ?? 0) + thresholds.lease_expired_grace_seconds : 0;
      const endSeconds = pages.some(({ mustEnd }) => mustEnd) ? 60 + pipeline.group_interval_seconds : 0;
      expect(timeoutSeconds).toBeGreaterThan(pageSeconds + buildSeconds + leaseSeconds + endSeconds + quietSeconds);
      // All of them run side by side, and all of it is over within 8 minutes.
      expect(timeoutSeconds).toBeLessThan(400);
    },
  );

  it("run on the policy that users get, but for what waits for an expiry", () => {
    const { artifact, ...rest } = loadPolicyFile(policyFileOf("default"));
    const { artifact: defaultArtifact, ...defaultRest } = defaultPolicy;
    expect(rest).toEqual(defaultRest);
    expect(artifact).toEqual({ ...defaultArtifact, allowed_private_hosts: ["127.0.0.1"] });
    const short = SCENARIOS.filter(({ policy }) => policy === "short-leases");
    expect(short.map(({ pool }) => pool)).toEqual(["worker-killed"]);
    // Pages go out as fast there: only leases are shorter.
    const { thresholds: _short, ...shortRest } = loadPolicyFile(policyFileOf("short-leases"));
    const { thresholds: _default, ...fileRest } = loadPolicyFile(policyFileOf("default"));
    expect(shortRest).toEqual(fileRest);
  });
});
