/** What one scenario is: a pool of its own, its workers and jobs, what goes wrong, and which pages must come. */
import type { AlertKey, Severity } from "@worker-watchdog/sdk/policy";
import type { EventName } from "@worker-watchdog/sdk/semconv";
import type { JobFault } from "../job-service/job-order.ts";
import type { FaultInstant } from "./fault-instant.ts";

/** The names that `--scenario` takes. */
export const SCENARIO_NAMES = [
  "healthy",
  "no-job",
  "no-deliverable-id",
  "complete-rejected",
  "job-not-found",
  "lease-expiring",
  "artifact-missing",
  "worker-killed",
] as const;
/** A name that `--scenario` takes. */
export type ScenarioName = (typeof SCENARIO_NAMES)[number];

/** Which policy a scenario runs on: the one that users get, or the one with short leases. */
export type PolicyName = "default" | "short-leases";

/** The job of a scenario, as far as it differs from an ordinary one. */
export interface ScenarioJob {
  /** Default: 900. */
  readonly leaseSeconds?: number | undefined;
  /** Default: 4. */
  readonly buildSeconds?: number | undefined;
  readonly fault?: JobFault | undefined;
  /** The queue assigns no slot for uploads. */
  readonly withoutDeliverable?: boolean | undefined;
  /** The artifact host loses what is uploaded. */
  readonly artifactLost?: boolean | undefined;
}

/** One page that must come, once. */
export interface ExpectedPage {
  readonly alert: AlertKey;
  readonly owner: string;
  readonly severity: Severity;
  /** The instant from which the alert's condition is true: the seconds to the page count from here. */
  readonly fault: FaultInstant;
  /** What the instant is, in a few words. */
  readonly faultIs: string;
  /** The instant that ends the cause: not before it may the page be called over. Left out: not while the scenario runs. */
  readonly overAt?: FaultInstant | undefined;
  /** Whether the scenario waits until the page is called over. Default: no. */
  readonly mustEnd?: boolean | undefined;
}

/** One scenario. */
export interface Scenario {
  readonly name: ScenarioName;
  /** Name of its pool, and of its row in the table. */
  readonly pool: string;
  /** What happens, in one sentence. */
  readonly about: string;
  readonly policy: PolicyName;
  readonly workers: number;
  /** Pause between heartbeats. Default: the policy's 10 minutes, so that a worker does its one job. */
  readonly heartbeatSeconds?: number | undefined;
  readonly jobs: readonly ScenarioJob[];
  /** Healthy jobs arrive for as long as the scenario runs, so that no worker ever waits. */
  readonly jobsArrive?: boolean | undefined;
  /** The first worker is killed while it builds; the second one starts once this page has come, and takes the job over. */
  readonly killAndTakeOverAfter?: AlertKey | undefined;
  readonly pages: readonly ExpectedPage[];
  /** How long it goes on after all that was expected has come, to see that nothing else does. */
  readonly quietSeconds: number;
  /** How many of its jobs the queue must have as completed, at least. */
  readonly completedJobs: number;
  /** Audit events that must have reached the Collector from this pool. */
  readonly recorded: readonly EventName[];
  /** Audit events that must not. */
  readonly neverRecorded?: readonly EventName[] | undefined;
  /** All of it must be over within this. */
  readonly timeoutSeconds: number;
}
