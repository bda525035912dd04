/** When a fault happened, from what the job service, the artifact host and the runner saw: never from what a worker says. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { ArtifactRequest } from "../artifact-host/start-artifact-host.ts";
import type { Activity, CommandName } from "../job-service/activity.ts";

/** What was seen of one pool. */
export interface Facts {
  readonly policy: Policy;
  readonly activities: readonly Activity[];
  readonly artifactRequests: readonly ArtifactRequest[];
  /** When the runner killed a worker, in unix seconds. */
  readonly killedAt: number | undefined;
}

/** Unix seconds of an instant; undefined before it has come. */
export type FaultInstant = (facts: Facts) => number | undefined;

/** The n-th answer with an outcome, counted from 1. */
export function answered(command: CommandName | readonly CommandName[], outcome: string, nth = 1): FaultInstant {
  return ({ activities }) =>
    activities.filter((seen) => [command].flat().includes(seen.command) && seen.outcome === outcome)[nth - 1]?.at;
}

/** The first artifact that the gate could not fetch. */
export const artifactNotThere: FaultInstant = ({ artifactRequests }) =>
  artifactRequests.find(({ method, status }) => method === "GET" && status === 404)?.at;

/** When the first attempt's lease falls below the warning; not before renewal was refused or its worker killed. */
export const leaseBelowWarning: FaultInstant = (facts) => {
  const expiresAt = firstLeaseEnd(facts);
  const cause = facts.killedAt ?? answered("progress", "renewal_refused")(facts);
  if (expiresAt === undefined || cause === undefined) return undefined;
  return Math.max(cause, expiresAt - facts.policy.thresholds.lease_remaining_minutes_warn * 60);
};

/** When the first attempt's lease and its grace are over. */
export const leaseGraceOver: FaultInstant = (facts) => {
  const expiresAt = firstLeaseEnd(facts);
  return expiresAt === undefined ? undefined : expiresAt + facts.policy.thresholds.lease_expired_grace_seconds;
};

/** The last expiry that the queue granted the first worker, in unix seconds. */
export const firstLeaseEnd: FaultInstant = ({ activities }) => {
  const first = activities.find(({ leaseExpiresAt }) => leaseExpiresAt !== undefined);
  return activities.findLast((seen) => seen.worker === first?.worker && seen.leaseExpiresAt !== undefined)
    ?.leaseExpiresAt;
};
