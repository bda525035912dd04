/**
 * R4.4 at the real Alertmanager: every alert of the table against every other, in every relation that two alerts can have. What must be muted is
 * written here from the requirement's own text, by its numbers. Each alert of 18 against every other is tried beside them, in packages/monitoring.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ALERTS } from "@worker-watchdog/monitoring";
import { createPolicy } from "@worker-watchdog/sdk/policy";
import { INCIDENT_REASONS } from "@worker-watchdog/sdk/semconv";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { poll } from "../end-to-end/poll.ts";
import { type RunningAlertmanager, startAlertmanager } from "./alertmanager.ts";

/** "11 over 1, 4–8, 10, 14; 3 over 1, 4, 6, 7, 10; 6 over 1, 4, 7; 1 over 4's lease part; 14 over 5, 7, 8, 10". */
const OVER: Readonly<Record<number, readonly number[]>> = {
  11: [1, 4, 5, 6, 7, 8, 10, 14],
  3: [1, 4, 6, 7, 10],
  6: [1, 4, 7],
  14: [5, 7, 8, 10],
};
const LEASE_PART = "lease_expiring";
/** "18 over the time-driven ones (1, 4's lease part, 6, 7, 8, 14)"; the objectives are such as well (decision 136). */
const TIME_DRIVEN: readonly number[] = [1, 6, 7, 8, 14];
const OBJECTIVES = ["artifact_error_budget_burn", "lease_error_budget_burn"];
const CATCHING_UP = "telemetry_catching_up";
const BEFORE_A_JOB = ["doctor", "touch", "claim"];
/** A worker's own phase stands somewhere between progress and artifact, so only what comes before all of them mutes it. */
const OWN_PHASE = "own_phase";
const ORDER: readonly string[] = INCIDENT_REASONS.phase_failed.filter((phase) => phase !== OWN_PHASE);

/** One kind of alert; alert 4 in both its parts, 10 by phase. */
interface Kind {
  readonly key: string;
  /** Its row in R4; an objective of a pool (R4.5) has none, and no part in R4.4. */
  readonly number: number | undefined;
  readonly reason: string | undefined;
  readonly isOfPool: boolean;
  /** Whether it is about a job: always, sometimes (an event), never. */
  readonly job: "always" | "sometimes" | "never";
}

const REASONS: Readonly<Record<string, readonly string[]>> = {
  artifact_missing: [LEASE_PART, "http_status"],
  phase_failed: INCIDENT_REASONS.phase_failed,
  phase_failed_pool: ["doctor", "context"],
};

const KINDS: readonly Kind[] = ALERTS.filter(({ number }) => number !== 18).flatMap(({ key, number, scope }) =>
  (REASONS[key] ?? [undefined]).map((reason) => ({
    key,
    number,
    reason,
    isOfPool: scope === "pool",
    job: scope === "attempt" ? "always" : scope === "event" ? "sometimes" : "never",
  })),
);

/** How two alerts stand to each other. */
const RELATIONS = {
  "the same worker and job": {},
  "another job": { otherJob: true },
  "another worker of the pool": { otherWorker: true },
  "another pool": { otherPool: true },
  "a source without a job": { sourceJob: false },
  "a target without a job": { targetJob: false },
  "both without a job": { sourceJob: false, targetJob: false },
  "both without a pool": { noPool: true },
  "both without a worker": { noWorker: true },
} as const;

interface Relation {
  readonly otherJob?: boolean;
  readonly otherWorker?: boolean;
  readonly otherPool?: boolean;
  readonly sourceJob?: boolean;
  readonly targetJob?: boolean;
  readonly noPool?: boolean;
  readonly noWorker?: boolean;
}

function isOver(source: Kind, target: Kind): boolean {
  if (source.isOfPool) {
    if (target.key !== source.key.replace(/_pool$/, "")) return false;
    return source.reason === undefined || source.reason === target.reason;
  }
  if (target.isOfPool) return false;
  if (source.number === 1 && target.number === 4) return target.reason === LEASE_PART;
  if (source.number === 10 && target.number === 10) return isEarlier(source.reason ?? "", target.reason ?? "");
  return target.number !== undefined && (OVER[source.number ?? 0]?.includes(target.number) ?? false);
}

function isEarlier(phase: string, other: string): boolean {
  if (phase === OWN_PHASE || phase === other) return false;
  if (other === OWN_PHASE) return ORDER.indexOf(phase) <= ORDER.indexOf("progress");
  return ORDER.indexOf(phase) < ORDER.indexOf(other);
}

function isMuted(source: Kind, target: Kind, relation: Relation): boolean {
  if (!isOver(source, target) || relation.otherPool === true || relation.noPool === true) return false;
  if (source.isOfPool) return true;
  if (relation.otherWorker === true || relation.noWorker === true) return false;
  const bothHaveJobs = hasJob(source, relation.sourceJob) && hasJob(target, relation.targetJob);
  return !(bothHaveJobs && relation.otherJob === true);
}

function hasJob({ job, reason = "", number }: Kind, isWanted = true): boolean {
  if (number === 10 && BEFORE_A_JOB.includes(reason)) return false;
  return job === "always" || (job === "sometimes" && isWanted);
}

/** Whether the relation says anything new about the pair. */
function applies(source: Kind, target: Kind, relation: Relation): boolean {
  if (relation.otherJob === true) return hasJob(source) && hasJob(target);
  if (relation.sourceJob === false && (source.job !== "sometimes" || !hasJob(source))) return false;
  return relation.targetJob !== false || (target.job === "sometimes" && hasJob(target));
}

interface Side {
  readonly pair: string;
  readonly side: "source" | "target";
  readonly isApart: boolean;
  readonly isJobWanted: boolean | undefined;
}

function labelsOf(
  kind: Kind,
  relation: Relation,
  { pair, side, isApart, isJobWanted }: Side,
): Readonly<Record<string, string>> {
  const pool = relation.otherPool === true && isApart ? `${pair}-other` : pair;
  return {
    alertname: `${kind.key}-${kind.reason}`,
    alert_key: kind.key,
    severity: "low",
    pair,
    side,
    ...(relation.noPool === true ? {} : { worker_pool: pool }),
    ...(kind.isOfPool || relation.noWorker === true
      ? {}
      : { worker_id: relation.otherWorker === true && isApart ? "w2" : "w1" }),
    ...(hasJob(kind, isJobWanted) ? { job_id: relation.otherJob === true && isApart ? "J2" : "J1" } : {}),
    ...(kind.reason === undefined ? {} : { reason: kind.reason }),
  };
}

interface Pair {
  readonly source: Kind;
  readonly target: Kind;
  readonly id: string;
}

function sidesOf({ source, target, id }: Pair, relation: Relation): readonly Readonly<Record<string, string>>[] {
  return [
    labelsOf(target, relation, { pair: id, side: "target", isApart: true, isJobWanted: relation.targetJob }),
    labelsOf(source, relation, { pair: id, side: "source", isApart: false, isJobWanted: relation.sourceJob }),
  ];
}

const kindOf = (key: string): Kind => KINDS.find((kind) => kind.key === key) as Kind;
const LAST = { source: kindOf("lease_expired"), target: kindOf("lease_expiring_with_claimed_job") };

let folder: string;
let alertmanager: RunningAlertmanager;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "watchdog-inhibition-"));
  alertmanager = await startAlertmanager({ policy: createPolicy(), folder });
});

afterAll(async () => {
  await alertmanager?.stop();
  await rm(folder, { recursive: true, force: true });
});

const pairsOf = (relation: Relation) =>
  KINDS.flatMap((source) => KINDS.filter((target) => target !== source).map((target) => ({ source, target }))).filter(
    ({ source, target }) => applies(source, target, relation),
  );
const nameOf = ({ key, reason }: Kind) => (reason === undefined ? key : `${key}(${reason})`);

describe.each(Object.entries<Relation>(RELATIONS))("%s", (name, relation) => {
  it("mutes what R4.4 says, and nothing else", async () => {
    const pairs = pairsOf(relation).map((pair, index) => ({ ...pair, id: `${name} ${index}` }));
    expect(pairs.length).toBeGreaterThan(name === "both without a job" ? 50 : 100);
    // Alertmanager takes posted alerts into its inhibition one by one, after it has answered: once the last pair mutes, all are in.
    const alerts = [
      ...pairs.flatMap((pair) => sidesOf(pair, relation)),
      ...sidesOf({ ...LAST, id: `${name} last` }, {}),
    ];
    await alertmanager.post(...alerts.map((labels) => ({ labels, annotations: {} })));
    const expected = pairs.filter(({ source, target }) => isMuted(source, target, relation)).map(({ id }) => id);
    const muted = async (): Promise<ReadonlySet<string>> => {
      const found = await alertmanager.alerts(`pair=~"${name} .+"`);
      expect(found.length).toBe(alerts.length);
      return new Set(
        found
          .filter(({ labels, isInhibited }) => labels["side"] === "target" && isInhibited)
          .map(({ labels }) => labels["pair"] ?? ""),
      );
    };
    await poll("the last pair", async () => ((await muted()).has(`${name} last`) ? true : undefined));
    const inWords = (ids: Iterable<string>) => {
      const set = new Set(ids);
      return pairs
        .filter(({ id }) => set.has(id))
        .map(({ source, target }) => `${nameOf(source)} over ${nameOf(target)}`);
    };
    const found = await muted();
    expect(inWords(found)).toEqual(inWords(expected));
  });
});

/** The last test: what it posts mutes in every pool. */
it("18 over the time-driven ones, in every pool: while telemetry does not come in, and not the page for its cause", async () => {
  const isTimeDriven = ({ key, number, reason }: Kind): boolean =>
    OBJECTIVES.includes(key) ||
    (number === 4 ? reason === LEASE_PART : number !== undefined && TIME_DRIVEN.includes(number));
  const targets = KINDS.map((kind, index) => ({
    name: nameOf(kind),
    isExpected: isTimeDriven(kind),
    labels: labelsOf(kind, {}, { pair: `18 ${index}`, side: "target", isApart: true, isJobWanted: undefined }),
  }));
  const cause = { alertname: "TelemetryCollectorDown", alert_key: "telemetry_collector_down", severity: "high" };
  const muted = async (): Promise<readonly string[]> => {
    const held = await alertmanager.alerts('pair=~"18 .+"');
    expect(held.length).toBe(targets.length + 2);
    const pairs = new Set(held.filter(({ isInhibited }) => isInhibited).map(({ labels }) => labels["pair"]));
    expect(pairs.has("18 cause")).toBe(false);
    return targets.filter(({ labels }) => pairs.has(labels["pair"])).map(({ name }) => name);
  };
  const expected = targets.filter(({ isExpected }) => isExpected).map(({ name }) => name);
  expect(expected.length).toBe(11);
  await alertmanager.post(
    ...[
      { alertname: CATCHING_UP, alert_key: CATCHING_UP, severity: "low", pair: "18 source" },
      { ...cause, pair: "18 cause" },
      ...targets.map(({ labels }) => labels),
    ].map((labels) => ({ labels, annotations: {} })),
  );
  await expect.poll(muted, { timeout: 30_000, interval: 100 }).toEqual(expected);
});
