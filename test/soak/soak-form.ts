/** The two forms of the soak: two hours of 200 workers under the default policy, and the same in small, in the time of a test. */
import type { PolicyInput } from "@worker-watchdog/sdk/policy";
import { GOLDEN_POLICY } from "../end-to-end/golden/golden-policy.ts";

/** How large, how long and how rough a soak is. Builds are longer than leases in both. */
export interface SoakForm {
  readonly policy: PolicyInput;
  readonly pools: number;
  readonly workersOfAPool: number;
  /** Over this time all workers start. */
  readonly startSeconds: number;
  /** From then on, nothing may page for so long. */
  readonly quietSeconds: number;
  readonly leaseSeconds: number;
  readonly buildSeconds: number;
  readonly moveSeconds: number;
  /** One worker after another is told to stop, and started again. */
  readonly rollEverySeconds: number;
  /** A third of the workers has a clock that is so far ahead, a third one that is so far behind. */
  readonly clockOffsetSeconds: number;
  /** How long is waited for a second page after the fault's. */
  readonly afterFaultSeconds: number;
}

/** `npm run campaign -- soak`. */
export const FULL_SOAK: SoakForm = {
  policy: { artifact: { allowed_private_hosts: ["127.0.0.1"] } },
  pools: 10,
  workersOfAPool: 20,
  startSeconds: 600,
  quietSeconds: 7_200,
  leaseSeconds: 900,
  buildSeconds: 1_200,
  moveSeconds: 60,
  rollEverySeconds: 15,
  clockOffsetSeconds: 60,
  afterFaultSeconds: 1_200,
};

/** In `npm test`. A clock that is off by more than a heartbeat interval of this policy would be as good as absent. */
export const SHORT_SOAK: SoakForm = {
  policy: GOLDEN_POLICY,
  pools: 2,
  workersOfAPool: 6,
  startSeconds: 10,
  quietSeconds: 75,
  leaseSeconds: 30,
  buildSeconds: 40,
  moveSeconds: 2,
  rollEverySeconds: 8,
  clockOffsetSeconds: 4,
  afterFaultSeconds: 30,
};
