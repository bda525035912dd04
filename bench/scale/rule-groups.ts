/** How long the rule groups of a Prometheus take, by its own word. */

/** One group: what its rounds took, in seconds. */
export interface GroupTimes {
  readonly name: string;
  readonly intervalSeconds: number;
  readonly medianSeconds: number;
  readonly maxSeconds: number;
  readonly rounds: number;
  /** The rules that took longest in the last round. */
  readonly slowestRules: readonly { readonly name: string; readonly seconds: number }[];
}

interface RulesAnswer {
  readonly data: {
    readonly groups: readonly {
      readonly name: string;
      readonly interval: number;
      readonly evaluationTime: number;
      readonly lastEvaluation: string;
      readonly rules: readonly {
        readonly name: string;
        readonly health: string;
        readonly evaluationTime: number;
        readonly lastError?: string;
      }[];
    }[];
  };
}

const POLL_MILLIS = 1_000;
const SLOWEST_RULES = 8;

/** Waits until each group has been evaluated `rounds` times. A rule that fails is an error: it would cost nothing. */
export async function groupTimes(prometheusUrl: string, rounds: number): Promise<readonly GroupTimes[]> {
  const seen = new Map<string, Map<string, number>>();
  const intervals = new Map<string, number>();
  const slowest = new Map<string, GroupTimes["slowestRules"]>();
  for (;;) {
    const { data } = (await (await fetch(`${prometheusUrl}/api/v1/rules`)).json()) as RulesAnswer;
    for (const { name, interval, evaluationTime, lastEvaluation, rules } of data.groups) {
      const failed = rules.find(({ health }) => health === "err");
      if (failed !== undefined) throw new Error(`Rule ${failed.name} of ${name} fails: ${failed.lastError}`);
      intervals.set(name, interval);
      slowest.set(
        name,
        rules
          .map((rule) => ({ name: rule.name, seconds: rule.evaluationTime }))
          .sort((left, right) => right.seconds - left.seconds)
          .slice(0, SLOWEST_RULES),
      );
      const times = seen.get(name) ?? new Map<string, number>();
      if (!lastEvaluation.startsWith("0001-")) times.set(lastEvaluation, evaluationTime);
      seen.set(name, times);
    }
    if (seen.size > 0 && [...seen.values()].every((times) => times.size >= rounds)) break;
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
  }
  return [...seen].map(([name, times]) => {
    const sorted = [...times.values()].sort((left, right) => left - right);
    return {
      name,
      intervalSeconds: intervals.get(name) ?? Number.NaN,
      medianSeconds: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
      maxSeconds: sorted.at(-1) ?? Number.NaN,
      rounds: sorted.length,
      slowestRules: slowest.get(name) ?? [],
    };
  });
}
