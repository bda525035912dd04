import { expect, it } from "vitest";
import { STUCK_CLASSES } from "../semconv/index.ts";
import { classifyStuck, type StuckFacts } from "./stuck-class.ts";

const calm: StuckFacts = {
  stuckReason: undefined,
  verified: false,
  hasDeliverableId: true,
  openIncidents: [],
  failures: {},
  leaseRemainingSeconds: 600,
  emptyClaims: 0,
};

const cases: readonly (readonly [string, Partial<StuckFacts>, string, string])[] = [
  ["three empty claims", { emptyClaims: 3 }, "no_job_loop", "inspect_backlog_capabilities"],
  [
    "a lease that ran out",
    { stuckReason: "lease_expired", leaseRemainingSeconds: 0 },
    "lease_expiry",
    "mark_stale_and_request_reclaim",
  ],
  ["a renewal that failed", { stuckReason: "lease_renewal_failed" }, "lease_expiry", "alert_and_retouch"],
  [
    "a job that was taken over",
    { stuckReason: "lease_lost", openIncidents: ["lease_lost taken_over"] },
    "lease_expiry",
    "mark_stale_and_request_reclaim",
  ],
  [
    "a rejection for the lease",
    { stuckReason: "complete_rejected", openIncidents: ["complete_rejected lease_lost"], verified: true },
    "lease_expiry",
    "mark_stale_and_request_reclaim",
  ],
  [
    "a lease that ran out on a failed build",
    { stuckReason: "build_failed", leaseRemainingSeconds: -1 },
    "lease_expiry",
    "mark_stale_and_request_reclaim",
  ],
  [
    "no slot, no artifact",
    { stuckReason: "artifact_missing", hasDeliverableId: false, openIncidents: ["artifact_missing http_status"] },
    "missing_deliverable_id",
    "publish_shared_cloud_artifact",
  ],
  [
    "a refused artifact",
    { stuckReason: "artifact_missing", openIncidents: ["artifact_missing digest_mismatch"] },
    "artifact_gap",
    "publish_or_fail_with_reason",
  ],
  [
    "a heartbeat that ended without",
    { stuckReason: "attempt_ended", openIncidents: ["artifact_missing attempt_ended"] },
    "artifact_gap",
    "publish_or_fail_with_reason",
  ],
  [
    "a failed build",
    { stuckReason: "build_failed", openIncidents: ["phase_failed build"] },
    "artifact_gap",
    "publish_or_fail_with_reason",
  ],
  [
    "a rejection",
    { stuckReason: "complete_rejected", openIncidents: ["complete_rejected other"], verified: true },
    "complete_rejected",
    "add_missing_kind_or_escalate",
  ],
  [
    "a job that is not there",
    { stuckReason: "job_not_found", openIncidents: ["job_not_found progress"] },
    "job_not_found",
    "preserve_artifact_and_alert",
  ],
  [
    "a complete without an answer",
    { stuckReason: "complete_unknown", openIncidents: ["complete_unknown transport"], verified: true },
    "transport",
    "read_job_state",
  ],
  [
    "a context without an answer",
    { stuckReason: "context_failed", openIncidents: ["phase_failed context"], failures: { context: "fetch_failed" } },
    "transport",
    "retouch_worker",
  ],
  [
    "a dead session",
    { stuckReason: "no_progress", openIncidents: ["session_dead token_revoked"] },
    "session_dead",
    "reauthenticate_or_refill",
  ],
  ["a job that does not move", { stuckReason: "no_progress" }, "no_progress", "supervisor_review"],
  [
    "a job that did not move until its lease ran out",
    { stuckReason: "no_progress", openIncidents: ["lease_lost expired"] },
    "no_progress",
    "supervisor_review",
  ],
  ["a failed phase after the gate", { stuckReason: "notify_failed", verified: true }, "unknown", "inspect_worker"],
  ["nothing", {}, "unknown", "inspect_worker"],
];

it.each(cases)("R6.3: %s", (_, facts, stuckClass, action) => {
  const verdict = classifyStuck({ ...calm, ...facts });
  expect(verdict).toMatchObject({ class: stuckClass, action });
  if (stuckClass !== "unknown") expect(verdict.evidence).not.toEqual([]);
});

it("R6.3: each class has a case", () => {
  expect(new Set(cases.map(([, , stuckClass]) => stuckClass))).toEqual(new Set(STUCK_CLASSES));
});

it.each([
  ["timeout", true],
  ["http_503", true],
  ["econnrefused", true],
  ["html", true],
  ["http_404", false],
  ["threw", false],
  ["not_passed", false],
])("R6.3: a context that failed with %s is transport: %s", (code, isTransport) => {
  const facts = { ...calm, stuckReason: "context_failed", verified: true, failures: { context: code } };
  expect(classifyStuck(facts).class).toBe(isTransport ? "transport" : "unknown");
});
