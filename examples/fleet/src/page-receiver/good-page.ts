/** A page as the default policy sends it, for tests. */
import type { Page } from "./page.ts";

const trace = "0af7651916cd43dd8448eb211c80319c";
const startsAt = Date.parse("2026-01-01T10:00:00.400Z") / 1_000;

const fields = {
  receivedAt: startsAt + 12,
  receiver: "codex_worker_maintainer-page",
  status: "firing",
  alertName: "CompleteRejected",
  alertKey: "complete_rejected",
  severity: "high",
  owner: "codex_worker_maintainer",
  pool: "reports",
  worker: "reports-1",
  phase: "complete",
  state: "complete_rejected: missing_artifact_kind",
  job: "7c1f6f2e-0000-4000-8000-000000000001",
  evidence: `trace ${trace}`,
  evidenceRef: `attempt:${trace}`,
  nextAction: "add_missing_kind_or_escalate",
  due: "2026-01-01T19:00:00+08:00",
  runbook: "prometheus-rules/runbooks/complete_rejected.md",
  dashboard: "worker-watchdog-worker",
  trace,
  startsAt,
  fingerprint: "f1",
} as const satisfies Omit<Page, "text">;

/** The page with some fields changed; its text follows them unless it is given. */
export function goodPage(change: Partial<Page> = {}): Page {
  const page = { ...fields, ...change };
  return { text: textOf(page), ...page };
}

function textOf(page: Omit<Page, "text">): string {
  return [
    `PLS worker stability alert: worker is alive but project advancement is blocked. State=${page.state}; job=${page.job}; evidence=${page.evidence}; next action=${page.nextAction}; owner=${page.owner}; due=${page.due}`,
    `Worker: ${page.worker}; phase: ${page.phase}`,
    `Evidence: ${page.evidenceRef}`,
    `Runbook: ${page.runbook}`,
    `Dashboard: ${page.dashboard}`,
    `Trace: ${page.trace}`,
  ].join("\n");
}
