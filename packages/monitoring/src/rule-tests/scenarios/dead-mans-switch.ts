/** The dead man's switch fires with no data at all. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { fires, type Scenario, setting } from "../scenario.ts";

export function deadMansSwitch(policy: Policy): Scenario {
  const { ticks } = setting(policy);
  return {
    name: "the dead man's switch fires with no worker and no data",
    series: [],
    expectations: fires("watchdog", [{ labels: {}, value: 1 }], 0, ticks.step, 360 * ticks.step),
  };
}
