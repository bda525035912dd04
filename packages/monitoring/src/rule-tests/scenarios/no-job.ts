/** Alert 5: claims that give no job, counted for each worker by its newest process. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { lifeSeries, workerLabels } from "../worker-history.ts";

export function noJob(policy: Policy): Scenario {
  const { ticks, ranges } = setting(policy);
  const needed = policy.thresholds.repeated_no_job_warn_count;
  const every = 6 * ticks.step;
  const empty = Array.from({ length: needed }, (_, index) => [index * every, index + 1] as const);
  const reached = (needed - 1) * every;
  const claimed = reached + every;
  const horizon = reached + ranges.streakSeconds + 12 * ticks.step;
  const firing = (worker: string) => ({ labels: workerLabels({ worker }), value: needed });
  return {
    name: "repeated_no_job: below, at, a job at last, a death, a restart",
    series: [
      ...lifeSeries(policy, { worker: "gets-job", from: 0, until: horizon, claims: [...empty, [claimed, 0]] }),
      ...lifeSeries(policy, { worker: "below", from: 0, until: horizon, claims: empty.slice(0, -1) }),
      ...lifeSeries(policy, { worker: "dies", from: 0, until: reached, claims: empty }),
      // The successor has another instance id and a job: the old process's streak is history.
      ...lifeSeries(policy, { worker: "restarts", instance: "old", from: 0, until: reached, claims: empty }),
      ...lifeSeries(policy, {
        worker: "restarts",
        instance: "new",
        from: claimed,
        until: horizon,
        claims: [[claimed, 0]],
      }),
    ],
    expectations: [
      ...silent(["repeated_no_job"], 0, reached - ticks.step),
      ...fires(
        "repeated_no_job",
        [firing("gets-job"), firing("dies"), firing("restarts")],
        reached,
        claimed - ticks.step,
      ),
      ...fires("repeated_no_job", [firing("dies")], claimed, ticks.upTo(reached + ranges.streakSeconds - ticks.step)),
      ...silent(["repeated_no_job"], ticks.after(reached + ranges.streakSeconds) + ticks.step),
    ],
  };
}
