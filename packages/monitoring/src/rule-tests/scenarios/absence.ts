/** Alert 14: no sign of life, no running lease, no clean stop. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { unix } from "../clock.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { attemptSeries, lifeSeries, workerLabels } from "../worker-history.ts";

export function absence(policy: Policy): Scenario {
  const { ticks, ranges } = setting(policy);
  const lastSeen = 3 * ticks.step;
  const limit = lastSeen + ranges.absentSeconds;
  const back = ticks.after(limit) + 3 * ticks.step;
  const open = lastSeen + ranges.aliveSeconds;
  const closed = ticks.after(lastSeen + ranges.stoppedSeconds) + 6 * ticks.step;
  // One of many: a message.
  const firing = (worker: string) => ({
    severity: "medium" as const,
    labels: workerLabels({ worker }),
    value: unix(lastSeen),
  });
  const seen = (
    worker: string,
    extra: { instance?: string; replica?: string; stoppedAt?: number; until?: number } = {},
  ) => lifeSeries(policy, { worker, from: lastSeen, until: lastSeen, ...extra });
  return {
    name: "worker_absent: dead, back again, stopped cleanly, seen by two replicas",
    series: [
      ...seen("dies", { replica: "1" }),
      ...seen("dies", { replica: "2" }),
      // One replica has an older sign of life: the newest one counts.
      ...lifeSeries(policy, { worker: "dies", replica: "3", from: 0, until: 0 }),
      ...seen("returns", { instance: "old" }),
      ...lifeSeries(policy, { worker: "returns", instance: "new", from: back, until: closed }),
      // A lease that still runs holds the page back, for its own worker and in its own pool alone.
      ...seen("holds"),
      ...[{ worker: "holds" }, { worker: "dies", pool: "elsewhere" }].flatMap((who) =>
        attemptSeries(policy, {
          ...who,
          job: "J1",
          trace: "t1",
          claimedAt: lastSeen,
          leases: [[lastSeen, open + ranges.absentSeconds]],
          verifiedAt: lastSeen,
          until: lastSeen,
        }),
      ),
      ...lifeSeries(policy, {
        worker: "dies",
        pool: "elsewhere",
        from: lastSeen,
        until: lastSeen,
        stoppedAt: lastSeen,
      }),
      ...seen("stops", { stoppedAt: lastSeen }),
      // Stopped once, started again, then died: the old stop does not excuse it.
      ...lifeSeries(policy, { worker: "stopped-before", from: 0, until: ticks.step, stoppedAt: ticks.step }),
      ...lifeSeries(policy, { worker: "stopped-before", instance: "second", from: lastSeen, until: lastSeen }),
    ],
    expectations: [
      ...silent(["worker_absent"], lastSeen, ticks.upTo(limit)),
      ...fires(
        "worker_absent",
        [firing("dies"), firing("returns"), firing("stopped-before")],
        ticks.after(limit),
        back - ticks.step,
      ),
      ...fires("worker_absent", [firing("dies"), firing("stopped-before")], back, ticks.upTo(open - ticks.step)),
      ...silent(["worker_absent"], ticks.after(open) + 2 * ticks.step, closed),
    ],
  };
}
