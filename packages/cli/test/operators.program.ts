/**
 * A worker that comes into trouble and stays there, for a person to act on.
 *
 * Environment, beside WATCHDOG_WORKER_ID, WATCHDOG_WORKER_POOL and OTEL_EXPORTER_OTLP_ENDPOINT: POLICY (JSON), JOB and LEASE_SECONDS (none: it has no
 * job), HOST (where its artifact is), TROUBLE: `gate` (no artifact there), `rejected` (the queue takes no completion), `withheld` (a repair is due that the
 * policy leaves to a person). It says `ready` when it is there.
 */
import { startTelemetry } from "@worker-watchdog/node";
import { createWatchdog } from "@worker-watchdog/sdk";
import { createPolicy } from "@worker-watchdog/sdk/policy";
import { stopWithParent } from "../../../tools/workspace/stop-with-parent.ts";

stopWithParent();

const {
  POLICY = "{}",
  JOB = "",
  LEASE_SECONDS = "45",
  HOST = "",
  TROUBLE = "",
  WATCHDOG_WORKER_ID = "",
  WATCHDOG_WORKER_POOL = "",
} = process.env;
const worker = { id: WATCHDOG_WORKER_ID, pool: WATCHDOG_WORKER_POOL };
startTelemetry({ worker, exportIntervalMillis: 1_000, rowRefreshMillis: 10_000 });

const job = { id: JOB, lease_expires_at: Date.now() / 1_000 + Number(LEASE_SECONDS), deliverable_id: "D1" };
const watchdog = createWatchdog({
  worker,
  policy: createPolicy(JSON.parse(POLICY)),
  helper: { touch: () => ({ ok: true, touched: true }) },
});
await watchdog.heartbeat(async (beat) => {
  await beat.touch(() => ({ ok: true, touched: true }));
  const claimed = await beat.claim(() => ({ ok: true, job: JOB === "" ? null : job }));
  if (claimed !== undefined && TROUBLE === "withheld")
    await claimed.context(() => {
      throw new TypeError("fetch failed");
    });
  const path = TROUBLE === "gate" ? "not-there.html" : "report.html";
  const artifact =
    claimed === undefined || TROUBLE === "withheld"
      ? undefined
      : await claimed
          .artifact(() => ({ url: `${HOST}/${path}`, filesUrl: `${HOST}/files.json` }))
          .catch(() => undefined);
  if (claimed !== undefined && artifact !== undefined)
    await claimed.complete(artifact, () => ({ ok: false, status: "rejected", error: "contract" })).catch(() => {});
  process.stdout.write("ready\n");
  await new Promise((resolve) => setTimeout(resolve, 900_000));
});
