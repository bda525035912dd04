/** How near a lease is to its end, at the policy's boundaries (R6.5). */
import type { Thresholds } from "../policy/policy.ts";
import { LEASE_RISKS, type LeaseRisk } from "../semconv/index.ts";

type RiskThresholds = Pick<Thresholds, "lease_remaining_minutes_warn" | "lease_expired_grace_seconds">;

/** The risk with so many seconds of lease left; negative once it has run out. */
export function leaseRisk(remainingSeconds: number, thresholds: RiskThresholds): LeaseRisk {
  if (remainingSeconds >= thresholds.lease_remaining_minutes_warn * 60) return "normal";
  if (remainingSeconds > 0) return "near_expiry";
  return remainingSeconds >= -thresholds.lease_expired_grace_seconds ? "expired" : "stale";
}

/** Seconds until the risk changes by itself; undefined where it is the last one. */
export function secondsToNextRisk(remainingSeconds: number, thresholds: RiskThresholds): number | undefined {
  switch (leaseRisk(remainingSeconds, thresholds)) {
    case "normal":
      return remainingSeconds - thresholds.lease_remaining_minutes_warn * 60;
    case "near_expiry":
      return remainingSeconds;
    case "expired":
      return remainingSeconds + thresholds.lease_expired_grace_seconds;
    case "stale":
      return undefined;
  }
}

/** A stored risk; undefined for anything else. */
export function leaseRiskFrom(value: unknown): LeaseRisk | undefined {
  return LEASE_RISKS.find((risk) => risk === value);
}
