/** Every scenario, in the order of the table that is printed. */
import { EVENTS } from "@worker-watchdog/sdk/semconv";
import { answered, artifactNotThere, leaseBelowWarning, leaseGraceOver } from "./fault-instant.ts";
import type { Scenario, ScenarioName } from "./scenario.ts";

const MAINTAINER = "codex_worker_maintainer";
const PLATFORM = "pls_platform_owner";
const OPERATIONS = "pls_ops";

/** The longest a page of high severity may take is 30 s: what has not come by then does not come. */
const QUIET_SECONDS = 45;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "healthy",
    pool: "healthy",
    about: "Jobs arrive, are built, proven and completed; a lease that gets short is renewed.",
    policy: "default",
    workers: 2,
    heartbeatSeconds: 2,
    // The first job's lease is renewed on the way: it gets below the keep-alive threshold while the report is built.
    jobs: [{ leaseSeconds: 430, buildSeconds: 25 }],
    jobsArrive: true,
    pages: [],
    quietSeconds: 60,
    completedJobs: 4,
    recorded: [EVENTS.artifactVerified, EVENTS.completeSucceeded, EVENTS.leaseRenewed],
    neverRecorded: [EVENTS.jobStuck, EVENTS.completeFailed],
    timeoutSeconds: 150,
  },
  {
    name: "no-job",
    pool: "no-job",
    about: "A worker asks three times and gets no job.",
    policy: "default",
    workers: 1,
    heartbeatSeconds: 4,
    jobs: [],
    pages: [
      {
        alert: "repeated_no_job",
        owner: OPERATIONS,
        severity: "medium",
        fault: answered("claim", "no_job", 3),
        faultIs: "third empty claim",
      },
    ],
    quietSeconds: QUIET_SECONDS,
    completedJobs: 0,
    recorded: [EVENTS.noJobProposal],
    timeoutSeconds: 180,
  },
  {
    name: "no-deliverable-id",
    pool: "no-deliverable-id",
    about: "The queue assigns no slot for uploads; the artifact goes to the shared area.",
    policy: "default",
    workers: 1,
    // Messages wait 30 s for more of their kind: the gap has to be open for longer, or nobody needs to hear of it.
    jobs: [{ withoutDeliverable: true, buildSeconds: 60 }],
    pages: [
      {
        alert: "missing_deliverable_id",
        owner: MAINTAINER,
        severity: "medium",
        fault: answered("claim", "ok"),
        faultIs: "claim without a deliverable id",
        overAt: answered("complete", "ok"),
        mustEnd: true,
      },
    ],
    quietSeconds: 0,
    completedJobs: 1,
    recorded: [EVENTS.artifactVerified, EVENTS.completeSucceeded],
    timeoutSeconds: 240,
  },
  {
    name: "complete-rejected",
    pool: "complete-rejected-once",
    about: "The contract asks for one more artifact kind; it is added, and the retry is taken.",
    policy: "default",
    workers: 1,
    jobs: [{ fault: "late_kind" }],
    pages: [],
    quietSeconds: QUIET_SECONDS,
    completedJobs: 1,
    recorded: [EVENTS.repair, EVENTS.completeSucceeded],
    neverRecorded: [EVENTS.completeFailed],
    timeoutSeconds: 120,
  },
  {
    name: "complete-rejected",
    pool: "complete-rejected-twice",
    about: "The kind is added, and the queue rejects the retry too.",
    policy: "default",
    workers: 1,
    jobs: [{ fault: "refused_kind" }],
    pages: [
      {
        alert: "complete_rejected",
        owner: MAINTAINER,
        severity: "high",
        fault: answered("complete", "missing_artifact_kind", 2),
        faultIs: "second rejection",
        overAt: answered("fail", "ok"),
        mustEnd: true,
      },
    ],
    quietSeconds: 0,
    completedJobs: 0,
    recorded: [EVENTS.artifactVerified, EVENTS.repair, EVENTS.completeFailed],
    neverRecorded: [EVENTS.completeSucceeded],
    timeoutSeconds: 240,
  },
  {
    name: "job-not-found",
    pool: "job-not-found",
    about: "The queue loses the job right after it gave it out; the artifact is built and kept.",
    policy: "default",
    workers: 1,
    jobs: [{ fault: "deleted_after_claim" }],
    pages: [
      {
        alert: "job_not_found_after_claim",
        owner: PLATFORM,
        severity: "critical",
        fault: answered(["context", "progress", "complete"], "job_not_found"),
        faultIs: "first not-found answer",
      },
    ],
    quietSeconds: QUIET_SECONDS,
    completedJobs: 0,
    recorded: [EVENTS.artifactVerified],
    neverRecorded: [EVENTS.completeSucceeded],
    timeoutSeconds: 150,
  },
  {
    name: "lease-expiring",
    pool: "lease-expiring",
    about: "The queue refuses every renewal of a job that takes longer than its lease.",
    policy: "default",
    workers: 1,
    jobs: [{ fault: "renewal_refused", leaseSeconds: 325, buildSeconds: 280 }],
    pages: [
      {
        alert: "lease_expiring_with_claimed_job",
        owner: PLATFORM,
        severity: "high",
        fault: leaseBelowWarning,
        faultIs: "lease below the warning, renewal refused",
      },
    ],
    quietSeconds: QUIET_SECONDS,
    completedJobs: 0,
    recorded: [EVENTS.leaseRenewalFailed],
    timeoutSeconds: 180,
  },
  {
    name: "artifact-missing",
    pool: "artifact-missing",
    about: "The artifact host takes the report and answers 404 for it; the gate blocks the completion.",
    policy: "default",
    workers: 1,
    jobs: [{ artifactLost: true }],
    pages: [
      {
        alert: "artifact_missing",
        owner: MAINTAINER,
        severity: "high",
        fault: artifactNotThere,
        faultIs: "first 404 for the artifact",
        overAt: answered("fail", "ok"),
        mustEnd: true,
      },
    ],
    quietSeconds: 0,
    completedJobs: 0,
    recorded: [EVENTS.artifactRefused],
    neverRecorded: [EVENTS.artifactVerified, EVENTS.completeSucceeded],
    timeoutSeconds: 240,
  },
  {
    name: "worker-killed",
    pool: "worker-killed",
    about: "A worker is killed while it builds; its lease runs out, and another worker does the job.",
    policy: "short-leases",
    workers: 1,
    jobs: [{ leaseSeconds: 100, buildSeconds: 8 }],
    killAndTakeOverAfter: "lease_expired",
    pages: [
      {
        alert: "lease_expiring_with_claimed_job",
        owner: PLATFORM,
        severity: "high",
        fault: leaseBelowWarning,
        faultIs: "lease below the warning, worker dead",
        // Alert 6 speaks for it by then, so that nobody needs to be told of this end.
        overAt: answered("claim", "ok", 2),
      },
      {
        alert: "lease_expired",
        owner: PLATFORM,
        severity: "high",
        fault: leaseGraceOver,
        faultIs: "lease and its grace over",
        overAt: answered("claim", "ok", 2),
        mustEnd: true,
      },
    ],
    quietSeconds: 15,
    completedJobs: 1,
    recorded: [EVENTS.completeSucceeded],
    timeoutSeconds: 330,
  },
];

/** The scenarios of a name: `complete-rejected` is two. */
export function scenariosNamed(name: ScenarioName): readonly Scenario[] {
  return SCENARIOS.filter((scenario) => scenario.name === name);
}
