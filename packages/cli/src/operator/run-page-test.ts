/** Sends a synthetic page to every owner's receivers, by the way that a real one takes from Alertmanager on. */
import { LABELS, type TestPage, testPages } from "@worker-watchdog/monitoring";
import { WatchdogError } from "@worker-watchdog/sdk";
import { OperatorRecord } from "@worker-watchdog/sdk/one-shot";
import { detectionSeconds, type Policy, TRANSPORT_MARGIN_SECONDS } from "@worker-watchdog/sdk/policy";
import type { CommandContext } from "../command.ts";
import type { AskedAlertmanager, KnownAlert } from "./alertmanager.ts";
import type { Operator } from "./operator.ts";
import { openJournalOf } from "./operator-journal.ts";

const POLL_MILLIS = 200;

/** What is needed for it. */
export interface PageTestRequest {
  readonly operator: Operator;
  readonly policy: Policy;
  readonly alertmanager: AskedAlertmanager;
  readonly journalFile: string;
  readonly context: CommandContext;
  /** Tells this test from every other. Default: the time. */
  readonly id?: string | undefined;
  /** How long Alertmanager may take to look at each. Default: the policy's longest way from an export to the rules. */
  readonly patienceMillis?: number | undefined;
}

/** Sends the pages and says who must see them. Resolves to the exit code. @throws WatchdogError before anything was sent. */
export async function runPageTest(request: PageTestRequest): Promise<number> {
  const { operator, policy, alertmanager, context } = request;
  const { names, atMillis } = await alertmanager.receivers();
  const pages = testPages(policy, { id: request.id ?? new Date().toISOString(), by: operator.name });
  mustHaveReceivers(pages, names);
  const journal = await openJournalOf(request.journalFile, policy);
  try {
    const record = new OperatorRecord(journal, {
      action: "page_test",
      operator: operator.name,
      reason: operator.reason,
      subject: { workerPool: "none", workerId: "none", closesAttempt: false, incidents: [] },
    });
    record.begin();
    let isWell = false;
    try {
      await alertmanager.post(pages, atMillis + lifetimeSeconds(policy) * 1_000);
      isWell = say(pages, await processed(request, pages), policy, context);
    } finally {
      record.end(isWell ? "success" : "failed");
    }
    return isWell ? 0 : 1;
  } finally {
    journal.close();
  }
}

/** @throws WatchdogError `invalid_option` where Alertmanager runs with a configuration of another policy. */
function mustHaveReceivers(pages: readonly TestPage[], names: readonly string[]): void {
  const missing = [...new Set(pages.map(({ receiver }) => receiver))].filter((name) => !names.includes(name));
  if (missing.length === 0) return;
  throw new WatchdogError(
    "response_invalid",
    `watchdog page-test: Alertmanager has no receiver ${missing.join(", ")}; found ${names.join(", ")}. Nothing was sent. ` +
      "Allowed: the configuration of this policy. Run watchdog generate, and reload Alertmanager; or name its policy with --policy.",
  );
}

/** Until it has been told once: its group waits, and is looked at once more. */
function lifetimeSeconds({ severities, pipeline }: Policy): number {
  const waits = Object.values(severities).map(({ group_wait_seconds }) => group_wait_seconds);
  return Math.max(...waits) + pipeline.group_interval_seconds + TRANSPORT_MARGIN_SECONDS;
}

/** What Alertmanager makes of them, as soon as it has looked at each. */
async function processed(
  { alertmanager, policy, patienceMillis = detectionSeconds(policy) * 1_000 }: PageTestRequest,
  pages: readonly TestPage[],
): Promise<readonly KnownAlert[]> {
  const end = performance.now() + patienceMillis;
  for (;;) {
    const known = await alertmanager.alerts(LABELS.workerPool, pages[0]?.labels[LABELS.workerPool] ?? "");
    const isDone = known.length === pages.length && known.every(({ state }) => state !== "unprocessed");
    if (isDone || performance.now() > end) return known;
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
  }
}

/** One line for each page. Whether every one of them is on its way to its receiver. */
function say(
  pages: readonly TestPage[],
  known: readonly KnownAlert[],
  policy: Policy,
  context: CommandContext,
): boolean {
  let isWell = true;
  for (const page of pages) {
    const severity = page.labels[LABELS.severity] ?? "";
    const alert = known.find(
      ({ labels }) => labels[LABELS.owner] === page.owner && labels[LABELS.severity] === severity,
    );
    const trouble = troubleOf(page, alert);
    if (trouble !== undefined) isWell = false;
    const line = `${page.owner}, ${severity}: ${trouble === undefined ? `on its way to ${page.receiver}` : trouble}`;
    if (trouble === undefined) context.print(line);
    else context.complain(`watchdog page-test: ${line}`);
  }
  const waits = Object.values(policy.severities).map(({ group_wait_seconds }) => group_wait_seconds);
  context.print(
    `Each receiver must show its TEST PAGE within ${Math.max(...waits) + TRANSPORT_MARGIN_SECONDS} s, and its end within ${lifetimeSeconds(policy) + policy.pipeline.group_interval_seconds} s. ` +
      "Where one does not: alertmanager_notifications_failed_total and Alertmanager's log say why.",
  );
  return isWell;
}

function troubleOf({ receiver }: TestPage, alert: KnownAlert | undefined): string | undefined {
  if (alert === undefined) return "Alertmanager took it and does not know it";
  if (!alert.receivers.includes(receiver))
    return `routed to ${alert.receivers.join(", ") || "nobody"}, not to ${receiver}: Alertmanager runs another configuration. Run watchdog generate, and reload it.`;
  if (alert.state !== "active" || alert.mutedBy.length > 0)
    return `muted (${[alert.state, ...alert.mutedBy].join(", ")}): end the silence, or wait for its end`;
  return undefined;
}
