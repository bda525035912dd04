/** The golden policy with a pipeline whose failures are told after seconds. */
import { createPolicy, type Policy, type PolicyInput } from "@worker-watchdog/sdk/policy";
import { GOLDEN_POLICY } from "./golden-policy.ts";

/** Longer than the rule groups are apart when Prometheus starts on a busy machine: what mutes may be the later one. */
const wait = { group_wait_seconds: 3 };

const OUTAGE_POLICY: PolicyInput = {
  ...GOLDEN_POLICY,
  thresholds: {
    ...GOLDEN_POLICY.thresholds,
    // Room for that wait.
    lease_remaining_minutes_warn: 0.25,
    lease_keepalive_minutes: 0.5,
    // A busy machine may hold up a job for longer than the golden scenarios' 12 s.
    progress_stall_minutes: 0.5,
  },
  severities: { critical: wait, high: wait, medium: wait },
  slo: { rule_interval_seconds: 1 },
  telemetry: { scrape_interval_seconds: 1, failing_seconds: 15, catch_up_seconds: 10 },
};

/** What the stack of the outages runs on. */
export const outagePolicy: Policy = createPolicy(OUTAGE_POLICY);

/** A lease that is renewed every few seconds, and seems to run out soon once nobody hears of it. */
export const RENEWED_LEASE_SECONDS = 35;

/** How often the dead man's switch is told here, in place of once a minute. */
export const BEAT_SECONDS = 2;

/** So long without a beat, and the service outside pages: three of them, and the time that Alertmanager holds an alert that is not sent again. */
export const SILENCE_SECONDS: number = 3 * BEAT_SECONDS + 10;
