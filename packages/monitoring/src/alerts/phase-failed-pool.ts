/** Alert 10 of a pool: the same phase fails on much of it. */
import { ofPool } from "../rules/pool-expressions.ts";
import { failedPhases, phaseFailed, SEVERITY_OF_PHASES } from "./phase-failed.ts";
import { poolWide } from "./pool-wide.ts";

export const phaseFailedPool = poolWide(phaseFailed, {
  what: "fail in the same phase",
  expr: ({ policy }) => ({
    high: ofPool(failedPhases(SEVERITY_OF_PHASES.high), policy, "reason"),
    medium: ofPool(failedPhases(SEVERITY_OF_PHASES.medium), policy, "reason"),
  }),
  steps: [
    "doctor, touch, claim, context, progress, complete: the job service answers many workers wrongly or not at all. Ask its owner when that began.",
    "build, upload, own phases: look for what the workers share, such as a release, an image, a publishing place.",
  ],
});
