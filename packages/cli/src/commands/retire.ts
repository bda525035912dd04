/** `watchdog retire`: a person says that a worker is gone for good. */
import { WatchdogError } from "@worker-watchdog/sdk";
import type { Command } from "../command.ts";
import { OPERATOR_OPTIONS, OPERATOR_OPTIONS_HELP, operator } from "../operator/operator.ts";
import { Prometheus } from "../operator/prometheus.ts";
import { runOperatorCommand } from "../operator/run-operator-command.ts";
import { runRetire } from "../operator/run-retire.ts";
import { serverAddress } from "../operator/server-address.ts";

export const retireCommand: Command = {
  help: `  --worker ID    the worker that is gone
  --reason TEXT  why; required, and kept on record
  --pool POOL    its pool; needed where several pools have a worker of that name
  --force        also where it holds a job under a lease that still runs
  --cluster NAME this cluster's alone, where the policy has series.cluster_label; needed where several have it
  --prometheus URL  default: WATCHDOG_PROMETHEUS_URL, else http://127.0.0.1:9090
${OPERATOR_OPTIONS_HELP}

Ends alert 14, and 5, 8, 10, 11, 15, 16 and 19 of that worker, as a clean stop would have. They do not come back; a worker that
lives after all undoes it with its next sign of life. The pages of its jobs stay: see watchdog settle.
The closing rows go out over OTLP (OTEL_EXPORTER_OTLP_ENDPOINT), on record as the operator's.

Exit code 0 when Prometheus shows it, also where it did before; 1 where not; 2 wrong usage, or it holds a job.`,
  options: {
    worker: { type: "string" },
    pool: { type: "string" },
    cluster: { type: "string" },
    force: { type: "boolean" },
    prometheus: { type: "string" },
    ...OPERATOR_OPTIONS,
  },
  run: (values, context) =>
    runOperatorCommand(values, context, (policy, clean) => {
      const { worker, pool, cluster, force } = values;
      if (typeof worker !== "string" || worker === "")
        throw new WatchdogError(
          "invalid_option",
          "watchdog retire: --worker: found nothing, allowed the id of the worker that is gone. See: watchdog retire --help",
        );
      return runRetire({
        worker,
        pool: typeof pool === "string" ? pool : undefined,
        cluster: typeof cluster === "string" ? cluster : undefined,
        isForced: force === true,
        operator: operator(values, context, { command: "retire", reason: undefined }),
        policy,
        prometheus: new Prometheus(serverAddress("prometheus", values, context)),
        values,
        context: clean,
      });
    }),
};
