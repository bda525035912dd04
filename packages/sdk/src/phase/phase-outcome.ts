/** How one invocation of a phase ended. */

import type { PhaseStatus } from "../semconv/index.ts";
import type { PhaseFailure } from "./phase-failure.ts";

/** How the invocation ended. */
export type PhaseOutcome<R> =
  | { readonly status: "ok"; readonly result: R }
  | {
      readonly status: Exclude<PhaseStatus, "ok">;
      readonly failure: PhaseFailure;
      /** What the function returned, where it returned. */
      readonly result?: R;
      /** What it threw, where it threw. */
      readonly thrown?: { readonly error: unknown };
      /** The function's own promise, where the wait for it ended first. */
      readonly late?: Promise<R>;
    };
