/** Rows of incidents that count none: an exporter may send them, and they page nobody. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { INCIDENT_REASONS, type IncidentKind } from "@worker-watchdog/sdk/semconv";
import { ALERTS } from "../../alerts/alert-table.ts";
import { type Scenario, setting, silent } from "../scenario.ts";
import { attemptSeries, type IncidentHistory } from "../worker-history.ts";

export function noIncidents(policy: Policy): Scenario {
  const { ticks, leaseSeconds } = setting(policy);
  const at = 3 * ticks.step;
  const until = at + 9 * ticks.step;
  const incidents = Object.entries(INCIDENT_REASONS).flatMap(([kind, reasons]) =>
    reasons.map((reason): IncidentHistory => ({ kind: kind as IncidentKind, reason, at, count: 0 })),
  );
  const attempt = { worker: "w1", job: "J1", trace: "t1", claimedAt: at, leases: [[at, at + leaseSeconds]] as const };
  return {
    name: "incidents of every kind and reason whose count is none",
    series: attemptSeries(policy, { ...attempt, incidents, until }),
    expectations: silent(
      ALERTS.filter(({ scope }) => scope !== "pipeline").map(({ key }) => key),
      at + 2 * ticks.step,
      until,
    ),
  };
}
