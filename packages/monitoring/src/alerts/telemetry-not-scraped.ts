/** Alert 18: nobody looks at a server of the pipeline: Prometheus has no such scrape job. */
import { duration } from "../rules/durations.ts";
import { ofServer, type Server } from "../rules/pipeline-expressions.ts";
import { SERVER_METRICS } from "../rules/server-metrics.ts";
import { failingSeconds, telemetryAlert } from "./telemetry-alert.ts";

const SERVERS: readonly Server[] = ["collector", "prometheus", "alertmanager"];

export const telemetryNotScraped = telemetryAlert({
  key: "telemetry_not_scraped",
  opening: "a part of the telemetry pipeline is not watched",
  state: () => "telemetry_not_scraped: {{ $labels.job }}",
  summary: () => "Prometheus has no scrape job {{ $labels.job }}: if that server fails, nobody is told.",
  description: ({ telemetry }) =>
    `Expected are the jobs ${SERVERS.map((server) => telemetry[`${server}_job`]).join(", ")}, as the policy's section telemetry names them.`,
  evidence: 'up{job="{{ $labels.job }}"}',
  expr: ({ policy, ranges }) =>
    SERVERS.map(
      (server) => `absent_over_time(${ofServer(server, SERVER_METRICS.up, policy)}[${duration(ranges.openSeconds)}])`,
    ).join("\nor\n"),
  forSeconds: failingSeconds,
  runbook: {
    meaning:
      "Prometheus reads the own metrics of Collector, Prometheus and Alertmanager under three scrape jobs. The one on the page has had no target for hours, or never.",
    impact: "The alerts telemetry_* that rest on that server can not fire. Pages of workers are not affected.",
    firstLook: [{ shows: "the scrape jobs that there are", expr: "count by (job) (up)" }],
    alreadyTried: "Nothing: nobody but a person can add it.",
    steps: [
      "Add the scrape job: the three of them stand in docs/concepts/pipeline.md.",
      "It is there under another name: say so in the policy (`telemetry.collector_job` and its like), and generate.",
    ],
    never: ["Do not switch this alert off in place of the scrape job: the servers would fail unseen."],
    escalation: "None: it is a gap in the set-up, not an outage.",
  },
});
