/** A worker's context with nothing around it, for tests of one part. */
import { createArtifactGate } from "../src/artifact/index.ts";
import { type MemoryJournal, memoryJournal, type Row } from "../src/index.ts";
import { createPolicy, type Policy, type PolicyInput } from "../src/policy/index.ts";
import { type ManualClock, manualClock } from "../src/testing/index.ts";
import { checkOptions, type WatchdogOptions } from "../src/worker/watchdog-options.ts";
import { WorkerContext } from "../src/worker/worker-context.ts";

/** A worker's context, and what it wrote. */
export interface BareWorker {
  readonly worker: WorkerContext<unknown>;
  readonly journal: MemoryJournal;
  readonly clock: ManualClock;
  rows(): readonly Row[];
}

export function bareWorker(
  options: {
    readonly policy?: PolicyInput;
    /** In the place of the policy's, unchecked: what a policy file would refuse can be tried. */
    readonly selfHeal?: Policy["self_heal"];
    readonly journal?: MemoryJournal;
    readonly helper?: WatchdogOptions["helper"];
  } = {},
): BareWorker {
  const journal = options.journal ?? memoryJournal();
  const clock = manualClock();
  const policy = createPolicy(options.policy ?? {});
  const checked = checkOptions({
    worker: { id: "w1", pool: "p", role: "builder" },
    policy: options.selfHeal === undefined ? policy : { ...policy, self_heal: options.selfHeal },
    journal,
    clock,
    helper: options.helper,
  });
  const worker = new WorkerContext(checked, createArtifactGate());
  return { worker, journal, clock, rows: () => worker.table.rows(clock.now()) };
}
