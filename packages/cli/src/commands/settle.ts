/** `watchdog settle`: a person closes the pages of a job that nobody else can. */
import type { Command } from "../command.ts";
import { OPERATOR_OPTIONS, OPERATOR_OPTIONS_HELP, operator } from "../operator/operator.ts";
import { Prometheus } from "../operator/prometheus.ts";
import { runOperatorCommand } from "../operator/run-operator-command.ts";
import { runSettle, settleTarget } from "../operator/run-settle.ts";
import { serverAddress } from "../operator/server-address.ts";

export const settleCommand: Command = {
  help: `  --job ID       the job of the page
  --reason TEXT  why; required, and kept on record
  --kind KIND    incidents of this kind alone, such as repair_exhausted: the attempt stays as it is
  --worker ID    this worker's alone; needed where several had the job. With --kind, also without --job
  --pool POOL    this pool's alone; needed where several have the job
  --cluster NAME this cluster's alone, where the policy has series.cluster_label; needed where several have it
  --prometheus URL  default: WATCHDOG_PROMETHEUS_URL, else http://127.0.0.1:9090
${OPERATOR_OPTIONS_HELP}

Ends the pages of a job that its worker can not end any more: alerts 1, 4, 6 and 7 of the attempt, and its incidents (2, 3,
4, 9, 10, 15, 20). What is not the job's (a dead session, a cancelled run, a journal, a credential, a second job) is named by
--kind. With --kind repair_exhausted it records the decision that alert 15 waits for.
The closing rows go out over OTLP (OTEL_EXPORTER_OTLP_ENDPOINT), on record as the operator's: never as a completion. The queue
is not touched: what it says of the job is a supervisor's to change. A later claim of the job pages as any other.

Exit code 0 when Prometheus shows it closed, also where it was before; 1 where not; 2 wrong usage.`,
  options: {
    job: { type: "string" },
    kind: { type: "string" },
    worker: { type: "string" },
    pool: { type: "string" },
    cluster: { type: "string" },
    prometheus: { type: "string" },
    ...OPERATOR_OPTIONS,
  },
  run: (values, context) =>
    runOperatorCommand(values, context, (policy, clean) =>
      runSettle({
        target: settleTarget(values),
        operator: operator(values, context, { command: "settle", reason: undefined }),
        policy,
        prometheus: new Prometheus(serverAddress("prometheus", values, context)),
        values,
        context: clean,
      }),
    ),
};
