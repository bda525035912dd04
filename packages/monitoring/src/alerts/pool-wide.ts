/** The form of an alert that speaks for a pool (R4.7): what it takes from the worker's own, and what a reader is told in its place. */
import type { Severity } from "@worker-watchdog/sdk/policy";
import type { AlertDefinition, AlertExpression, PoolAlertKey, RuleContext } from "./alert-definition.ts";
import type { Runbook } from "./runbook.ts";

/** What differs between the pools' forms. */
export interface PoolWide {
  /** How many workers do what, such as `give no sign of life`. */
  readonly what: string;
  readonly expr: (context: RuleContext) => AlertExpression;
  readonly severity?: Severity | undefined;
  /** The first steps, before those of the worker's own runbook. */
  readonly steps: readonly string[];
  readonly meaning?: string | undefined;
}

/** The pool's form of `single`. Inhibition mutes the workers' own while it fires. */
export function poolWide(single: AlertDefinition, { what, expr, severity, steps, meaning }: PoolWide): AlertDefinition {
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
    opening: `much of a pool is affected: workers that ${what}`,
    state: () => `${key}: workers of pool {{ $labels.worker_pool }} that ${what}`,
    summary: () => `Pool {{ $labels.worker_pool }} has many workers that ${what}.`,
    description: () => `{{ $value }} worker(s) that ${what}: one cause for all of them is likely.`,
    evidence: `ALERTS{alertname="${single.name}",worker_pool="{{ $labels.worker_pool }}"}`,
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
        expr: `time() - worker:worker_alive_at_seconds:max{worker_pool="$pool"}`,
      },
    ],
    alreadyTried: single.runbook.alreadyTried,
    steps: [...steps, `Then go on as for one worker: [${single.name}](${single.key}.md).`],
    never: single.runbook.never,
    escalation: "At once to the platform owner: the pool, how many workers, since when, and what they share.",
  };
}
