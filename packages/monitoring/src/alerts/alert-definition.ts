/** What one entry of the alert table says. Everything that is generated for an alert comes from it and the policy. */
import type { AlertKey, Policy, Severity } from "@worker-watchdog/sdk/policy";
import type { RuleArea } from "../paths.ts";
import type { Ranges } from "../rules/ranges.ts";
import type { Runbook } from "./runbook.ts";

/** The owner whom `policy.owner` replaces. */
export const PLATFORM_OWNER = "pls_platform_owner";

/** Alerts that speak for a whole pool, or much of it, beside the one for each worker (R4.7). */
export type PoolAlertKey = `${Extract<
  AlertKey,
  "repeated_no_job" | "queue_stuck" | "silent_loop" | "phase_failed" | "worker_absent" | "repair_exhausted"
>}_pool`;

/** The alerts of the policy, their forms for a pool, and the dead man's switch, which no policy can switch off. */
export type WatchdogAlertKey = AlertKey | PoolAlertKey | "watchdog";

/** The key under which a policy switches the alert off. A pool's form goes with its worker's. */
export function policyKeyOf(key: WatchdogAlertKey): AlertKey | "watchdog" {
  return key.replace(/_pool$/, "") as AlertKey | "watchdog";
}

/** What an alert is about; it decides which fields of a page apply (see page-fields.ts). An `event` has a job and a trace where it happened with one. */
export type AlertScope = "attempt" | "event" | "worker" | "pool" | "pipeline";

/** What an expression may be made of. */
export interface RuleContext {
  readonly policy: Policy;
  readonly ranges: Ranges;
}

/** The PromQL that fires an alert: with the alert's own severity, or one expression for each severity that it can have. */
export type AlertExpression = string | Readonly<Partial<Record<Severity, string>>>;

/** One alert. Texts may hold Prometheus templates over labels; `$value` only in `description`, never in a label. */
export interface AlertDefinition {
  /** The policy's key: in `alert_key`, in file names and in `alerts.disabled`. */
  readonly key: WatchdogAlertKey;
  /** Number of the row in R4, for order and reference. An objective of R4.5 has none. */
  readonly number?: number | undefined;
  /** Name of the alert in Prometheus, CamelCase. */
  readonly name: string;
  /** The gravest that it can have. */
  readonly severity: Severity;
  /** Default owner; `policy.owner` replaces `pls_platform_owner`. */
  readonly owner: string;
  /** The next action of R4, as a code. */
  readonly nextAction: string;
  /** The phase that the page names. */
  readonly phase: string;
  readonly scope: AlertScope;
  /** The rule file that it is in. Default: `worker`. */
  readonly area?: RuleArea | undefined;
  /** Evaluated with the deep scans, once in `slow_rule_interval_seconds`: for what has stood still for minutes. Default: false. */
  readonly isSlow?: boolean | undefined;
  /** First sentence of the page, after the prefix. Default: the worker is alive but project advancement is blocked. */
  readonly opening?: string | undefined;
  /** The state that the page names, in a few words. */
  readonly state: (policy: Policy) => string;
  /** One line that stands by itself. */
  readonly summary: (policy: Policy) => string;
  /** What it means here, with what was measured. */
  readonly description: (policy: Policy) => string;
  /** Where the proof is, if not the attempt's trace. */
  readonly evidence?: string | undefined;
  readonly expr: (context: RuleContext) => AlertExpression;
  /** How long the expression must hold before the alert fires. Default: not at all. Only for the pipeline's alerts (decision 137). */
  readonly forSeconds?: ((policy: Policy) => number) | undefined;
  /** How long the alert goes on after the expression held. Default: not at all. Only for the pipeline's alerts (decision 137). */
  readonly keepFiringForSeconds?: ((context: RuleContext) => number) | undefined;
  readonly runbook: Runbook;
}
