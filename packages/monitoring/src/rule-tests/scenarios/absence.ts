/** Alert 14: no sign of life, no running lease, no clean stop. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { unix } from "../clock.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { attemptSeries, type LifeHistory, lifeSeries, workerLabels } from "../worker-history.ts";

export function absence(policy: Policy): Scenario {
  const { ticks, ranges } = setting(policy);
  const lastSeen = 3 * ticks.step;
  const limit = lastSeen + ranges.absentSeconds;
  const back = ticks.after(limit) + 6 * ticks.step;
  const open = lastSeen + ranges.aliveSeconds;
  const closed = ticks.after(lastSeen + ranges.stoppedSeconds) + 6 * ticks.step;
  // Each twice: as one of many, and as the only worker of its pool.
  const pools = [undefined, "only"];
  const poolOf = (worker: string, pool: string | undefined) => (pool === undefined ? undefined : `${pool}-${worker}`);
  const life = (worker: string, history: Omit<LifeHistory, "worker" | "pool">) =>
    pools.flatMap((pool) => lifeSeries(policy, { worker, pool: poolOf(worker, pool), ...history }));
  const firing = (...workers: readonly string[]) =>
    workers.flatMap((worker) =>
      pools.map((pool) => ({
        severity: pool === undefined ? ("medium" as const) : ("high" as const),
        labels: workerLabels({ worker, pool: poolOf(worker, pool) }),
        value: unix(lastSeen),
      })),
    );
  const seen = (
    worker: string,
    extra: { instance?: string; replica?: string; stoppedAt?: number; until?: number } = {},
  ) => life(worker, { from: lastSeen, until: lastSeen, ...extra });
  const holds = (who: { worker: string; pool?: string | undefined }, until: number) =>
    attemptSeries(policy, {
      ...who,
      job: "J1",
      trace: "t1",
      claimedAt: lastSeen,
      leases: [[lastSeen, until]],
      verifiedAt: lastSeen,
      until: lastSeen,
    });
  // A lease that ends at a tick: absent from that tick on.
  const held = ticks.after(limit) + 2 * ticks.step;
  return {
    name: "worker_absent: dead, back again, stopped cleanly, seen by two replicas",
    series: [
      ...seen("dies", { replica: "1" }),
      ...seen("dies", { replica: "2" }),
      // One replica has an older sign of life: the newest one counts.
      ...life("dies", { replica: "3", from: 0, until: 0 }),
      ...seen("returns", { instance: "old" }),
      ...life("returns", { instance: "new", from: back, until: closed }),
      // A lease that still runs holds the page back, for its own worker and in its own pool alone.
      ...seen("holds"),
      ...seen("held"),
      ...pools.flatMap((pool) => [
        ...holds({ worker: "holds", pool: poolOf("holds", pool) }, open + ranges.absentSeconds),
        ...holds({ worker: "held", pool: poolOf("held", pool) }, held),
      ]),
      ...holds({ worker: "dies", pool: "elsewhere" }, open + ranges.absentSeconds),
      ...lifeSeries(policy, {
        worker: "dies",
        pool: "elsewhere",
        from: lastSeen,
        until: lastSeen,
        stoppedAt: lastSeen,
      }),
      ...seen("stops", { stoppedAt: lastSeen }),
      // Stopped, started again, and stopped again.
      ...life("stops-again", { from: 0, until: ticks.step, stoppedAt: ticks.step }),
      ...life("stops-again", { instance: "second", from: 2 * ticks.step, until: lastSeen, stoppedAt: lastSeen }),
      // Stopped once, started again, then died: the old stop does not excuse it.
      ...life("stopped-before", { from: 0, until: ticks.step, stoppedAt: ticks.step }),
      ...life("stopped-before", { instance: "second", from: lastSeen, until: lastSeen }),
    ],
    expectations: [
      ...silent(["worker_absent"], lastSeen, ticks.upTo(limit)),
      ...fires("worker_absent", firing("dies", "returns", "stopped-before"), ticks.after(limit), held - ticks.step),
      ...fires("worker_absent", firing("dies", "returns", "stopped-before", "held"), held, back - ticks.step),
      ...fires("worker_absent", firing("dies", "stopped-before", "held"), back, ticks.upTo(open - ticks.step)),
      ...silent(["worker_absent"], ticks.after(open) + 2 * ticks.step, closed),
    ],
  };
}
