/** Says that a worker is gone for good. Its own next sign of life says that it is not. */
import { type OpenRowQueries, openRowQueries } from "@worker-watchdog/monitoring";
import { WatchdogError } from "@worker-watchdog/sdk";
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { IncidentKind } from "@worker-watchdog/sdk/semconv";
import type { CommandContext, OptionValues } from "../command.ts";
import { closeOnRecord } from "./close-on-record.ts";
import { type Closing, endsWith, isNothing } from "./closing.ts";
import { type OpenRows, openRows, ownerKey, type RowOwner, rowOwner } from "./open-rows.ts";
import type { Operator } from "./operator.ts";
import { pageLine } from "./page-line.ts";
import type { AskedPrometheus } from "./prometheus.ts";

/** Incidents that are over when their worker is gone. What is wrong with a job, or a credential, is not. */
const OVER_WITH_THE_WORKER: readonly IncidentKind[] = [
  "phase_failed",
  "session_dead",
  "repair_exhausted",
  "session_cancelled",
  "control_store_unreadable",
];

/** What is needed to retire a worker. */
export interface RetireRequest {
  readonly worker: string;
  readonly pool: string | undefined;
  readonly cluster: string | undefined;
  /** Also where it holds a job under a lease that still runs. */
  readonly isForced: boolean;
  readonly operator: Operator;
  readonly policy: Policy;
  readonly prometheus: AskedPrometheus;
  readonly values: OptionValues;
  readonly context: CommandContext;
}

/** A worker as Prometheus knows it. */
interface KnownWorker extends RowOwner {
  readonly aliveAt: number;
  readonly isStopped: boolean;
}

/** Retires it, and says which pages end. Resolves to the exit code. @throws WatchdogError before anything was done. */
export async function runRetire(request: RetireRequest): Promise<number> {
  const { worker, pool, cluster, policy, prometheus, context } = request;
  const queries = openRowQueries(policy, { worker, pool, cluster });
  const look = async (): Promise<{ readonly rows: OpenRows; readonly closing: Closing }> => {
    const known = await knownWorkers(request, queries);
    const rows = await openRows(prometheus, queries, policy);
    return { rows, closing: closingOf(known, rows) };
  };
  await prometheus.mustRunRules();
  const known = oneWorker(request, await knownWorkers(request, queries));
  const { rows, closing } = await look();
  if (isNothing(closing)) {
    context.print(
      `worker ${worker}, pool ${known.pool}: it has signed off or was retired; nothing is open that this closes.`,
    );
    sayLeft(rows, closing, context);
    return 0;
  }
  const nowSeconds = await prometheus.now();
  mustHoldNothing(request, rows, nowSeconds);
  const code = await closeOnRecord({ ...request, action: "retire", closing, stillOpen: look });
  if (code !== 0) return code;
  const ended = rows.pages.filter((page) => endsWith(page, closing));
  for (const page of ended) context.print(`ended: ${pageLine(page)}`);
  context.print(
    `worker ${worker}, pool ${known.pool}: retired by ${request.operator.name}, last seen ${Math.max(0, Math.round(nowSeconds - known.aliveAt))} s ago. ` +
      `${ended.length} page(s) end; receivers hear so within ${policy.pipeline.group_interval_seconds} s. If it lives, its next sign of life undoes this.`,
  );
  sayLeft(rows, closing, context);
  return 0;
}

async function knownWorkers(
  { prometheus, policy }: RetireRequest,
  queries: OpenRowQueries,
): Promise<readonly KnownWorker[]> {
  const alive = await prometheus.query(queries.alive);
  const stopped = await prometheus.query(queries.stopped);
  const stops = new Map(stopped.map((sample) => [ownerKey(rowOwner(sample, policy)), sample.value]));
  return alive.map((sample) => {
    const owner = rowOwner(sample, policy);
    const stoppedAt = stops.get(ownerKey(owner));
    return { ...owner, aliveAt: sample.value, isStopped: stoppedAt !== undefined && stoppedAt >= sample.value };
  });
}

/** @throws WatchdogError where Prometheus knows none, or one in several pools. */
function oneWorker({ worker, pool }: RetireRequest, known: readonly KnownWorker[]): KnownWorker {
  const [first, ...others] = known;
  const found = pool === undefined ? worker : `${worker} in pool ${pool}`;
  if (first === undefined)
    throw new WatchdogError(
      "worker_not_found",
      `watchdog retire: found no sign of life of ${found} at Prometheus, allowed a worker that was seen within the range of the rules. What was never there, or is long gone, pages no more.`,
    );
  if (others.length === 0) return first;
  const isClusters = new Set(known.map((each) => each.cluster)).size > 1;
  const where = known.map((each) => (isClusters ? each.cluster : each.pool)).sort();
  throw new WatchdogError(
    "invalid_option",
    `watchdog retire: --worker: found ${worker} in ${where.length} ${isClusters ? "clusters" : "pools"} (${where.join(", ")}), allowed one: add --${isClusters ? "cluster" : "pool"}. Nothing was done.`,
  );
}

function closingOf(known: readonly KnownWorker[], { incidents, waits }: OpenRows): Closing {
  return {
    attempts: [],
    incidents: incidents.filter(({ kind }) => OVER_WITH_THE_WORKER.includes(kind)),
    waits,
    workers: known.filter(({ isStopped }) => !isStopped),
  };
}

/** @throws WatchdogError `invalid_option` where it holds a job under a lease that still runs. */
function mustHoldNothing({ worker, isForced }: RetireRequest, { attempts }: OpenRows, nowSeconds: number): void {
  const held = attempts.filter(({ leaseExpiresAt }) => leaseExpiresAt > nowSeconds);
  if (isForced || held.length === 0) return;
  const jobs = held.map(
    ({ job, leaseExpiresAt }) => `job ${job}, leased until ${new Date(leaseExpiresAt * 1_000).toISOString()}`,
  );
  throw new WatchdogError(
    "invalid_option",
    `watchdog retire: worker ${worker} holds ${jobs.join("; ")}. Allowed: a worker whose leases have run out. Nothing was done. Stop it, or wait; --force retires it all the same, and leaves the job's pages to come.`,
  );
}

/** What goes on: what is wrong with its jobs is not over because it is gone. */
function sayLeft({ pages }: OpenRows, closing: Closing, context: CommandContext): void {
  for (const page of pages.filter((each) => !endsWith(each, closing)))
    context.print(
      `still open: ${pageLine(page)}${page.job === "" ? "" : `; watchdog settle --job ${page.job} --reason …`}`,
    );
}
