/** Golden scenario 17, on servers of its own. Where each scenario is proven: scenario-table.ts. */
import { afterAll, beforeAll, describe, vi } from "vitest";
import { type GoldenStack, startGoldenStack } from "./golden-stack.ts";
import { BEAT_SECONDS, outagePolicy } from "./outage-policy.ts";
import { outages } from "./scenario-17-outages.ts";

vi.setConfig({ testTimeout: 480_000 });

/** The route of the dead man's switch is the one that waits for nothing. */
const ITS_ROUTE = /(group_wait: 0s\n\s*group_interval: )\w+(\n\s*repeat_interval: )\w+/;

let golden: GoldenStack;
beforeAll(async () => {
  golden = await startGoldenStack(outagePolicy, {
    // An alert that found no Alertmanager is tried again at once, and not a minute later.
    prometheusArguments: ["--rules.alert.resend-delay=1s"],
    hasDeadMansSwitch: true,
    editAlertmanager: (text) => text.replace(ITS_ROUTE, `$1${BEAT_SECONDS}s$2${BEAT_SECONDS}s`),
  });
}, 600_000);
afterAll(() => golden?.close());

describe("R11", () => {
  outages(() => golden);
});
