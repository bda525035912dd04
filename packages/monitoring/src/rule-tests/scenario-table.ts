/** Every scenario of the rule tests. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { Scenario } from "./scenario.ts";
import { absence } from "./scenarios/absence.ts";
import { deadMansSwitch } from "./scenarios/dead-mans-switch.ts";
import { deadWorker } from "./scenarios/dead-worker.ts";
import { deliverableOfJob } from "./scenarios/deliverable-of-job.ts";
import { eventIdentity } from "./scenarios/event-identity.ts";
import { eventScenarios } from "./scenarios/events.ts";
import { healthyWorkers } from "./scenarios/healthy-workers.ts";
import { artifactOfEarlierAttempt, leaseLostAlive, leaseRecovery } from "./scenarios/lease-recovery.ts";
import { leaseTakenAway } from "./scenarios/lease-taken-away.ts";
import { limitedSessions } from "./scenarios/limited-sessions.ts";
import { noJob } from "./scenarios/no-job.ts";
import { idlePool, poolOfTheDead, poolShares, waitingJobs } from "./scenarios/pool-shares.ts";
import { pools } from "./scenarios/pools.ts";
import { replicas } from "./scenarios/replicas.ts";
import { silentLoops } from "./scenarios/silent-loops.ts";
import { stuckJobs } from "./scenarios/stuck-jobs.ts";
import { earlyTakeover, takeover } from "./scenarios/takeover.ts";
import { completeKnown, workerEvents } from "./scenarios/worker-events.ts";

/** Scenarios in the order of the file. */
export const SCENARIOS: readonly ((policy: Policy) => Scenario)[] = [
  healthyWorkers,
  deadWorker,
  takeover,
  earlyTakeover,
  leaseRecovery,
  leaseLostAlive,
  leaseTakenAway,
  artifactOfEarlierAttempt,
  replicas,
  pools,
  ...eventScenarios,
  workerEvents,
  completeKnown,
  eventIdentity,
  deliverableOfJob,
  noJob,
  absence,
  stuckJobs,
  silentLoops,
  limitedSessions,
  poolShares,
  poolOfTheDead,
  idlePool,
  waitingJobs,
  deadMansSwitch,
];
