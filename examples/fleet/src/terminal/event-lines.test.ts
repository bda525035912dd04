import { describe, expect, it } from "vitest";
import { type FleetEvent, FleetRecord } from "../fleet/fleet-record.ts";
import { goodPage } from "../page-receiver/good-page.ts";
import { alertChangeLines, eventLines, statusLine } from "./event-lines.ts";

const claim = (outcome: string): FleetEvent => ({
  type: "activity",
  activity: { at: 0, pool: "p", worker: "w1", command: "claim", outcome, jobId: "7c1f6f2e-1" },
});
/** Without the local time in front. */
const words = (lines: readonly string[]): readonly string[] =>
  lines.map((line) => line.replace(/^\d\d:\d\d:\d\d /, ""));

describe("eventLines", () => {
  it("tells of what is refused or empty, and not of what every job does", () => {
    expect(words(eventLines(claim("no_job")))).toEqual(["w1 claim job 7c1f6f2e: no_job"]);
    expect(eventLines(claim("ok"))).toEqual([]);
  });

  it("tells each page with its fields, its end in a line, and nothing of the dead man's switch", () => {
    const lines = (change: Parameters<typeof goodPage>[0]) =>
      eventLines({ type: "page", received: { page: goodPage(change), policy: "default", problems: [] } });
    expect(lines({})).toHaveLength(12);
    expect(words(lines({ status: "resolved" }))).toEqual([
      "page over CompleteRejected (high) to codex_worker_maintainer-page",
    ]);
    expect(lines({ alertKey: "watchdog" })).toEqual([]);
  });
});

it("tells where everybody stands", () => {
  const record = new FleetRecord();
  record.add({ type: "worker", event: { at: 0, worker: "w1", pool: "p", what: "started" } });
  record.add(claim("no_job"));
  expect(words([statusLine(record, 10)])).toEqual(["0 jobs completed; w1 no job"]);
});

it("tells of alerts that change", () => {
  const alert = { name: "LeaseExpired", severity: "high", pool: "p", worker: "w1", activeAt: 0 } as const;
  const pending = [{ ...alert, state: "pending" as const }];
  const firing = [{ ...alert, state: "firing" as const }];
  expect(words(alertChangeLines([], pending, 0))).toEqual(["alert pending: LeaseExpired of w1"]);
  expect(words(alertChangeLines(pending, firing, 0))).toEqual(["alert firing: LeaseExpired of w1"]);
  expect(alertChangeLines(firing, firing, 0)).toEqual([]);
  expect(words(alertChangeLines(firing, [], 0))).toEqual(["alert over: LeaseExpired of w1"]);
});
