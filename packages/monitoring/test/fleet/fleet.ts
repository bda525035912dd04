/**
 * A healthy fleet over days, cut into slices that promtool evaluates by themselves.
 *
 * Rows come every SAMPLE_SECONDS and hold what was so LAG_SECONDS before; the rules are evaluated with every second round of them, as often as
 * the slow group is. What time raises stays for minutes at least, and what lost rows raise is tried thousands of times, at any distance from a look.
 */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { METRICS } from "@worker-watchdog/sdk/semconv";
import type { AlertDefinition } from "../../src/alerts/alert-definition.ts";
import { alertRuleTest, type Firing } from "../../src/rule-tests/expectation.ts";
import type { RuleTestFile } from "../../src/rule-tests/rule-test-file.ts";
import type { InputSeries } from "../../src/rule-tests/series.ts";
import { duration } from "../../src/rules/durations.ts";
import { ranges } from "../../src/rules/ranges.ts";
import { DEEP_GROUP, PAGING_GROUP } from "../../src/rules/rules-file.ts";
import type { FleetPool } from "./fleet-pools.ts";
import { type Random, random } from "./random.ts";
import { type Fault, type FleetRow, workerDays } from "./worker-days.ts";

/** How often rows come, and how old they are then: a change is seen after 55 s at most, where the library takes a few. */
export const SAMPLE_SECONDS = 30;
const LAG_SECONDS = 25;
const REFRESH_ROUNDS = 2;
const DAY_SECONDS = 86_400;
/** Every fleet begins here, at midnight, so that unix times can be read. */
const START = "2026-11-21T00:00:00Z";
const START_UNIX_SECONDS = Date.parse(START) / 1_000;

/** What the fleet is, and what goes wrong in it. */
export interface FleetOptions {
  readonly policy: Policy;
  readonly seed: number;
  readonly pools: readonly FleetPool[];
  readonly days: number;
  /** A worker that dies for good while it is idle, or a complete that is rejected: in the first pool, after this time. */
  readonly fault?: { readonly kind: "dies" | "rejected"; readonly at: number } | undefined;
}

/** All rows of all workers. */
export interface Fleet {
  readonly options: FleetOptions;
  readonly rows: readonly FleetRow[];
  readonly faults: readonly Fault[];
  /** Rounds of rows, by their number, that never came, by pool. */
  readonly gaps: ReadonlyMap<string, ReadonlySet<number>>;
}

/** The fleet of `options`: the same one each time, and each pool the same whatever pools are beside it. */
export function fleet(options: FleetOptions): Fleet {
  const { seed, pools, days } = options;
  const seconds = days * DAY_SECONDS;
  const lost = pools.map(({ number, calmDays }) => gapsOf(random(seed * 1_000 + number), seconds, calmDays));
  const workers = pools.flatMap((pool, index) => poolDays(options, pool, lost[index] ?? new Set()));
  return {
    options,
    rows: workers.flatMap(({ rows }) => rows),
    faults: workers.flatMap(({ faults }) => faults),
    gaps: new Map(pools.map(({ number }, index) => [poolName(number), lost[index] ?? new Set()])),
  };
}

const poolName = (number: number): string => `pool-${number}`;

function poolDays(
  { policy, seed, days, fault }: FleetOptions,
  { number, size, jobMinutes, calmDays, isInstancePerProcess = false, hasReplica = false }: FleetPool,
  lost: ReadonlySet<number>,
): readonly ReturnType<typeof workerDays>[] {
  const numbers = random(seed * 1_000 + number + 500);
  const seconds = days * DAY_SECONDS;
  const times = (of: Random, first: number, least: number, most: number): readonly number[] => {
    const found: number[] = [];
    for (let at = of.between(0, first * DAY_SECONDS); at < seconds; at += of.between(least, most * DAY_SECONDS))
      found.push(at);
    return found;
  };
  const deploys = times(numbers, calmDays, (calmDays * DAY_SECONDS) / 2, 2 * calmDays);
  // A worker that is killed as its rows are lost is a worker whose last words nobody heard.
  const isHeard = (at: number) =>
    [-4, -3, -2, -1, 0, 1, 2, 3, 4].every((by) => !lost.has(Math.round(at / SAMPLE_SECONDS) + by));
  return Array.from({ length: size }, (_, member) => {
    const own = random(numbers.between(0, 2 ** 31));
    const isFaulty = number === 0 && member === 0 && fault !== undefined;
    const days = workerDays({
      policy,
      random: own,
      pool: poolName(number),
      worker: `w${member}`,
      seconds,
      jobMinutes,
      // One after another.
      deploys: deploys.map((at) => at + member * 75),
      crashes: times(own, 6 * calmDays, 3_600, 6 * calmDays).filter(isHeard),
      isInstancePerProcess,
      diesAt: isFaulty && fault.kind === "dies" ? fault.at : undefined,
      rejectedAfter: isFaulty && fault.kind === "rejected" ? fault.at : undefined,
    });
    return hasReplica ? { ...days, rows: [...days.rows, ...days.rows.map(behind)] } : days;
  });
}

/** What a second Collector writes: the same with its label, a round of rows later. */
function behind(row: FleetRow): FleetRow {
  return {
    ...row,
    labels: { ...row.labels, collector: "2" },
    from: row.from + SAMPLE_SECONDS,
    until: row.until + SAMPLE_SECONDS,
    changes: () => row.changes().map(([at, value]) => [at + SAMPLE_SECONDS, value] as const),
  };
}

/** One or two rounds of rows are lost, some times a day. */
function gapsOf(numbers: Random, seconds: number, calmDays: number): ReadonlySet<number> {
  const lost = new Set<number>();
  for (let at = 0; at < seconds; at += numbers.between(3_600 * calmDays, DAY_SECONDS * calmDays)) {
    const first = Math.ceil(at / SAMPLE_SECONDS);
    lost.add(first);
    if (numbers.chance(0.5)) lost.add(first + 1);
  }
  return lost;
}

/** What to look at. */
export interface SliceOptions {
  readonly fleet: Fleet;
  /** Seconds since the fleet's start. Rows of as long before as the rules look back are there too. */
  readonly from: number;
  readonly until: number;
  readonly alerts: readonly AlertDefinition[];
  /** What is expected of an alert at a time, other than silence. */
  readonly firing?: ((alert: AlertDefinition["key"], at: number) => readonly Firing[]) | undefined;
}

/** The slice as a test file: at each round of rows, each alert. */
export function sliceTest({ fleet: { options, rows, gaps }, from, until, alerts, firing }: SliceOptions): RuleTestFile {
  const { policy } = options;
  const range = ranges(policy);
  const lookSeconds = policy.pipeline.slow_rule_interval_seconds;
  const back = Math.max(range.closeSeconds, range.stoppedSeconds, range.eventCloseSeconds) + 10 * SAMPLE_SECONDS;
  const first = Math.max(0, Math.floor((from - back) / lookSeconds)) * (lookSeconds / SAMPLE_SECONDS);
  const last = Math.floor(until / SAMPLE_SECONDS);
  const looks = Array.from(
    { length: Math.ceil((until - from) / lookSeconds) },
    (_, index) => (Math.ceil(from / lookSeconds) + index) * lookSeconds,
  );
  return {
    rule_files: [],
    evaluation_interval: duration(lookSeconds),
    group_eval_order: [DEEP_GROUP, PAGING_GROUP],
    tests: [
      {
        name: `${options.pools.reduce((sum, { size }) => sum + size, 0)} workers of ${options.pools.length} pools, seed ${options.seed}, hours ${from / 3_600} to ${until / 3_600}`,
        start_timestamp: new Date((START_UNIX_SECONDS + first * SAMPLE_SECONDS) * 1_000).toISOString(),
        interval: duration(SAMPLE_SECONDS),
        input_series: rows.flatMap((row) =>
          seriesOf(row, { first, last, lost: gaps.get(row.labels["worker_pool"] ?? "") ?? new Set() }),
        ),
        alert_rule_test: looks.flatMap((look) =>
          alerts.map(({ key }) => ({
            ...alertRuleTest(
              { at: look - first * SAMPLE_SECONDS, alert: key, firing: firing?.(key, look) ?? [] },
              policy,
            ),
          })),
        ),
      },
    ],
  };
}

/** When a change of `at` is seen: the number of the round of rows. */
export function seenAt(at: number): number {
  return Math.ceil((at + LAG_SECONDS) / SAMPLE_SECONDS);
}

/** Unix seconds of a time of the fleet. */
export function fleetUnix(at: number): number {
  return START_UNIX_SECONDS + at;
}

interface Window {
  readonly first: number;
  readonly last: number;
  readonly lost: ReadonlySet<number>;
}

/** A sample in each round of rows in which the row lives; what a lost round held comes with the next. */
function seriesOf(
  { metric, labels, from: begin, until, changes: changesOf, isTime }: FleetRow,
  { first, last, lost }: Window,
): readonly InputSeries[] {
  let from = seenAt(begin);
  while (lost.has(from)) from += 1;
  // What was so at the very end comes late.
  let to = Math.max(from, seenAt(until));
  while (lost.has(to)) to += 1;
  if (to < first || from > last) return [];
  const changes = changesOf();
  const words: string[] = [];
  let next = 0;
  let change = 0;
  let wasChanged = true;
  for (let round = from; round <= Math.min(to, last); round += 1) {
    while (change + 1 < changes.length && seenAt(changes[change + 1]?.[0] ?? 0) <= round) {
      change += 1;
      wasChanged = true;
    }
    // A change goes out with the next round, and what is unchanged with every second.
    if (lost.has(round) || !(wasChanged || (round - from) % REFRESH_ROUNDS === 0 || round === to)) continue;
    wasChanged = false;
    if (round < first) continue;
    const index = round - first;
    if (index > next) words.push(index - next === 1 ? "_" : `_x${index - next}`);
    words.push(String((changes[change]?.[1] ?? 0) + (isTime ? START_UNIX_SECONDS : 0)));
    next = index + 1;
  }
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [{ series: `${METRICS[metric].prometheusName}{${pairs.join(",")}}`, values: words.join(" ") }];
}
