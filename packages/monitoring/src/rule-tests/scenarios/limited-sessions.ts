/** Alert 11 where a wait for a limit's reset is over and nobody said that the session works again, or that it is dead. */
import { detectionSeconds, type Policy } from "@worker-watchdog/sdk/policy";
import { unix } from "../clock.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { type AttemptHistory, attemptLabels, attemptSeries } from "../worker-history.ts";

export function limitedSessions(policy: Policy): Scenario {
  const { ticks, ranges, leaseSeconds } = setting(policy);
  const at = 2 * ticks.step;
  const waitsUntil = at + 12 * ticks.step;
  const overdue = ticks.after(waitsUntil + detectionSeconds(policy));
  const attempt = (worker: string) => ({ worker, job: `J-${worker}`, trace: `t-${worker}` });
  const history = (worker: string, over: Partial<AttemptHistory> = {}) =>
    attemptSeries(policy, {
      ...attempt(worker),
      claimedAt: 0,
      leases: [[0, leaseSeconds]],
      limit: { at, until: waitsUntil },
      until: at,
      ...over,
    });
  const back = overdue + 6 * ticks.step;
  const firing = (worker: string, reason = "limit_unknown", value = unix(waitsUntil)) => ({
    severity: "high" as const,
    labels: { ...attemptLabels(attempt(worker)), kind: "session_dead", reason },
    value,
  });
  const dead = { kind: "session_dead", reason: "usage_limit", at: waitsUntil } as const;
  const told = firing("told", "usage_limit", 1);
  const before = { ...firing("again", "usage_limit", 1) };
  const said = [told, { ...before, labels: { ...before.labels, trace_id: "t-before" } }];
  const left = ["nobody-left", "again", "fails"].map((worker) => firing(worker));
  const ends = at + ranges.openSeconds;
  return {
    name: "session_dead: a wait that is over, in time, too late, with its death told, and with nobody left to tell",
    series: [
      ...history("nobody-left"),
      // A replica that lags behind has heard of an earlier reset alone, and that it came.
      ...history("nobody-left", {
        replica: "2",
        limit: { at, until: waitsUntil - 3 * ticks.step, clearedAt: waitsUntil - 3 * ticks.step },
        until: waitsUntil - 3 * ticks.step,
      }),
      ...history("in-time", {
        replica: "2",
        limit: { at, until: waitsUntil - 3 * ticks.step, clearedAt: waitsUntil - 3 * ticks.step },
        until: waitsUntil - 3 * ticks.step,
      }),
      ...history("in-time", { limit: { at, until: waitsUntil, clearedAt: waitsUntil }, until: waitsUntil }),
      ...history("too-late", { limit: { at, until: waitsUntil, clearedAt: back }, until: back }),
      // The death is told by its process: one page, not two.
      ...history("told", { incidents: [dead], until: waitsUntil }),
      // Another death in another attempt of the same worker at the job, which it told, says nothing about this one.
      ...history("again"),
      ...attemptSeries(policy, {
        ...attempt("again"),
        trace: "t-before",
        claimedAt: 0,
        leases: [[0, leaseSeconds]],
        settledAt: at,
        incidents: [dead],
        until: waitsUntil,
      }),
      // Something else went wrong there.
      ...history("fails", { incidents: [{ ...dead, kind: "phase_failed", at }] }),
    ],
    expectations: [
      ...silent(["session_dead"], at, waitsUntil - ticks.step),
      ...fires("session_dead", said, waitsUntil, overdue - ticks.step),
      ...fires("session_dead", [...said, ...left, firing("too-late")], overdue, back - ticks.step),
      ...fires("session_dead", [...said, ...left], back),
      ...fires("session_dead", left, ticks.upTo(ends - ticks.step)),
      ...silent(["session_dead"], ticks.after(ends), ticks.after(at + ranges.closeSeconds) + 6 * ticks.step),
    ],
  };
}
