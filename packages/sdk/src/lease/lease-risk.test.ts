import { expect, it } from "vitest";
import { defaultPolicy } from "../policy/index.ts";
import { leaseRisk, leaseRiskFrom, secondsToNextRisk } from "./lease-risk.ts";

it.each([
  [900, "normal", 600],
  [300, "normal", 0],
  [299.999, "near_expiry", 299.999],
  [1, "near_expiry", 1],
  [0.001, "near_expiry", 0.001],
  [0, "expired", 60],
  [-1, "expired", 59],
  [-60, "expired", 0],
  [-60.001, "stale", undefined],
  [-3_600, "stale", undefined],
])("R6.5: %d s left are %s, and change by themselves in %s s", (left, risk, next) => {
  expect(leaseRisk(left, defaultPolicy.thresholds)).toBe(risk);
  expect(secondsToNextRisk(left, defaultPolicy.thresholds)).toBe(next);
});

it.each([
  [119, "near_expiry"],
  [120, "normal"],
  [-5, "expired"],
  [-6, "stale"],
])("R6.5: with boundaries of 2 min and 5 s, %d s left are %s", (left, risk) => {
  const thresholds = { lease_remaining_minutes_warn: 2, lease_expired_grace_seconds: 5 };
  expect(leaseRisk(left, thresholds)).toBe(risk);
});

it("reads a stored risk, and nothing else", () => {
  expect(["normal", "stale", "fine", 3, undefined].map(leaseRiskFrom)).toEqual([
    "normal",
    "stale",
    undefined,
    undefined,
    undefined,
  ]);
});
