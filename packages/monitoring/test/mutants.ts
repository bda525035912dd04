/** Mutants of an expression: one threshold, comparator, range, label match or join is changed in each. */

/** One changed expression. */
export interface Mutant {
  /** A threshold or its comparator, or anything else. */
  readonly kind: "threshold" | "other";
  /** What was changed, as `found -> put`. */
  readonly change: string;
  readonly expr: string;
}

type Replacements = (match: RegExpMatchArray) => readonly string[];

/** Thresholds move by one tick: less can not be seen. */
const thresholds = (stepSeconds: number): readonly (readonly [RegExp, Replacements])[] => [
  [
    /(time\(\) [+-] )(\d+(?:\.\d+)?)/g,
    ([, head, value]) => [stepSeconds, -stepSeconds].map((by) => `${head}${Number(value) + by}`),
  ],
  [
    /(max_open - )(\d+(?:\.\d+)?)/g,
    ([, head, value]) => [stepSeconds, -stepSeconds].map((by) => `${head}${Number(value) + by}`),
  ],
  // How much of a pool makes a page: the share, the least number, and a pool of one.
  [/(clamp_min\()([\d.]+)/g, ([, head, value]) => [2, 0.5].map((factor) => `${head}${Number(value) * factor}`)],
  [/(:count, )(\d+)/g, ([, head, value]) => [1, -1].map((by) => `${head}${Number(value) + by}`)],
  [/(:count )(== 1|> 1)/g, ([, head]) => [`${head}> 2`, `${head}> 0`]],
  [/(>= )(\d+)/g, ([, head, value]) => [`${head}${Number(value) + 1}`, `${head}${Number(value) - 1}`, `> ${value}`]],
  [/ < (?=time|on)/g, () => [" <= ", " > "]],
  [/ > (?=time)/g, () => [" >= ", " < "]],
];

const OTHERS: readonly (readonly [RegExp, Replacements])[] = [
  [/ > 0/g, () => [" >= 0", " < 0"]],
  [/>=(?=\s\D)/g, () => [">", "<"]],
  [/==(?= on)/g, () => ["!="]],
  [/\[(\w+)\]/g, ([, range]) => [0.5, 2].map((factor) => `[${Math.round(secondsOf(range ?? "") * factor)}s]`)],
  [/\bunless\b/g, () => ["or", "and"]],
  [/\band\b/g, () => ["or", "unless"]],
  [/\bor\b/g, () => ["and", "unless"]],
  [/(kind=~?)"([^"]+)"/g, () => ['kind=~".+"', 'kind="other"']],
  [
    /\(((?:[a-z_]+, )+[a-z_]+)\)/g,
    ([, list = ""]) =>
      list.split(", ").map(
        (label) =>
          `(${list
            .split(", ")
            .filter((other) => other !== label)
            .join(", ")})`,
      ),
  ],
  [/\bmax by/g, () => ["min by"]],
  [/\bsum by/g, () => ["max by"]],
];

/** Every mutant of `expr`. */
export function mutantsOf(expr: string, stepSeconds: number): readonly Mutant[] {
  return [
    ...thresholds(stepSeconds).flatMap((change) => changed(expr, "threshold", change)),
    ...OTHERS.flatMap((change) => changed(expr, "other", change)),
  ];
}

function changed(
  expr: string,
  kind: Mutant["kind"],
  [pattern, replacements]: readonly [RegExp, Replacements],
): readonly Mutant[] {
  return [...expr.matchAll(pattern)].flatMap((match) =>
    replacements(match).map((put) => {
      const head = expr.slice(0, match.index);
      const occurrence = head.split(match[0]).length;
      const nth = occurrence === 1 ? "" : ` (${occurrence})`;
      const tail = expr.slice(match.index + match[0].length);
      return { kind, change: `${match[0].trim()}${nth} -> ${put.trim()}`, expr: `${head}${put}${tail}` };
    }),
  );
}

function secondsOf(range: string): number {
  const units: Readonly<Record<string, number>> = { h: 3_600, m: 60, s: 1 };
  return [...range.matchAll(/(\d+)([hms])/g)].reduce(
    (sum, [, count, unit = ""]) => sum + Number(count) * (units[unit] ?? 0),
    0,
  );
}
