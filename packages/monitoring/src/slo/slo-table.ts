/** The two objectives of a pool (R4.5), and what is recorded for each. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { METRICS } from "@worker-watchdog/sdk/semconv";

const ENDED = `attempt:${METRICS.claimSettledAt.prometheusName.replace("settled", "ended")}`;

/** Recorded ends of claims, one series for each attempt that ended lately; the value is when, in unix seconds. */
export const ENDED_CLAIMS = {
  /** Every claim that ended: settled with the queue, or its lease ran out. */
  all: `${ENDED}:max`,
  /** Those whose job went back to the queue unfinished: neither good nor bad for the artifact's objective. */
  released: `${ENDED}:max_released`,
  /** Those without a verified artifact, and not released. */
  withoutArtifact: `${ENDED}:max_without_artifact`,
  /** Those whose lease ran out. */
  leaseExpired: `${ENDED}:max_lease_expired`,
  /** Those without a verified artifact, released or not. */
  unverified: `${ENDED}:max_unverified`,
  /** Those that nobody settled before their lease ran out: in a newer claim of the same job they may go on. */
  unsettled: `${ENDED}:max_unsettled`,
  /** Claims of the jobs of those, and when they began. */
  besideUnsettled: `attempt:${METRICS.claimStartedAt.prometheusName}:max_beside_unsettled`,
} as const;

/** One objective. */
export interface Slo {
  readonly name: "artifact" | "lease";
  /** Ended claims that do not count; absent where all do. */
  readonly uncounted?: string | undefined;
  /** Those that are bad. */
  readonly errors: string;
  /** Share of claims that may be bad: the error budget, from 0 to 1. */
  readonly errorBudget: (policy: Policy) => number;
}

/** The objectives. The lease's is first: what it counts is every claim, and the other one counts from there. */
export const SLOS = {
  lease: {
    name: "lease",
    errors: ENDED_CLAIMS.leaseExpired,
    errorBudget: ({ slo }) => share(100 - slo.lease_objective_percent),
  },
  artifact: {
    name: "artifact",
    uncounted: ENDED_CLAIMS.released,
    errors: ENDED_CLAIMS.withoutArtifact,
    errorBudget: ({ slo }) => share(100 - slo.artifact_objective_percent),
  },
} as const satisfies Readonly<Record<string, Slo>>;

/** Percent as a share, without the noise of binary fractions. */
export function share(percent: number): number {
  return Number((percent / 100).toFixed(8));
}
