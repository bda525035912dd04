/** R4.7: one worker of many is a message; the whole pool, or a share of it and so many workers, is a page for the pool. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { IncidentKind } from "@worker-watchdog/sdk/semconv";
import { unix } from "../clock.ts";
import type { Expectation, Firing } from "../expectation.ts";
import { fires, LOOKBACK_SECONDS, type Scenario, setting, silent } from "../scenario.ts";
import {
  attemptSeries,
  type EventHistory,
  eventLabels,
  eventSeries,
  lifeSeries,
  workerLabels,
} from "../worker-history.ts";

/** Workers that a page for a pool of \`size\` needs. */
export function needed({ thresholds }: Policy, size: number): number {
  const share = Math.max(
    Math.ceil((thresholds.pool_affected_percent / 100) * size),
    thresholds.pool_affected_min_workers,
  );
  return size === 1 ? Number.POSITIVE_INFINITY : Math.min(size, share);
}

/** Workers of a pool of `size`. */
export const names = (size: number): readonly string[] => Array.from({ length: size }, (_, index) => `w${index}`);

/** Alerts 10 and 15, by events, in pools of several sizes: one worker below what is needed, and as many as that. */
export function poolShares(policy: Policy): Scenario {
  const { ticks } = setting(policy);
  const at = 3 * ticks.step;
  const sizes = [1, 2, 3, 6, 20];
  const pools = sizes.flatMap((size) => {
    const enough = needed(policy, size);
    const counts = size === 1 ? [1] : [enough - 1, enough];
    return counts.map((count) => ({ pool: `of-${size}-${count}`, size, count, isPage: count >= enough }));
  });
  // The trouble of one of two ends.
  const recovers = { pool: "recovers", size: 2, count: 2, isPage: true };
  const cleared = at + 4 * ticks.step;
  pools.push(recovers);
  const event = (pool: string, worker: string, kind: IncidentKind, reason: string): EventHistory => {
    const clearedAt = pool === recovers.pool && worker === "w0" ? cleared : undefined;
    return {
      pool,
      worker,
      trace: `t-${worker}`,
      incidents: [{ kind, reason, at, clearedAt }],
      until: clearedAt ?? at,
    };
  };
  const cases = [
    { alert: "phase_failed", reason: "doctor", severity: "high" },
    { alert: "phase_failed", reason: "build", severity: "medium" },
    { alert: "repair_exhausted", reason: "transport", severity: "high" },
  ] as const;
  const expectations = (["phase_failed", "repair_exhausted"] as const).flatMap((alert): readonly Expectation[] => {
    const of = cases.filter((each) => each.alert === alert);
    const single = of.flatMap(({ reason, severity }) =>
      pools.flatMap(({ pool, size, count }) =>
        names(count).map(
          (worker): Firing => ({
            severity: size === 1 ? severity : "medium",
            labels: { ...eventLabels({ pool, worker, trace: `t-${worker}` }), kind: alert, reason },
            value: 1,
          }),
        ),
      ),
    );
    const whole = of.flatMap(({ reason, severity }) =>
      pools
        .filter(({ isPage }) => isPage)
        .map(
          ({ pool, count }): Firing => ({
            severity,
            labels: { worker_pool: pool, ...(alert === "phase_failed" ? { reason } : {}) },
            value: count,
          }),
        ),
    );
    return [
      ...fires(alert, single, at),
      ...fires(`${alert}_pool`, whole, at, cleared - ticks.step),
      ...fires(
        `${alert}_pool`,
        whole.filter(({ labels }) => labels["worker_pool"] !== recovers.pool),
        cleared,
        // Long after the last sample of any of them.
        ticks.after(at + LOOKBACK_SECONDS),
      ),
    ];
  });
  return {
    name: "R4.7: events of one worker, of one too few, and of enough, in pools of 1, 2, 3, 6 and 20",
    series: [
      ...pools.flatMap(({ pool, size }) =>
        names(size).flatMap((worker) => lifeSeries(policy, { pool, worker, from: 0, until: at })),
      ),
      ...pools.flatMap(({ pool, count }) =>
        names(count).flatMap((worker) =>
          cases.flatMap(({ alert, reason }) => {
            const history = event(pool, worker, alert, reason);
            return [...eventSeries(policy, history), ...eventSeries(policy, { ...history, replica: "2" })];
          }),
        ),
      ),
    ],
    expectations: [...silent(["phase_failed_pool", "repair_exhausted_pool"], at - ticks.step), ...expectations],
  };
}

/** Alerts 8 and 14: who has signed off is not of the pool any more, and who is gone is. */
export function poolOfTheDead(policy: Policy): Scenario {
  const { ticks, ranges } = setting(policy);
  const lastSeen = 3 * ticks.step;
  const limit = lastSeen + ranges.absentSeconds;
  const silentCount = Math.max(
    policy.thresholds.silent_heartbeats_warn_count,
    policy.thresholds.repeated_no_job_warn_count,
  );
  const dies = (pool: string, worker: string) =>
    [undefined, "2"].flatMap((replica) =>
      lifeSeries(policy, { pool, worker, replica, from: lastSeen, until: lastSeen, silent: [[lastSeen, silentCount]] }),
    );
  const holds = (of: string, worker: string, leaseEnds: number) =>
    attemptSeries(policy, {
      pool: of,
      worker,
      job: `J-${worker}`,
      trace: `t-${of}-${worker}`,
      claimedAt: lastSeen,
      leases: [[lastSeen, leaseEnds]],
      until: lastSeen,
    });
  const ends = ticks.after(limit) + 2 * ticks.step;
  const mends = lastSeen + 4 * ticks.step;
  const absent = Math.max(ticks.after(mends + ranges.absentSeconds), ends + 2 * ticks.step);
  const returned = absent + 3 * ticks.step;
  const pool = (worker_pool: string, value: number): Firing => ({ labels: { worker_pool }, value });
  return {
    name: "R4.7: a pool that is gone, but for those that signed off; half of one",
    series: [
      ...dies("gone", "w0"),
      ...dies("gone", "w1"),
      ...lifeSeries(policy, { pool: "gone", worker: "w2", from: 0, until: lastSeen, stoppedAt: lastSeen }),
      ...dies("half", "w0"),
      ...lifeSeries(policy, { pool: "half", worker: "w1", from: 0, until: limit + 12 * ticks.step }),
      // The lease of one of two ends at a tick.
      ...dies("held", "w0"),
      ...dies("held", "w1"),
      ...holds("held", "w1", ends),
      // One of two delivers at last, then both are gone, and one comes back.
      ...dies("returns", "w0"),
      ...dies("returns", "w1"),
      ...lifeSeries(policy, {
        pool: "returns",
        worker: "w0",
        instance: "second",
        from: mends,
        until: mends,
        silent: [[mends, 0]],
      }),
      ...lifeSeries(policy, { pool: "returns", worker: "w0", instance: "third", from: returned, until: returned }),
    ],
    expectations: [
      ...silent(["silent_loop_pool"], lastSeen - ticks.step),
      ...fires(
        "silent_loop_pool",
        [pool("gone", 2), pool("returns", 2), pool("held", 2)],
        lastSeen,
        mends - ticks.step,
      ),
      ...fires("silent_loop_pool", [pool("gone", 2), pool("held", 2)], mends, ticks.after(lastSeen + LOOKBACK_SECONDS)),
      ...silent(["worker_absent_pool"], ticks.upTo(limit)),
      ...fires("worker_absent_pool", [pool("gone", 2)], ticks.after(limit), ends - ticks.step),
      ...fires("worker_absent_pool", [pool("gone", 2), pool("held", 2)], ends, absent - ticks.step),
      ...fires(
        "worker_absent_pool",
        [pool("gone", 2), pool("held", 2), pool("returns", 2)],
        absent,
        returned - ticks.step,
      ),
      ...fires("worker_absent_pool", [pool("gone", 2), pool("held", 2)], returned),
      ...fires(
        "worker_absent",
        (["gone w0", "gone w1", "half w0", "held w0", "returns w1"] as const).map((name): Firing => {
          const [of, worker = ""] = name.split(" ");
          return { severity: "medium", labels: workerLabels({ worker, pool: of }), value: unix(lastSeen) };
        }),
        ticks.after(limit),
      ),
    ],
  };
}

/** Alert 5 of an idle pool (R4.3): one alert from its first worker's third empty claim on, whenever the others get there. */
export function idlePool(policy: Policy): Scenario {
  const { ticks, ranges } = setting(policy);
  const count = policy.thresholds.repeated_no_job_warn_count;
  const every = 6 * ticks.step;
  const empty = (from: number, length: number) =>
    Array.from({ length }, (_, index) => [from + index * every, index + 1] as const);
  const reached = (count - 1) * every;
  const jobAt = reached + 4 * every;
  const until = jobAt + 12 * ticks.step;
  const worker = (pool: string, name: string, claims: readonly (readonly [number, number])[]) =>
    lifeSeries(policy, { pool, worker: name, from: 0, until, claims });
  const dies = (name: string, claims: readonly (readonly [number, number])[]) =>
    [undefined, "2"].flatMap((replica) =>
      lifeSeries(policy, { pool: "dead", worker: name, replica, from: 0, until: reached, claims }),
    );
  const alone = (of: string, name: string, claims: readonly (readonly [number, number])[]) =>
    lifeSeries(policy, { pool: of, worker: name, from: 0, until: reached, claims });
  const pool = (value: number, name = "idle"): Firing => ({ labels: { worker_pool: name }, value });
  const ofTheDead = () => [pool(2, "dead"), pool(2, "dead-pair"), pool(needed(policy, 20), "dead-share")];
  // As many as a page of a larger pool needs, or one too few and one who is a claim short; at least one has a job.
  const large = [3, 6, 20].flatMap((size) =>
    [needed(policy, size), needed(policy, size) - 1].map((idle) => ({ name: `${idle}-of-${size}`, size, idle })),
  );
  const shares = large
    .filter(({ size, idle }) => idle >= needed(policy, size) && idle < size)
    .map(({ name, idle }) => pool(idle, name));
  // Three workers: once two have asked often enough, they may be enough by themselves.
  const enough = needed(policy, 3) <= 2 ? 2 : 3;
  return {
    name: "R4.3: an idle pool whose workers ask at different times is one alert of the pool",
    series: [
      ...worker("idle", "w0", [...empty(0, count + 3), [jobAt, 0]]),
      ...worker("idle", "w1", [...empty(2 * ticks.step, count + 3), [jobAt, 0]]),
      ...worker("idle", "w2", [
        [reached - ticks.step, 1],
        [jobAt, 0],
      ]),
      ...large
        .filter(({ size, idle }) => idle < size)
        .flatMap(({ name, size, idle }) =>
          names(size).flatMap((id, index) => {
            const short = index === idle && size > idle + 1 && idle < needed(policy, size) ? count - 1 : 0;
            return worker(name, id, index < idle ? empty(0, count) : [[0, short]]);
          }),
        ),
      ...worker("pair", "w0", [...empty(0, count + 3), [jobAt, 0]]),
      ...worker("pair", "w1", [
        [0, 1],
        [jobAt, 0],
      ]),
      // Nobody is left to say so, and a replica said it too.
      ...dies("w0", empty(0, count)),
      ...dies("w1", empty(0, count)),
      // The first of two alone has asked often enough, or as many as it takes of many: all are dead.
      ...alone("dead-pair", "w0", empty(0, count)),
      ...alone("dead-pair", "w1", [[0, 1]]),
      ...names(20).flatMap((name, index) =>
        alone("dead-share", name, index < needed(policy, 20) ? empty(0, count) : [[0, 0]]),
      ),
      // One has a job: who runs dry there does so alone.
      ...worker("busy", "w0", empty(0, count + 3)),
      ...worker("busy", "w1", [[0, 0]]),
      ...worker("alone", "w0", empty(0, count + 3)),
    ],
    expectations: [
      ...silent(["repeated_no_job_pool"], reached - ticks.step),
      ...fires("repeated_no_job_pool", [pool(3), pool(2, "pair"), ...ofTheDead(), ...shares], reached),
      ...fires(
        "repeated_no_job_pool",
        [pool(enough), pool(2, "pair"), ...ofTheDead(), ...shares],
        reached + 2 * ticks.step,
        jobAt - ticks.step,
      ),
      ...fires(
        "repeated_no_job_pool",
        [...ofTheDead(), ...shares],
        jobAt,
        Math.max(jobAt, ticks.after(reached + LOOKBACK_SECONDS)),
      ),
      // At the end of what is readable of them; of the others there were later words.
      ...fires(
        "repeated_no_job_pool",
        [...ofTheDead(), ...shares],
        ticks.upTo(reached + ranges.streakSeconds - ticks.step),
      ),
    ],
  };
}
