/** The options of a watchdog, each checked once, at construction. */

import { type JobDescription, jobFromResult } from "../attempt/job-description.ts";
import { type Clock, systemClock } from "../clock.ts";
import { WatchdogError } from "../errors.ts";
import type { Journal } from "../journal/journal.ts";
import { memoryJournal } from "../journal/memory-journal.ts";
import { isPlainLabel, MAX_LABEL_LENGTH } from "../plain-label.ts";
import { defaultPolicy } from "../policy/default-policy.ts";
import type { Policy } from "../policy/policy.ts";
import { type RunSettings, runSettings } from "../run-control/run-settings.ts";
import type { JobServiceHelper } from "./job-service-helper.ts";

/** Who the worker is. Each part is 1 to 128 characters, none of them a control character. */
export interface WorkerIdentity {
  /** Stable across restarts, and held by one live process at a time. */
  readonly id: string;
  /** The pool of interchangeable workers that it belongs to. */
  readonly pool: string;
  /** What it is for within the pool. Default: `worker`. */
  readonly role?: string | undefined;
}

/** Options of `createWatchdog`. */
export interface WatchdogOptions<P = unknown> {
  readonly worker: WorkerIdentity;
  /** Thresholds, pass expressions and repairs, from `@worker-watchdog/sdk/policy`. Default: the default policy. */
  readonly policy?: Policy | undefined;
  /** What the library may ask of the job service by itself. Default: nothing. */
  readonly helper?: JobServiceHelper<P> | undefined;
  /** Reads the job from a claim's result. Default: {@link jobFromResult}. */
  readonly toJob?: ((result: unknown) => JobDescription<P> | undefined) | undefined;
  /** Where records go. Default: in memory. */
  readonly journal?: Journal | undefined;
  /**
   * The budgeted run that this process belongs to (R7): its id stays the same over restarts. Needs a durable journal. Default: the environment's
   * WATCHDOG_RUN_ID, else none, and then no budget.
   */
  readonly run?: { readonly id?: string | undefined } | undefined;
  /** Clocks and timers. Default: the process's own. */
  readonly clock?: Clock | undefined;
  /** Where WATCHDOG_RUN_ID and WATCHDOG_RUN_WALL_CLOCK_SECONDS are looked up. Default: `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Options with every default filled in. */
export interface CheckedOptions<P> {
  readonly worker: { readonly id: string; readonly pool: string; readonly role: string };
  readonly policy: Policy;
  readonly helper: JobServiceHelper<P>;
  readonly toJob: (result: unknown) => JobDescription<P> | undefined;
  readonly journal: Journal;
  readonly run: RunSettings;
  readonly clock: Clock;
}

/** @throws WatchdogError `invalid_option`, which names the option, what was found and what is allowed. */
export function checkOptions<P>(options: WatchdogOptions<P>): CheckedOptions<P> {
  const worker = options.worker;
  if (typeof worker !== "object" || worker === null) throw invalid("worker", worker, "an object with id and pool");
  const checkedPolicy = policy(options.policy);
  return {
    worker: {
      id: label("worker.id", worker.id),
      pool: label("worker.pool", worker.pool),
      role: label("worker.role", worker.role ?? "worker"),
    },
    policy: checkedPolicy,
    helper: calls("helper", options.helper ?? {}, [
      "touch",
      "renew",
      "addArtifactKind",
      "readJob",
      "release",
      "backlog",
    ]),
    toJob: options.toJob === undefined ? (result) => jobFromResult<P>(result) : callable("toJob", options.toJob),
    journal: calls("journal", options.journal ?? memoryJournal(), [
      "append",
      "recordOnce",
      "records",
      "get",
      "set",
      "scopes",
      "transaction",
    ]),
    run: runSettings(
      options.run,
      checkedPolicy.runtime_controls.run_wall_clock_seconds,
      options.environment ?? process.env,
    ),
    clock: calls("clock", options.clock ?? systemClock, ["now", "monotonic", "after"]),
  };
}

function policy(value: Policy | undefined): Policy {
  if (value === undefined) return defaultPolicy;
  if (
    typeof value === "object" &&
    value !== null &&
    typeof value.thresholds === "object" &&
    typeof value.checks === "object"
  ) {
    return value;
  }
  throw invalid("policy", value, "a policy made by parsePolicy, loadPolicyFile or createPolicy");
}

function label(name: string, value: unknown): string {
  if (typeof value === "string" && isPlainLabel(value)) return value;
  throw invalid(name, value, `a string of 1 to ${MAX_LABEL_LENGTH} characters, none of them a control character`);
}

function callable<F>(name: string, value: F): F {
  if (typeof value === "function") return value;
  throw invalid(name, value, "a function");
}

function calls<T extends object>(name: string, value: T, keys: readonly string[]): T {
  if (typeof value !== "object" || value === null) throw invalid(name, value, "an object");
  for (const key of keys) {
    const call = (value as Record<string, unknown>)[key];
    if (call !== undefined) callable(`${name}.${key}`, call);
  }
  return value;
}

function invalid(name: string, found: unknown, allowed: string): WatchdogError {
  const shown = typeof found === "string" ? JSON.stringify(found.slice(0, 80)) : found === null ? "null" : typeof found;
  return new WatchdogError("invalid_option", `createWatchdog: ${name} is ${shown}. Allowed: ${allowed}.`);
}
