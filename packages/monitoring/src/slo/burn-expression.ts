/** When an error budget burns too fast: multi-window, multi-burn-rate, and fit for a pool with three jobs a day. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { AlertExpression } from "../alerts/alert-definition.ts";
import { SLO_RECORDED } from "./slo-records.ts";
import type { Slo } from "./slo-table.ts";
import { type Burn, burns } from "./slo-windows.ts";

/** The expression of an objective's alert: the fast burn rates are high, the slow ones medium while no fast one holds. */
export function burnExpression(slo: Slo, policy: Policy): AlertExpression {
  const of = (severity: string) =>
    burns(policy)
      .filter(({ name }) => name.startsWith(severity))
      .map((burn) => burning(slo, burn, policy))
      .join("\nor\n");
  const high = of("page");
  return { high, medium: `(\n${of("message")}\n)\nunless\n(\n${high}\n)` };
}

/**
 * The long window says that the budget burns, the short one that it has stopped. Neither is concluded from fewer claims than
 * `slo.min_events`: one bad job of three a day is no burn, and an hour in which nobody claims is no recovery (R4.3).
 */
function burning(slo: Slo, { rate, longSeconds, shortSeconds }: Burn, policy: Policy): string {
  const most = Number((rate * slo.errorBudget(policy)).toFixed(8));
  const least = policy.slo.min_events;
  return `(
  ${SLO_RECORDED.ratio(slo, longSeconds)} > ${most}
  and
  ${SLO_RECORDED.errors(slo, longSeconds)} >= ${least}
  unless (
    ${SLO_RECORDED.ratio(slo, shortSeconds)} <= ${most}
    and
    ${SLO_RECORDED.events(slo, shortSeconds)} >= ${least}
  )
)`;
}
