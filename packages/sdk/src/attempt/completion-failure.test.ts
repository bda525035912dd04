import { expect, it } from "vitest";
import type { FailureClass } from "../phase/phase-failure.ts";
import { type FailedCompletion, judgeFailedCompletion } from "./completion-failure.ts";

const failed = (kind: FailureClass, code: string, more: Partial<FailedCompletion> = {}): FailedCompletion => ({
  jobId: "J1",
  failure: { class: kind, code, missingKinds: [] },
  repair: undefined,
  leaseOver: false,
  ...more,
});

it.each<readonly [string, FailedCompletion, string, string | undefined]>([
  [
    "two lost answers",
    failed("timeout", "timeout", { repair: "transport" }),
    "complete_unknown",
    "complete_unknown transport",
  ],
  ["one, where no retry is allowed", failed("transport", "http_502"), "complete_unknown", "complete_unknown transport"],
  [
    "not found on the retry of a lost answer",
    failed("not_found", "job_not_found", { repair: "transport" }),
    "complete_unknown",
    "complete_unknown not_found_on_retry",
  ],
  [
    "not held on that retry",
    failed("lease_lost", "lease_lost", { repair: "transport" }),
    "complete_unknown",
    "complete_unknown transport",
  ],
  ["not found", failed("not_found", "job_not_found"), "job_not_found", "job_not_found complete"],
  [
    "not found after a kind was added",
    failed("not_found", "job_not_found", { repair: "missing_artifact_kind" }),
    "job_not_found",
    "job_not_found complete",
  ],
  [
    "a known rejection",
    failed("rejected", "no_primary_artifact"),
    "complete_rejected",
    "complete_rejected no_primary_artifact",
  ],
  ["an unknown rejection", failed("rejected", "too_late_today"), "complete_rejected", "complete_rejected other"],
  [
    "a rejection for the lease",
    failed("lease_lost", "lease_lost"),
    "complete_rejected",
    "complete_rejected lease_lost",
  ],
  [
    "a rejection after a kind was added",
    failed("rejected", "missing_artifact_kind", { repair: "missing_artifact_kind" }),
    "complete_rejected",
    "complete_rejected missing_artifact_kind",
  ],
  [
    "a kind that can not be added",
    failed("rejected", "missing_artifact_kind", { repair: "missing_artifact_kind", unrepaired: "kind_not_addable" }),
    "complete_rejected",
    "complete_rejected kind_not_addable",
  ],
  [
    "a rejection of the retry of a lost answer",
    failed("rejected", "forbidden", { repair: "transport" }),
    "complete_rejected",
    "complete_rejected other",
  ],
  ["a lease that ran out meanwhile", failed("transport", "fetch_failed", { leaseOver: true }), "lease_lost", undefined],
])("R6: %s is %3$s", (_, input, code, incident) => {
  const verdict = judgeFailedCompletion(input);
  expect(verdict.code).toBe(code);
  expect(verdict.incident === undefined ? undefined : `${verdict.incident.kind} ${verdict.incident.reason}`).toBe(
    incident,
  );
  expect(verdict.message).toContain("J1");
});
