/** Every scenario of the rule tests. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { besideOthers } from "./beside-others.ts";
import type { Scenario } from "./scenario.ts";
import { absence } from "./scenarios/absence.ts";
import { deadMansSwitch } from "./scenarios/dead-mans-switch.ts";
import { deadWorker } from "./scenarios/dead-worker.ts";
import { deliverableOfJob } from "./scenarios/deliverable-of-job.ts";
import { eventIdentity } from "./scenarios/event-identity.ts";
import { eventScenarios } from "./scenarios/events.ts";
import { falseGreens } from "./scenarios/false-greens.ts";
import { firstTicks } from "./scenarios/first-ticks.ts";
import { healthyWorkers } from "./scenarios/healthy-workers.ts";
import { heldAtOnce } from "./scenarios/held-at-once.ts";
import { incidentsAgain } from "./scenarios/incidents-again.ts";
import { artifactOfEarlierAttempt, leaseLostAlive, leaseRecovery } from "./scenarios/lease-recovery.ts";
import { leaseTakenAway } from "./scenarios/lease-taken-away.ts";
import { limitedSessions } from "./scenarios/limited-sessions.ts";
import { noIncidents } from "./scenarios/no-incidents.ts";
import { noJob } from "./scenarios/no-job.ts";
import { retiredByOperator, settledByOperator } from "./scenarios/operator-acts.ts";
import { phasesOfPools, silentShares, stuckShares } from "./scenarios/pool-kinds.ts";
import { idlePool, poolOfTheDead, poolShares } from "./scenarios/pool-shares.ts";
import { pools } from "./scenarios/pools.ts";
import { replicas } from "./scenarios/replicas.ts";
import { signedOff } from "./scenarios/signed-off.ts";
import { silentLoops } from "./scenarios/silent-loops.ts";
import { burnBoundaries } from "./scenarios/slo-burns.ts";
import { deadClaims, lateSettlement, neutralClaims, takenOverClaims } from "./scenarios/slo-claims.ts";
import { budgetRecovers, fewClaims } from "./scenarios/slo-traffic.ts";
import { stuckJobs } from "./scenarios/stuck-jobs.ts";
import { claimedAgain, earlyTakeover, takeover } from "./scenarios/takeover.ts";
import {
  collectorNeverUp,
  mutedAfterGap,
  mutedWithoutCollector,
  mutedWithoutExports,
} from "./scenarios/telemetry-catching-up.ts";
import { collectorRestarts, collectorsDown, receiverRefuses } from "./scenarios/telemetry-collectors.ts";
import { cardinalityOverflow, clockOff, notScraped, rowsMissing } from "./scenarios/telemetry-coverage.ts";
import { exportsRefused, exportsStuck, prometheusRefuses } from "./scenarios/telemetry-exports.ts";
import { alertmanagerDown, alertsLost, noAlertmanagerFound, notificationsFail } from "./scenarios/telemetry-paging.ts";
import { configRefused, evaluationGaps, rulesFail } from "./scenarios/telemetry-rules.ts";
import { waitingJobs } from "./scenarios/waiting-jobs.ts";
import { completeKnown, workerEventScenarios } from "./scenarios/worker-events.ts";

/** Scenarios by the name of their file, in the order in which they are best read. */
export const SCENARIOS: Readonly<Record<string, (policy: Policy) => Scenario>> = {
  "healthy-workers": healthyWorkers,
  "dead-worker": deadWorker,
  takeover,
  "early-takeover": earlyTakeover,
  "claimed-again": claimedAgain,
  "lease-recovery": leaseRecovery,
  "lease-lost-alive": leaseLostAlive,
  "lease-taken-away": leaseTakenAway,
  "artifact-of-earlier-attempt": artifactOfEarlierAttempt,
  replicas,
  "first-ticks": firstTicks,
  pools,
  ...eventScenarios,
  "incidents-again": incidentsAgain,
  "no-incidents": noIncidents,
  ...workerEventScenarios,
  "complete-known": completeKnown,
  "false-green": falseGreens,
  "held-at-once": heldAtOnce,
  "event-identity": eventIdentity,
  "deliverable-of-job": deliverableOfJob,
  "no-job": noJob,
  absence,
  "stuck-jobs": stuckJobs,
  "silent-loops": silentLoops,
  "limited-sessions": limitedSessions,
  "pool-shares": poolShares,
  "phases-of-pools": phasesOfPools,
  "silent-shares": silentShares,
  "stuck-shares": stuckShares,
  "signed-off": signedOff,
  "pool-of-the-dead": poolOfTheDead,
  "idle-pool": idlePool,
  "waiting-jobs": waitingJobs,
  "settled-by-operator": settledByOperator,
  "retired-by-operator": retiredByOperator,
  ...burnBoundaries,
  "slo-few-claims": fewClaims,
  "slo-budget-recovers": budgetRecovers,
  "slo-dead-claims": deadClaims,
  "slo-taken-over-claims": takenOverClaims,
  "slo-neutral-claims": neutralClaims,
  "slo-late-settlement": lateSettlement,
  "telemetry-collectors-down": (policy) => besideOthers(collectorsDown(policy)),
  "telemetry-collector-restarts": (policy) => besideOthers(collectorRestarts(policy)),
  "telemetry-receiver-refuses": (policy) => besideOthers(receiverRefuses(policy)),
  "telemetry-exports-refused": (policy) => besideOthers(exportsRefused(policy)),
  "telemetry-prometheus-refuses": (policy) => besideOthers(prometheusRefuses(policy)),
  "telemetry-exports-stuck": (policy) => besideOthers(exportsStuck(policy)),
  "telemetry-rules-fail": (policy) => besideOthers(rulesFail(policy)),
  "telemetry-evaluation-gaps": (policy) => besideOthers(evaluationGaps(policy)),
  "telemetry-config-refused": (policy) => besideOthers(configRefused(policy)),
  "telemetry-alertmanager-down": (policy) => besideOthers(alertmanagerDown(policy)),
  "telemetry-alerts-lost": (policy) => besideOthers(alertsLost(policy)),
  "telemetry-no-alertmanager-found": (policy) => besideOthers(noAlertmanagerFound(policy)),
  "telemetry-notifications-fail": (policy) => besideOthers(notificationsFail(policy)),
  "telemetry-not-scraped": (policy) => besideOthers(notScraped(policy)),
  "telemetry-cardinality-overflow": cardinalityOverflow,
  "telemetry-rows-missing": (policy) => besideOthers(rowsMissing(policy)),
  "telemetry-clock-off": (policy) => besideOthers(clockOff(policy)),
  "telemetry-muted-without-collector": (policy) => besideOthers(mutedWithoutCollector(policy)),
  "telemetry-collector-never-up": (policy) => besideOthers(collectorNeverUp(policy)),
  "telemetry-muted-without-exports": (policy) => besideOthers(mutedWithoutExports(policy)),
  "telemetry-muted-after-gap": (policy) => besideOthers(mutedAfterGap(policy)),
  "dead-mans-switch": deadMansSwitch,
};
