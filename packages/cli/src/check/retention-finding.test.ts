import { createPolicy } from "@worker-watchdog/sdk/policy";
import { expect, test } from "vitest";
import { retentionFinding } from "./retention-finding.ts";

test.each([
  ["15d", "warn", /^15d: .* 30 days/],
  ["4w1d23h59m", "warn", /^4w1d23h59m: /],
  ["30d", "ok", /^30d, /],
  ["1y or 10GiB", "ok", /^1y, /],
  ["3d", "warn", /^3d: /],
  ["2d23h", "fail", /^2d23h: .* 4320 min/],
  ["10GiB", "ok", /^10GiB: no bound in time$/],
  ["", "ok", /^not said: /],
])("%j is %s", (retention, level, found) => {
  expect(retentionFinding(retention, createPolicy({}))).toMatchObject({
    level,
    found: expect.stringMatching(found),
  });
});

test("a longer period needs more", () => {
  const finding = retentionFinding("31d", createPolicy({ slo: { period_days: 32 } }));
  expect(finding).toMatchObject({ level: "warn", action: expect.stringContaining("retention.time=33d") });
});
