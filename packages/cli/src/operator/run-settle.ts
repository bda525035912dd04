/** Closes what stands open for a job, or of one kind for a worker, where nobody else can: the worker is gone, or a person decided. */
import { type OpenRowQueries, openRowQueries } from "@worker-watchdog/monitoring";
import { WatchdogError } from "@worker-watchdog/sdk";
import type { Policy } from "@worker-watchdog/sdk/policy";
import { INCIDENT_REASONS, type IncidentKind } from "@worker-watchdog/sdk/semconv";
import type { CommandContext, OptionValues } from "../command.ts";
import { closeOnRecord } from "./close-on-record.ts";
import { type Closing, endsWith, isNothing } from "./closing.ts";
import type { OpenPage, OpenRows, RowOwner } from "./open-rows.ts";
import { openRows } from "./open-rows.ts";
import type { Operator } from "./operator.ts";
import { pageLine } from "./page-line.ts";
import type { AskedPrometheus } from "./prometheus.ts";

/** What is to be settled. */
export interface SettleTarget {
  readonly job: string | undefined;
  readonly worker: string | undefined;
  readonly pool: string | undefined;
  readonly cluster: string | undefined;
  /** These incidents alone; undefined: the attempt, and all that is the job's. */
  readonly kind: IncidentKind | undefined;
}

/** Kinds that are not over because a job is: of the worker, its session, its credentials. */
const NOT_OF_THE_JOB: readonly IncidentKind[] = [
  "session_dead",
  "session_cancelled",
  "control_store_unreadable",
  "secret_redacted",
  "multiple_primary_jobs",
];

/** What is needed to settle. */
export interface SettleRequest {
  readonly target: SettleTarget;
  readonly operator: Operator;
  readonly policy: Policy;
  readonly prometheus: AskedPrometheus;
  readonly values: OptionValues;
  readonly context: CommandContext;
}

/** The target that the options name. @throws WatchdogError `invalid_option`. */
export function settleTarget({ job, worker, pool, cluster, kind }: OptionValues): SettleTarget {
  const text = (value: string | boolean | undefined) => (typeof value === "string" && value !== "" ? value : undefined);
  const kinds = Object.keys(INCIDENT_REASONS);
  if (kind !== undefined && !kinds.includes(String(kind)))
    throw wrong(`--kind: found ${JSON.stringify(kind)}, allowed ${kinds.join(", ")}.`);
  if (text(job) === undefined && (text(worker) === undefined || kind === undefined))
    throw wrong(
      "found neither a job nor a worker's kind of incident, allowed --job ID, or --worker ID with --kind KIND.",
    );
  return {
    job: text(job),
    worker: text(worker),
    pool: text(pool),
    cluster: text(cluster),
    kind: kind as IncidentKind | undefined,
  };
}

/** Settles, and says which pages end. Resolves to the exit code. @throws WatchdogError before anything was done. */
export async function runSettle(request: SettleRequest): Promise<number> {
  const { target, policy, prometheus, context } = request;
  const queries = openRowQueries(policy, target);
  await prometheus.mustRunRules();
  const rows = await openRows(prometheus, queries, policy);
  const closing = closingOf(target, rows);
  if (isNothing(closing)) {
    await mustBeKnown(target, prometheus, queries);
    context.print(`${nameOf(target)}: nothing is open that this closes.`);
    sayLeft(rows, closing, context);
    return 0;
  }
  mustBeOne(closing);
  for (const attempt of closing.attempts)
    context.print(`job ${attempt.job}, pool ${attempt.pool}, worker ${attempt.worker}, attempt ${attempt.trace}`);
  const code = await closeOnRecord({
    ...request,
    action: "settle",
    closing,
    stillOpen: async () => {
      const now = await openRows(prometheus, queries, policy);
      return { rows: now, closing: closingOf(target, now) };
    },
  });
  if (code !== 0) return code;
  const ended = rows.pages.filter((page) => endsWith(page, closing));
  for (const page of ended) context.print(`ended: ${pageLine(page)}`);
  context.print(
    `${nameOf(target)}: settled by ${request.operator.name}. ${ended.length} page(s) end; receivers hear so within ${policy.pipeline.group_interval_seconds} s. ` +
      "The queue was not touched.",
  );
  sayLeft(rows, closing, context);
  return 0;
}

function closingOf({ job, kind }: SettleTarget, { attempts, incidents, waits }: OpenRows): Closing {
  if (kind !== undefined)
    return {
      attempts: [],
      incidents: incidents.filter((incident) => incident.kind === kind),
      waits: kind === "session_dead" ? waits : [],
      workers: [],
    };
  return {
    attempts,
    incidents: incidents.filter((incident) => !NOT_OF_THE_JOB.includes(incident.kind) && incident.job === job),
    waits: [],
    workers: [],
  };
}

/** @throws WatchdogError `invalid_option` where several pools, or several workers, have the job. */
function mustBeOne({ attempts, incidents, waits }: Closing): void {
  const owners: readonly RowOwner[] = [...attempts, ...incidents, ...waits];
  for (const part of ["cluster", "pool", "worker"] as const) {
    const found = [...new Set(owners.map((owner) => owner[part]))].sort();
    if (found.length > 1)
      throw wrong(
        `found it open with ${found.length} ${part}s (${found.join(", ")}), allowed one: add --${part}. Nothing was done.`,
      );
  }
}

/** @throws WatchdogError `job_not_found` where Prometheus knows nothing of it. */
async function mustBeKnown(target: SettleTarget, prometheus: AskedPrometheus, queries: OpenRowQueries): Promise<void> {
  const known = await prometheus.query(target.job === undefined ? queries.alive : queries.known);
  if (known.length > 0) return;
  throw new WatchdogError(
    "job_not_found",
    `watchdog settle: found no ${nameOf(target)} at Prometheus, allowed one whose rows are in range of the rules: its pages have ended by now, or its name is another one.`,
  );
}

/** What goes on, with the command that closes it where there is one. */
function sayLeft(rows: OpenRows, closing: Closing, context: CommandContext): void {
  for (const page of rows.pages.filter((each) => !endsWith(each, closing)))
    context.print(`still open: ${pageLine(page)}${hint(page, rows)}`);
}

/** Of a page that stands on an incident: others end with their hold time. */
function hint(page: OpenPage, { incidents, waits }: OpenRows): string {
  if (page.kind === undefined || !endsWith(page, { attempts: [], incidents, waits, workers: [] })) return "";
  return `; watchdog settle --worker ${page.worker} --pool ${page.pool} --kind ${page.kind} --reason …`;
}

function nameOf({ job, worker, kind }: SettleTarget): string {
  const whose = job === undefined ? `worker ${worker}` : `job ${job}`;
  return kind === undefined ? whose : `${kind} of ${whose}`;
}

function wrong(message: string): WatchdogError {
  return new WatchdogError("invalid_option", `watchdog settle: ${message} See: watchdog settle --help`);
}
