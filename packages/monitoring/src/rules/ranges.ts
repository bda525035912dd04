/** How far back the rules look, from the policy. What closes is always readable for longer than what opens. */
import { detectionSeconds, type Policy } from "@worker-watchdog/sdk/policy";
import { minutes } from "./durations.ts";

/** The quick windows bridge what is newer than the last deep scan, and so many scans that are missed. */
const QUICK_WINDOW_SCANS = 5;

/** How much longer what closes stays readable, in seconds. */
const DEEP_CLOSE_MARGIN_SECONDS = 3_600;
/** An incident's row and the rows that end it are exported together; one may come so much later than the other. */
const EVENT_MARGIN_SECONDS = 300;

/** A claim is looked at for so many times what has to fail on end, or a process that claims once would never be told of. */
const CLAIMS_PERIODS = 2;

/** Ranges of the rules, in seconds. */
export interface Ranges {
  /** A row that opens a page: the longest lease and the time that a page stays open. */
  readonly openSeconds: number;
  /** A row that closes one. */
  readonly closeSeconds: number;
  /** The same two for the rules of every tick, which the deep scans complete. */
  readonly quickOpenSeconds: number;
  readonly quickCloseSeconds: number;
  /** How long an event pages if nothing clears it. */
  readonly eventSeconds: number;
  /** How far back the attempts and claims are looked for that an event stands beside. */
  readonly besideEventSeconds: number;
  /** How long its clearing is readable. */
  readonly eventCloseSeconds: number;
  /** No sign of life for this long is absence. */
  readonly absentSeconds: number;
  /** How far back a sign of life is looked for: an absent worker pages for as long as any page stays open. */
  readonly aliveSeconds: number;
  /** How far back a clean stop is looked for. */
  readonly stoppedSeconds: number;
  /** How far back a streak of empty claims is looked for. After a death worker_absent takes over within it. */
  readonly streakSeconds: number;
  /** How far back a pool's last claim of a job is looked for: as far as its last question, and as long as a job may wait. */
  readonly poolClaimSeconds: number;
  /** Claims that were counted within this long are coming in, also those of one-shot processes. */
  readonly claimsSeconds: number;
  /** No row for this long beside such claims, and rows do not come in: longer, so that an outage, which ends both at once, is none. */
  readonly rowsMissingSeconds: number;
  /** How long the past may still look as it did during an outage: rows are on their way (a refresh, an export, the Collector's queue), and the slowest group has to look again. */
  readonly catchUpSeconds: number;
}

/** The ranges that follow from `policy`. */
export function ranges(policy: Policy): Ranges {
  const { thresholds, pipeline } = policy;
  const openSeconds = minutes(thresholds.lease_max_minutes + thresholds.page_open_minutes);
  const quickOpenSeconds = Math.min(QUICK_WINDOW_SCANS * pipeline.slow_rule_interval_seconds, openSeconds);
  const eventSeconds = minutes(thresholds.event_hold_minutes);
  const heartbeatSeconds = minutes(policy.heartbeat_interval_minutes);
  const absentSeconds = thresholds.worker_absent_heartbeats * heartbeatSeconds;
  // A lease may outlive the sign of life that came with it, and absence pages only after it.
  const aliveSeconds = Math.max(openSeconds, absentSeconds + minutes(thresholds.page_open_minutes));
  const streakSeconds = absentSeconds + heartbeatSeconds;
  const catchUpSeconds =
    pipeline.row_refresh_seconds +
    policy.telemetry.catch_up_seconds +
    Math.max(
      detectionSeconds(policy, { isSlow: true }),
      detectionSeconds({ pipeline: { ...pipeline, rule_interval_seconds: policy.slo.rule_interval_seconds } }),
    );
  return {
    openSeconds,
    closeSeconds: openSeconds + DEEP_CLOSE_MARGIN_SECONDS,
    quickOpenSeconds,
    quickCloseSeconds: 2 * quickOpenSeconds,
    eventSeconds,
    besideEventSeconds: eventSeconds + EVENT_MARGIN_SECONDS,
    eventCloseSeconds: eventSeconds + DEEP_CLOSE_MARGIN_SECONDS,
    absentSeconds,
    aliveSeconds,
    stoppedSeconds: aliveSeconds + DEEP_CLOSE_MARGIN_SECONDS,
    streakSeconds,
    poolClaimSeconds: Math.max(streakSeconds, minutes(thresholds.queue_stuck_pending_minutes)),
    claimsSeconds: CLAIMS_PERIODS * policy.telemetry.failing_seconds,
    rowsMissingSeconds: CLAIMS_PERIODS * policy.telemetry.failing_seconds + catchUpSeconds,
    catchUpSeconds,
  };
}
