/** Closes rows, on record: first the record, then the rows over OTLP, then a look whether Prometheus has them. */
import { type OperatorAct, OperatorRecord } from "@worker-watchdog/sdk/one-shot";
import { detectionSeconds, type Policy } from "@worker-watchdog/sdk/policy";
import { registerRowSource } from "@worker-watchdog/sdk/rows";
import { OPERATOR_SERVICE_NAME } from "@worker-watchdog/sdk/semconv";
import type { CommandContext, OptionValues } from "../command.ts";
import { journalFile } from "../worker-settings.ts";
import { type Closing, closingRows, endsWith, isNothing, subjectsOf } from "./closing.ts";
import type { OpenRows } from "./open-rows.ts";
import type { Operator } from "./operator.ts";
import { openJournalOf } from "./operator-journal.ts";
import type { AskedPrometheus } from "./prometheus.ts";

/** How long the export may take. */
const SEND_MILLIS = 5_000;
const POLL_MILLIS = 500;
/** What is sent is looked for over so many of the policy's longest ways from an export to the rules. */
const PATIENCE = 3;

/** What is to be done. */
export interface CloseRequest {
  readonly action: "settle" | "retire";
  readonly operator: Operator;
  readonly closing: Closing;
  readonly policy: Policy;
  readonly prometheus: AskedPrometheus;
  /** What is still open of it, asked anew each time. */
  readonly stillOpen: () => Promise<{ readonly rows: OpenRows; readonly closing: Closing }>;
  readonly values: OptionValues;
  readonly context: CommandContext;
}

/** Does it and says so. Resolves to the exit code. @throws WatchdogError before anything was done. */
export async function closeOnRecord(request: CloseRequest): Promise<number> {
  const { action, closing, policy, prometheus, values, context } = request;
  const rows = closingRows(closing, await prometheus.now());
  const journal = await openJournalOf(journalFile(values, context), policy);
  try {
    const { name, reason } = request.operator;
    const acts: readonly OperatorAct[] = subjectsOf(closing).map((subject) => ({
      action,
      operator: name,
      reason,
      subject,
    }));
    const records = acts.map((act) => new OperatorRecord(journal, act));
    for (const record of records) record.begin();
    const notSent = await send(rows, records);
    if (notSent !== undefined) {
      for (const record of records) record.end("failed");
      context.complain(
        `watchdog ${action}: not sent to ${notSent.endpoint} (${notSent.reason}): no page ends. The try is on record. ` +
          "Set OTEL_EXPORTER_OTLP_ENDPOINT to the Collector, and run the same command again.",
      );
      return 1;
    }
    const isSeen = await untilClosed(request);
    if (!isSeen) {
      context.complain(
        `watchdog ${action}: sent, and Prometheus does not show it after ${PATIENCE * detectionSeconds(policy)} s: look whether the Collector delivers. ` +
          "What was sent is kept there; running the same command again does no harm.",
      );
      return 1;
    }
    for (const record of records) record.end("success");
    return 0;
  } finally {
    journal.close();
  }
}

/** Sends the rows and the records' events. Where to and why not, where the receiver does not have the rows. */
async function send(
  rows: ReturnType<typeof closingRows>,
  records: readonly OperatorRecord[],
): Promise<{ readonly endpoint: string; readonly reason: string } | undefined> {
  const { startCommandTelemetry } = await import("@worker-watchdog/node/command");
  const telemetry = startCommandTelemetry({
    serviceName: OPERATOR_SERVICE_NAME,
    // One for all: a random one would cost series of its own with each command.
    resourceAttributes: { "service.instance.id": OPERATOR_SERVICE_NAME },
    exitDeadlineMillis: SEND_MILLIS,
    onNotSent: () => {},
  });
  const unregister = registerRowSource({ rows: () => rows, onUrgentChange: () => () => {} });
  try {
    for (const record of records) record.emit();
    await telemetry.flush();
    const notSent = telemetry.notSent();
    return notSent === undefined || notSent.rows === 0 ? undefined : notSent;
  } finally {
    unregister();
    await telemetry.shutdown();
  }
}

async function untilClosed({ closing, policy, stillOpen }: CloseRequest): Promise<boolean> {
  const end = performance.now() + PATIENCE * detectionSeconds(policy) * 1_000;
  for (;;) {
    const open = await stillOpen();
    if (isNothing(open.closing) && !open.rows.pages.some((page) => endsWith(page, closing))) return true;
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
  }
}
