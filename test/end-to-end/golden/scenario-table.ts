/** Where each golden scenario (R11) is proven, from worker to inbox. A test holds the table to the files. */
import type { WatchdogAlertKey } from "@worker-watchdog/monitoring";

/** One proof: a test that begins with a real worker process and ends at the inbox behind Alertmanager. */
export interface Proof {
  /** Path from the repository's root. */
  readonly file: string;
  /** What its title begins with. */
  readonly title: string;
  /** The pages that it holds to every field of R4.1; none: it sees that nobody is told. */
  readonly pages: readonly WatchdogAlertKey[];
}

const GOLDEN = "test/end-to-end/golden";
const OUTSIDE = ["test/packages/outside-worker.e2e.test.ts", "test/packages/shell-worker.e2e.test.ts"] as const;
const KILLED = "test/end-to-end/killed-worker.e2e.test.ts";

/** The same title in both: a worker with an SDK of its own, and one in plain sh. */
const outside = (title: string, ...pages: readonly WatchdogAlertKey[]): readonly Proof[] =>
  OUTSIDE.map((file) => ({ file, title, pages }));

function golden(number: number, name: string, ...pages: readonly WatchdogAlertKey[]): Proof {
  const file = `${GOLDEN}/scenario-${String(number).padStart(2, "0")}-${name}.ts`;
  return { file, title: `scenario ${number}`, pages };
}

/** Proofs by the scenario's number. */
export const SCENARIO_TABLE: Readonly<Record<number, readonly Proof[]>> = {
  1: outside("1: ", "repeated_no_job"),
  2: outside("2: "),
  3: outside("3: ", "missing_deliverable_id"),
  4: [...outside("4: repairs a missing artifact kind"), ...outside("4: pages", "complete_rejected")],
  5: outside("5: ", "job_not_found_after_claim"),
  6: outside("6: ", "lease_expiring_with_claimed_job"),
  7: [golden(7, "stale-lease", "lease_expired")],
  // (b) fires, and page 6 of the same job mutes it (R4.4).
  8: [golden(8, "queue-stuck", "queue_stuck", "queue_stuck_pool", "lease_expired")],
  9: [golden(9, "silent-loop", "silent_loop")],
  10: [golden(10, "gate-failure", "artifact_missing")],
  11: [
    { file: KILLED, title: "in %s: page 1 before", pages: ["lease_expiring_with_claimed_job", "lease_expired"] },
    { file: KILLED, title: "in %s: page 14", pages: ["worker_absent"] },
    golden(11, "killed-worker", "worker_absent"),
  ],
  12: [golden(12, "session-death", "session_dead")],
  13: [golden(13, "cancelled-run", "session_cancelled")],
  14: [golden(14, "journal-unreadable", "control_store_unreadable")],
  15: [golden(15, "two-primary-jobs", "multiple_primary_jobs")],
  16: [golden(16, "credential", "secret_redacted")],
  17: [golden(17, "outages", "telemetry_collector_down", "telemetry_evaluation_gap", "telemetry_alertmanager_down")],
  18: [golden(18, "hung-worker", "queue_stuck", "lease_expiring_with_claimed_job")],
  19: [golden(19, "changes-of-fleet")],
};
