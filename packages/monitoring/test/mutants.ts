/** Mutants of an expression: one threshold, comparator, range, label match or join is changed in each. */

import { secondsOf } from "../src/rules/durations.ts";

/** One changed expression. */
export interface Mutant {
  /** What was changed, as `found -> put`. */
  readonly change: string;
  readonly expr: string;
}

type Replacements = (match: RegExpMatchArray) => readonly string[];

/** What a comparator becomes: the same with or without its bound, and its opposite. */
const COMPARATORS: Readonly<Record<string, readonly string[]>> = {
  "<": ["<=", ">"],
  "<=": ["<", ">"],
  ">": [">=", "<"],
  ">=": [">", "<"],
  "==": ["!="],
  "!=": ["=="],
};
const SET_OPERATORS: Readonly<Record<string, readonly string[]>> = {
  unless: ["or", "and"],
  and: ["or", "unless"],
  or: ["and", "unless"],
};
const AGGREGATIONS: Readonly<Record<string, string>> = { max: "min", min: "max", sum: "max", count: "sum" };

/** Each kind of change: where it is made, and what is put there. Seconds move by one tick: less can not be seen. */
const changes = (stepSeconds: number): readonly (readonly [RegExp, Replacements])[] => [
  // A number of seconds, beside a time.
  [
    /(?<=(?:\)|[\w:]+) [+-] )\d+(?:\.\d+)?\b/g,
    ([value]) => [Number(value) + stepSeconds, Number(value) - stepSeconds].map(String),
  ],
  // A count that is compared, or the least of something.
  [
    /(?<=(?:[<>]=?|==|,) )(?<!> (?=0\b))\d+\b(?!\.| *\*)/g,
    ([value]) => [Number(value) + 1, Number(value) - 1].map(String),
  ],
  // A share.
  [/\b\d+(?:\.\d+)?(?= \*)/g, ([value]) => [Number(value) * 2, Number(value) / 2].map(String)],
  [/(?<= )(?:[<>]=?|[=!]=)(?= )(?!(?<=>) 0\b)/g, ([found]) => COMPARATORS[found] ?? []],
  // Whether there is any: none of what is compared so is ever 0.
  [/(?<= )> 0\b/g, () => ["> 1", "< 0"]],
  // What closes is read for an hour longer than what opens: of so long a range half may still be long enough.
  [
    /(?<=\[)\w+(?=\])/g,
    ([range]) =>
      [0.5, 2, ...(secondsOf(range) > 3_600 ? [0.25] : [])].map(
        (factor) => `${Math.round(secondsOf(range) * factor)}s`,
      ),
  ],
  [/\b(?:unless|and|or)\b/g, ([found]) => SET_OPERATORS[found] ?? []],
  // A label that is matched: anything, something else, and one alternative fewer.
  [
    /(\b\w+=)~?"([^"]+)"/g,
    ([, name = "", values = ""]) => [
      `${name}~".+"`,
      `${name}"another"`,
      ...(values.includes("|")
        ? values.split("|").map(
            (value) =>
              `${name}~"${values
                .split("|")
                .filter((other) => other !== value)
                .join("|")}"`,
          )
        : []),
    ],
  ],
  // A join or a grouping: one label fewer.
  [
    /(?<=\b(?:by|on) \()[a-z_]+(?:, [a-z_]+)+(?=\))/g,
    ([list]) => {
      const labels = list.split(", ");
      return labels.map((label) => labels.filter((other) => other !== label).join(", "));
    },
  ],
  [/\b(?:max|min|sum|count)(?= by\b)/g, ([found]) => [AGGREGATIONS[found] ?? found]],
];

/** Every mutant of `expr`, once. */
export function mutantsOf(expr: string, stepSeconds: number): readonly Mutant[] {
  const mutants = new Map<string, Mutant>();
  for (const [pattern, replacements] of changes(stepSeconds)) {
    for (const match of code(expr, pattern)) {
      const head = expr.slice(0, match.index);
      const tail = expr.slice(match.index + match[0].length);
      const nth = [...code(expr, pattern)].filter(
        (other) => other[0] === match[0] && other.index <= match.index,
      ).length;
      for (const put of replacements(match)) {
        const mutated = `${head}${put}${tail}`;
        const change = `${match[0]}${nth === 1 ? "" : ` (${nth})`} -> ${put}`;
        if (mutated !== expr && !mutants.has(mutated)) mutants.set(mutated, { change, expr: mutated });
      }
    }
  }
  return [...mutants.values()];
}

/** Matches outside of strings, except where the pattern is about one. */
function code(expr: string, pattern: RegExp): readonly RegExpExecArray[] {
  const isQuoted = (index: number) => (expr.slice(0, index).split('"').length - 1) % 2 === 1;
  return [...expr.matchAll(pattern)].filter((match) => !isQuoted(match.index));
}
