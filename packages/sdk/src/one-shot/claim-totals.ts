/** Claims counted over all processes of a worker: a process of its own for each claim would count to one, for ever. */
import { workerScope } from "../journal/journal.ts";
import { ownField } from "../own-field.ts";
import type { RowOwner } from "../rows/row-table.ts";
import { ATTRIBUTES, CLAIM_OUTCOMES, type ClaimOutcome } from "../semconv/index.ts";
import type { WorkerContext } from "../worker/worker-context.ts";

const KEY = "claims";
const KEPT: RowOwner = { dropAtMillis: Number.POSITIVE_INFINITY };

type Totals = { startMillis: number } & Record<ClaimOutcome, number>;

/** Shows the totals so far as rows, and gives the function that counts one more. */
export function claimTotals<P>(worker: WorkerContext<P>): (outcome: ClaimOutcome) => void {
  const { journal, table, options, telemetry } = worker;
  const scope = workerScope(options.worker);
  const read = (): Totals => {
    const stored = journal.get(scope, KEY);
    const count = (key: string): number | undefined => {
      const found = ownField(stored, key);
      return typeof found === "number" && Number.isSafeInteger(found) && found >= 0 ? found : undefined;
    };
    const startMillis = count("startMillis");
    // A total that lost its start is a new one: Prometheus then sees a reset, and never a fall.
    if (startMillis === undefined) return { startMillis: options.clock.now(), job: 0, no_job: 0, failed: 0 };
    return { startMillis, job: count("job") ?? 0, no_job: count("no_job") ?? 0, failed: count("failed") ?? 0 };
  };
  const show = (totals: Totals): void => {
    for (const outcome of CLAIM_OUTCOMES) {
      const attributes = {
        [ATTRIBUTES.workerPool.key]: options.worker.pool,
        [ATTRIBUTES.workerId.key]: options.worker.id,
        [ATTRIBUTES.claimOutcome.key]: outcome,
      };
      table.set("claims", attributes, totals[outcome], KEPT, { startMillis: totals.startMillis });
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
