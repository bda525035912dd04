/** Does a Prometheus keep what the objectives count for as long as they count it? */

import { secondsOf } from "@worker-watchdog/monitoring";
import type { Policy } from "@worker-watchdog/sdk/policy";
import { type Finding, fail, ok, warn } from "../doctor/finding.ts";

const DAY_SECONDS = 86_400;
const SUBJECT = "retention";

/** The finding on `storageRetention` of Prometheus' runtime information, such as `15d`, `30d or 10GiB` or `10GiB`. */
export function retentionFinding(storageRetention: string, { slo }: Policy): Finding {
  const [time = ""] = storageRetention.split(" or ").filter((part) => /^(?:\d+(?:ms|[smhdwy]))+$/.test(part));
  const kept = secondsOf(time);
  if (kept === 0) return ok(SUBJECT, `${storageRetention === "" ? "not said" : storageRetention}: no bound in time`);
  const longestMinutes = Math.max(...Object.values(slo.burn).map(({ long_window_minutes }) => long_window_minutes));
  const step = `Start Prometheus with --storage.tsdb.retention.time=${Math.ceil(slo.period_days) + 1}d or more.`;
  if (kept < longestMinutes * 60)
    return fail(SUBJECT, `${time}: the slowest burn-rate alert counts over ${longestMinutes} min`, step);
  if (kept < slo.period_days * DAY_SECONDS)
    return warn(
      SUBJECT,
      `${time}: what is left of an error budget is counted over ${slo.period_days} days; alerts are right`,
      step,
    );
  return ok(SUBJECT, `${time}, and objectives count over ${slo.period_days} days`);
}
