/** Synthetic pages, one for each owner and way of telling: routed as real ones are, and alike to none of them. */
import type { Policy, Severity } from "@worker-watchdog/sdk/policy";
import { NONE } from "../alerts/page-fields.ts";
import { DASHBOARD_UIDS, RUNBOOK_INDEX_PATH } from "../paths.ts";
import { LABELS } from "../rules/labels.ts";
import { receiverOf, routedOwners } from "./receivers.ts";

/** One synthetic page. */
export interface TestPage {
  readonly owner: string;
  /** The receiver that must get it. */
  readonly receiver: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** One severity for each of an owner's receivers: pages and messages. */
const TESTED: readonly Severity[] = ["high", "medium"];
/** In `alert_key`: no inhibition, silence route or dashboard names it. */
const PAGE_TEST_KEY = "page_test";
const ALERT_NAME = "PageTest";

/**
 * The pages of one test.
 *
 * @param id Tells this test from every other: it is in `worker_pool`, by which pages are grouped.
 * @param by Who tests.
 */
export function testPages(
  policy: Policy,
  { id, by }: { readonly id: string; readonly by: string },
): readonly TestPage[] {
  return routedOwners(policy).flatMap((owner) =>
    TESTED.map((severity) => {
      const receiver = receiverOf(owner, severity, policy);
      return {
        owner,
        receiver,
        labels: {
          alertname: ALERT_NAME,
          [LABELS.alertKey]: PAGE_TEST_KEY,
          [LABELS.severity]: severity,
          [LABELS.owner]: owner,
          [LABELS.phase]: NONE,
          [LABELS.workerPool]: `page-test-${id}`,
        },
        annotations: annotations(policy, { owner, severity, receiver, id, by }),
      };
    }),
  );
}

function annotations(
  policy: Policy,
  {
    owner,
    severity,
    receiver,
    id,
    by,
  }: {
    readonly owner: string;
    readonly severity: Severity;
    readonly receiver: string;
    readonly id: string;
    readonly by: string;
  },
): Readonly<Record<string, string>> {
  const { links } = policy;
  const uid = DASHBOARD_UIDS.fleet;
  return {
    summary: `TEST, nothing is wrong: a page test of ${owner}'s receiver ${receiver}.`,
    description: `TEST: ${by} ran \`watchdog page-test\`. It resolves by itself.`,
    opening: "TEST PAGE, nothing is wrong and nobody has to act",
    state: `page_test: ${severity} reaches ${receiver}`,
    worker: NONE,
    pool: NONE,
    job: NONE,
    evidence: `watchdog page-test ${id} by ${by}`,
    evidence_ref: NONE,
    next_action: "none",
    due_minutes: String(policy.severities[severity].due_minutes),
    runbook_url: links.runbook ?? RUNBOOK_INDEX_PATH,
    dashboard_url: links.dashboard === undefined ? uid : `${links.dashboard.replace(/\/+$/, "")}/d/${uid}`,
    trace_url: NONE,
  };
}
