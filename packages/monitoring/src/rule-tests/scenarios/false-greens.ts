/** Alert 12: the first unproven complete ever is a page, from one sample of the Collector's, and each job has its own. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { unix } from "../clock.ts";
import type { Firing } from "../expectation.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { attemptSeries, type EventHistory, eventLabels, unprovenSeries } from "../worker-history.ts";

type Unproven = Pick<EventHistory, "worker" | "pool" | "job" | "trace">;

export function falseGreens(policy: Policy): Scenario {
  const { ticks, ranges, leaseSeconds } = setting(policy);
  const at = 6 * ticks.step;
  const again = at + 6 * ticks.step;
  const ends = (since: number) => since + ranges.eventSeconds;
  const first: Unproven = { worker: "w1", job: "J1", trace: "t1" };
  const elsewhere: Unproven = { ...first, pool: "elsewhere" };
  const jobless: Unproven = { worker: "w2", trace: "t2" };
  const second: Unproven = { worker: "w1", job: "J2", trace: "t3" };
  const repeated: Unproven = { worker: "w3", job: "J3", trace: "t4" };
  const firing = (of: Unproven, since: number): Firing => ({ labels: eventLabels(of), value: unix(since) });
  const once = [first, elsewhere, jobless].map((of) => firing(of, at));
  return {
    name: "false_green: the first one ever, without a job, another job of the same worker, told twice, and held",
    series: [
      ...[first, elsewhere, jobless, repeated].flatMap((of) => unprovenSeries(policy, { ...of, at })),
      ...unprovenSeries(policy, { ...second, at: again }),
      // A replica's Collector saw it too, and one saw the span again after an export was repeated.
      ...unprovenSeries(policy, { ...first, replica: "2", at }),
      ...unprovenSeries(policy, { ...repeated, replica: "2", at: again }),
      // The worker's own rows neither raise nor end it: it goes on, and settles another attempt with an artifact.
      ...attemptSeries(policy, {
        worker: "w1",
        job: "J1",
        trace: "t9",
        claimedAt: again,
        leases: [[again, again + leaseSeconds]],
        verifiedAt: again + ticks.step,
        settledAt: again + 2 * ticks.step,
        until: again + 8 * ticks.step,
      }),
    ],
    expectations: [
      ...silent(["false_green"], at - ticks.step),
      ...fires("false_green", [...once, firing(repeated, at)], at, again - ticks.step),
      ...fires("false_green", [...once, firing(second, again), firing(repeated, again)], again, ends(at) - ticks.step),
      ...fires("false_green", [firing(second, again), firing(repeated, again)], ticks.from(ends(at))),
      ...silent(["false_green"], ticks.from(ends(again)), ticks.from(ends(again)) + 12 * ticks.step),
    ],
  };
}
