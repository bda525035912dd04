/** A policy from a plain object, for a worker that keeps its settings in code. */
import { treeOfObject } from "./input-tree.ts";
import type { OwnerSettings, Policy, ReceiverSettings, RuntimeControls } from "./policy.ts";
import { validatePolicy } from "./validate-policy.ts";

type Partially<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Partially<T[K]> | undefined }
    : T;

/** Any part of a policy. What is left out, or `undefined`, takes its default. */
export interface PolicyInput extends Omit<Partially<Policy>, "owners" | "receivers" | "runtime_controls"> {
  /** Owners by name; an owner that states no receiver uses its own name. */
  readonly owners?: Readonly<Record<string, Partially<OwnerSettings>>> | undefined;
  /** Receivers by name. */
  readonly receivers?: Readonly<Record<string, Partially<ReceiverSettings>>> | undefined;
  /** Keys that other programs read, as dotted paths. */
  readonly foreign_keys?: readonly string[] | undefined;
  /** What ends a run, beside keys of other loaders, which are not read. */
  readonly runtime_controls?: Partially<RuntimeControls> | Readonly<Record<string, unknown>> | undefined;
}

/**
 * Makes a policy from a plain object: what is left out takes its default, and the whole is held to the same rules as a file.
 * The result is deeply frozen and shares nothing with `input`.
 *
 * @throws {@link WatchdogError} `invalid_policy` that lists every problem.
 *
 * @example
 * ```ts
 * const policy = createPolicy({ owner: "reports_team", heartbeat_interval_minutes: 5 });
 * ```
 */
export function createPolicy(input: PolicyInput = {}): Policy {
  return validatePolicy(treeOfObject(input), { file: "policy", isVersionRequired: false }).policy;
}
