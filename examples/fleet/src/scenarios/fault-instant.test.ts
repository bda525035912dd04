import { defaultPolicy } from "@worker-watchdog/sdk/policy";
import { expect, it } from "vitest";
import type { Activity } from "../job-service/activity.ts";
import {
  answered,
  artifactNotThere,
  type Facts,
  firstLeaseEnd,
  leaseBelowWarning,
  leaseGraceOver,
} from "./fault-instant.ts";

const seen = (at: number, command: Activity["command"], outcome: string, more: Partial<Activity> = {}): Activity => ({
  at,
  pool: "p",
  worker: "w1",
  command,
  outcome,
  ...more,
});
const facts = (change: Partial<Facts>): Facts => ({
  policy: defaultPolicy,
  activities: [],
  artifactRequests: [],
  killedAt: undefined,
  ...change,
});

it("counts answers with an outcome", () => {
  const activities = [1, 2, 3, 4].map((at) => seen(at, "claim", at === 2 ? "ok" : "no_job"));
  expect(answered("claim", "no_job", 3)(facts({ activities }))).toBe(4);
  expect(answered("claim", "no_job", 4)(facts({ activities }))).toBeUndefined();
  expect(answered(["context", "claim"], "ok")(facts({ activities }))).toBe(2);
});

it("takes the first artifact that is not there", () => {
  const artifactRequests = [
    { at: 1, method: "PUT", path: "/x", status: 201 },
    { at: 2, method: "GET", path: "/x", status: 404 },
    { at: 5, method: "GET", path: "/x", status: 404 },
  ];
  expect(artifactNotThere(facts({ artifactRequests }))).toBe(2);
});

it("takes the lease's last expiry of the first worker, whoever comes after it", () => {
  const activities = [
    seen(0, "claim", "ok", { leaseExpiresAt: 1_000 }),
    seen(5, "progress", "ok", { leaseExpiresAt: 1_005 }),
    seen(2_000, "claim", "ok", { worker: "w2", leaseExpiresAt: 3_000 }),
  ];
  expect(firstLeaseEnd(facts({ activities }))).toBe(1_005);
  expect(leaseGraceOver(facts({ activities }))).toBe(1_065);
  // 5 minutes before, but not before the cause.
  expect(leaseBelowWarning(facts({ activities }))).toBeUndefined();
  expect(leaseBelowWarning(facts({ activities, killedAt: 10 }))).toBe(705);
  expect(leaseBelowWarning(facts({ activities, killedAt: 800 }))).toBe(800);
  const refused = [...activities, seen(20, "progress", "renewal_refused")];
  expect(leaseBelowWarning(facts({ activities: refused }))).toBe(705);
});
