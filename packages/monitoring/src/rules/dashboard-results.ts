/** What becomes of claimed jobs, for dashboards: how far the project advances, and what is left of the objectives' error budgets. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { SLO_RECORDED } from "../slo/slo-records.ts";
import { ENDED_CLAIMS, SLOS } from "../slo/slo-table.ts";
import { burns } from "../slo/slo-windows.ts";
import { ofKind, ofPool, replaced } from "./dashboard-labels.ts";
import { ALL_INSTANCES, SHOWN, UNKNOWN } from "./dashboard-series.ts";
import { duration, minutes } from "./durations.ts";
import { ATTEMPT, JOB, LABELS, WORKER } from "./labels.ts";
import { RECORDED, type RecordingRule } from "./recording-rules.ts";

const POOL = LABELS.workerPool;

/**
 * How far the project advances, over the jobs whose claims the objectives count: an attempt that failed says nothing once the job was
 * delivered, tried again, or is held by another.
 */
export function advancementRules({ thresholds }: Policy): readonly RecordingRule[] {
  const perSecond = (Math.LN2 / minutes(thresholds.advancement_half_life_minutes)).toPrecision(6);
  const weighted = (ended: string): string => `sum by (${WORKER}) (exp((\n${ended}\n- time()) * ${perSecond}))`;
  const failed = ENDED_CLAIMS.withoutArtifact;
  const delivered = `${ENDED_CLAIMS.all}\nunless\n${failed}\nunless\n${ENDED_CLAIMS.released}`;
  const lost = `${failed}
unless on (${ATTEMPT})
${failed} < on (${JOB}) group_left () max by (${JOB}) (${failed})
unless on (${JOB}) (
${RECORDED.openLease} unless on (${ATTEMPT}) ${ENDED_CLAIMS.leaseExpired}
)
unless on (${JOB}) (
${delivered}
)`;
  return [
    { record: SHOWN.lost, expr: ofKind(weighted(`(\n${lost}\n)`)) },
    { record: SHOWN.advanced, expr: `${ofKind(weighted(`(\n${delivered}\n)`))}\nor\n0 * ${SHOWN.lost}` },
    { record: SHOWN.ended, expr: `${SHOWN.advanced} + ${SHOWN.lost}\nor\n${SHOWN.advanced}` },
    { record: SHOWN.poolAdvanced, expr: ofPool("sum", SHOWN.advanced) },
    { record: SHOWN.poolEnded, expr: ofPool("sum", SHOWN.ended) },
  ];
}

/** What is left of the objectives' error budgets, and how fast they are spent over each long window of an alert. */
export function objectiveRules(policy: Policy): readonly RecordingRule[] {
  const slos = Object.values(SLOS);
  const left = slos.map((slo) => replaced(SLO_RECORDED.budgetLeft(slo), LABELS.objective, slo.name, ""));
  const rates = slos.flatMap((slo) =>
    burns(policy).map(({ longSeconds }) => {
      const rate = `${SLO_RECORDED.ratio(slo, longSeconds)} / ${slo.errorBudget(policy)}`;
      const named = replaced(rate, LABELS.objective, slo.name, "");
      return replaced(named, LABELS.window, duration(longSeconds), "");
    }),
  );
  return [
    { record: SHOWN.poolBudgetLeft, expr: ofService(left) },
    { record: SHOWN.poolBurnRate, expr: ofService(rates) },
  ];
}

/** The series of pools with the service of most of their workers; also of pools of which no worker was seen lately. */
function ofService(parts: readonly string[]): string {
  const service = `group by (${LABELS.service}, ${POOL}) (
topk by (${POOL}) (1, count by (${LABELS.service}, ${POOL}) (${SHOWN.worker}))
)
or on (${POOL})
group by (${POOL}) (${SLO_RECORDED.budgetLeft(SLOS.lease)})`;
  const joined = `(\n${parts.join("\nor\n")}\n)\n* on (${POOL}) group_left (${LABELS.service})\n(\n${service}\n)`;
  return replaced(replaced(joined, LABELS.service, UNKNOWN, LABELS.service), LABELS.instance, ALL_INSTANCES, "");
}
