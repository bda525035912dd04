import { describe, expect, it } from "vitest";
import type { RunVerdict } from "./run-scenarios.ts";
import { verdictJson, verdictTable } from "./verdict-table.ts";

const page = { alert: "lease_expired", owner: "pls_ops", severity: "high", faultIs: "lease over" };
const quiet = { policy: "default", completedJobs: 4, seconds: 60, problems: [], pages: [] };
const verdict: RunVerdict = {
  passed: false,
  problems: ["the dead man's switch of default was not heard"],
  scenarios: [
    { ...quiet, scenario: "healthy", passed: true, pagesExpected: [], pagesSeen: [] },
    {
      ...quiet,
      scenario: "killed",
      passed: false,
      pagesExpected: ["lease_expired", "worker_absent"],
      pagesSeen: ["lease_expired", "repeated_no_job"],
      pages: [
        { ...page, faultAt: 1, receivedAt: 13.26, secondsToPage: 12.26, minutesBeforeExpiry: 4.51 },
        { ...page, alert: "worker_absent" },
      ],
      problems: ["page repeated_no_job came, and must not"],
    },
  ],
};

describe("verdictTable", () => {
  it("has a row for each page, expected or not, and ends with what is wrong", () => {
    expect(verdictTable(verdict)).toEqual([
      "scenario  pages expected  pages seen       owner    fault to page",
      "--------  --------------  ---------------  -------  -----------------------------  ------",
      "healthy   none            none                                                     ok",
      "killed    lease_expired   lease_expired    pls_ops  12.3 s, 4.5 min before expiry  FAILED",
      "          worker_absent   none             pls_ops",
      "          none            repeated_no_job",
      "",
      "! killed: page repeated_no_job came, and must not",
      "! the dead man's switch of default was not heard",
    ]);
  });

  it("becomes blocks where it would be too wide", () => {
    const lines = verdictTable(verdict, 60);
    expect(lines.slice(0, 7)).toEqual([
      "healthy: ok",
      "  pages expected  none",
      "  pages seen      none",
      "killed: FAILED",
      "  pages expected  lease_expired",
      "  pages seen      lease_expired",
      "  owner           pls_ops",
    ]);
  });
});

it("is JSON with times in unix seconds, to the millisecond", () => {
  const run = { startedAt: 1_700_000_000.123456, seconds: 61, policies: { default: "version: x\n" } };
  expect(JSON.parse(verdictJson(verdict, run))).toMatchObject({
    version: 1,
    startedAt: 1_700_000_000.123,
    passed: false,
    policies: { default: "version: x\n" },
    scenarios: [{ scenario: "healthy" }, { pages: [{ secondsToPage: 12.26 }, {}] }],
  });
});
