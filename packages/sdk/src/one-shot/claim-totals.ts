/** Claims counted over all processes of a worker: a process of its own for each claim would count to one, for ever. */
import { workerScope } from "../journal/journal.ts";
import { ownField, storedCount } from "../own-field.ts";
import { KEPT_ROWS } from "../rows/row-table.ts";
import { ATTRIBUTES, CLAIM_OUTCOMES, type ClaimOutcome } from "../semconv/index.ts";
import type { WorkerContext } from "../worker/worker-context.ts";

const KEY = "claims";

type Totals = { startMillis: number } & Record<ClaimOutcome, number>;

/** Shows the totals so far as rows, and gives the function that counts one more. */
export function claimTotals<P>(worker: WorkerContext<P>): (outcome: ClaimOutcome) => void {
  const { journal, table, options, telemetry } = worker;
  const scope = workerScope(options.worker);
  const read = (): Totals => {
    const stored = journal.get(scope, KEY);
    const count = (key: string): number => storedCount(ownField(stored, key));
    const startMillis = count("startMillis");
    // A total that lost its start is a new one: Prometheus then sees a reset, and never a fall.
    if (startMillis === 0) return { startMillis: options.clock.now(), job: 0, no_job: 0, failed: 0 };
    return { startMillis, job: count("job"), no_job: count("no_job"), failed: count("failed") };
  };
  const show = (totals: Totals): void => {
    for (const outcome of CLAIM_OUTCOMES) {
      const attributes = { ...worker.rowAttributes, [ATTRIBUTES.claimOutcome.key]: outcome };
      table.set("claims", attributes, totals[outcome], KEPT_ROWS, { startMillis: totals.startMillis });
    }
  };
  telemetry.guard(() => {
    if (journal.get(scope, KEY) !== undefined) show(read());
  });
  return (outcome) => {
    telemetry.guard(() => {
      const totals = journal.transaction(() => {
        const counted = read();
        counted[outcome] += 1;
        journal.set(scope, KEY, counted);
        return counted;
      });
      show(totals);
    });
  };
}
