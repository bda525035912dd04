/** The live fleet: healthy workers, and one pool in which something goes wrong now and then, said aloud each time. */
import { setTimeout as sleep } from "node:timers/promises";
import { findFreePorts } from "@worker-watchdog/stack";
import type { Fleet } from "../fleet/start-fleet.ts";
import { fillQueue } from "../scenarios/run-scenario.ts";
import type { ScenarioJob } from "../scenarios/scenario.ts";

const HEALTHY = { pool: "reports", workers: 3, heartbeatSeconds: 3 };
const DEMONSTRATION = { pool: "demonstration", workers: 1, heartbeatSeconds: 5 };

interface Demonstration {
  readonly job: ScenarioJob;
  /** What goes wrong, and what comes of it. */
  readonly says: string;
}

const DEMONSTRATIONS: readonly Demonstration[] = [
  {
    job: { fault: "refused_kind" },
    says: "the queue asks for one more artifact kind, and rejects it when it is there; a page within 30 s",
  },
  {
    job: { artifactLost: true },
    says: "the artifact host loses the report; the gate blocks the completion; a page within 30 s",
  },
  {
    job: { withoutDeliverable: true, buildSeconds: 60 },
    says: "the queue assigns no slot for uploads; a message within 50 s, over once the shared artifact is proven",
  },
];
/** Healthy jobs between two faults: about two minutes. */
const HEALTHY_BETWEEN = 12;

/** Runs until the signal aborts. */
export async function runLive(fleet: Fleet, signal: AbortSignal): Promise<void> {
  const announced = new Map<string, string>();
  let orders = 0;
  const orderDemonstration = async (): Promise<void> => {
    const turn = orders % (HEALTHY_BETWEEN + 1);
    const demonstration = DEMONSTRATIONS[Math.floor(orders / (HEALTHY_BETWEEN + 1)) % DEMONSTRATIONS.length];
    orders += 1;
    if (turn !== 0 || demonstration === undefined) {
      await fleet.order(DEMONSTRATION.pool);
      return;
    }
    announced.set(await fleet.order(DEMONSTRATION.pool, demonstration.job), demonstration.says);
  };
  // Said when it begins, not when it is ordered.
  fleet.record.subscribe((event) => {
    if (event.type !== "activity" || event.activity.command !== "claim") return;
    const says = announced.get(event.activity.jobId ?? "");
    if (says !== undefined) fleet.record.notice(`Demonstration fault: ${says}.`);
  });

  await orderDemonstration();
  await orderDemonstration();
  await fillQueue(HEALTHY, fleet);
  const metricsPorts = await findFreePorts(HEALTHY.workers + DEMONSTRATION.workers);
  for (const { pool, workers, heartbeatSeconds } of [HEALTHY, DEMONSTRATION]) {
    for (let number = 1; number <= workers; number += 1) {
      const metricsPort = metricsPorts.pop();
      fleet.startWorker({ id: `${pool}-${number}`, pool, policy: "default", heartbeatSeconds, metricsPort });
    }
  }
  while (!signal.aborted) {
    await fillQueue(HEALTHY, fleet);
    if ((await fleet.desk.waiting(DEMONSTRATION.pool)) < 2) await orderDemonstration();
    await sleep(1_000, undefined, { signal }).catch(() => {});
  }
}
