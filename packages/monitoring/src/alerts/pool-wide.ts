/** The form of an alert that speaks for a pool (R4.7): what it takes from the worker's own, and what a reader is told in its place. */
import type { Severity } from "@worker-watchdog/sdk/policy";
import { RECORDED } from "../rules/recording-rules.ts";
import type { AlertDefinition, AlertExpression, PoolAlertKey, RuleContext } from "./alert-definition.ts";
import type { Runbook } from "./runbook.ts";

const OF_ITS_POOL = `worker_pool="{{ $labels.worker_pool }}"`;

/** What differs between the pools' forms. */
export interface PoolWide {
  /** How many workers do what, such as `give no sign of life`. */
  readonly what: string;
  readonly expr: (context: RuleContext) => AlertExpression;
  readonly severity?: Severity | undefined;
  /** The first steps, before those of the worker's own runbook. */
  readonly steps: readonly string[];
  readonly meaning?: string | undefined;
  /** A metric that shows what the workers' own alerts do not. */
  readonly evidence?: string | undefined;
}

/** The pool's form of `single`. Inhibition mutes the workers' own while it fires. */
export function poolWide(
  single: AlertDefinition,
  { what, expr, severity, steps, meaning, evidence }: PoolWide,
): AlertDefinition {
  const key = `${single.key}_pool` as PoolAlertKey;
  return {
    key,
    number: single.number,
    name: `${single.name}Pool`,
    severity: severity ?? single.severity,
    owner: single.owner,
    nextAction: single.nextAction,
    phase: single.phase,
    scope: "pool",
    area: single.area,
    isSlow: single.isSlow,
    opening: single.opening,
    state: () => `${key}: workers of pool {{ $labels.worker_pool }} that ${what}`,
    summary: () => `Pool {{ $labels.worker_pool }} has many workers that ${what}.`,
    description: () => `{{ $value }} worker(s) that ${what}: one cause for all of them is likely.`,
    evidence: [
      `ALERTS{alertname="${single.name}",${OF_ITS_POOL}}`,
      ...(evidence === undefined ? [] : [`${evidence}{${OF_ITS_POOL}}`]),
    ].join(" or "),
    expr,
    runbook: runbook(single, { what, steps, meaning }),
  };
}

function runbook(
  single: AlertDefinition,
  { what, steps, meaning }: Pick<PoolWide, "what" | "steps" | "meaning">,
): Runbook {
  return {
    meaning:
      meaning ??
      `The whole pool, or a large share of it and several workers, ${what}. The messages of the single workers are muted while this fires.`,
    impact: `${single.runbook.impact} Here that holds for much of the pool at once.`,
    firstLook: [
      {
        shows: "the workers that are affected",
        expr: `ALERTS{alertname="${single.name}",worker_pool="$pool",alertstate="firing"}`,
      },
      {
        shows: "all workers of the pool, with seconds since they were seen",
        expr: `time() - ${RECORDED.alive}{worker_pool="$pool"}`,
      },
    ],
    alreadyTried: single.runbook.alreadyTried,
    steps: [...steps, `Then go on as for one worker: [${single.name}](${single.key}.md).`],
    never: single.runbook.never,
    escalation: "At once to the platform owner: the pool, how many workers, since when, and what they share.",
  };
}
