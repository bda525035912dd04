/** A page: one alert, as the webhook of its owner's receiver got it, with every field of R4.1. */

/** One alert of one delivery. */
export interface Page {
  /** When it came, in unix seconds. */
  readonly receivedAt: number;
  /** The receiver whose address it came to. */
  readonly receiver: string;
  readonly status: "firing" | "resolved";
  /** Name of the alert in Prometheus. */
  readonly alertName: string;
  /** The policy's key of the alert. */
  readonly alertKey: string;
  readonly severity: string;
  readonly owner: string;
  readonly pool: string;
  readonly worker: string;
  readonly phase: string;
  readonly state: string;
  readonly job: string;
  readonly evidence: string;
  readonly evidenceRef: string;
  readonly nextAction: string;
  /** With its offset, such as `2026-01-01T18:00:00+08:00`. */
  readonly due: string;
  readonly runbook: string;
  readonly dashboard: string;
  readonly trace: string;
  /** When the alert began, in unix seconds. */
  readonly startsAt: number;
  /** The finished text. */
  readonly text: string;
  /** Names one alert over its whole life. */
  readonly fingerprint: string;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The pages of one webhook delivery.
 *
 * @throws Error for a body that is no delivery of Alertmanager's webhook.
 */
export function pagesOf(receiver: string, delivery: Fields, receivedAt: number): readonly Page[] {
  const alerts = delivery["alerts"];
  if (!Array.isArray(alerts) || alerts.length === 0) throw new Error("A delivery without alerts.");
  return alerts.map((alert) => pageOf(receiver, fields(alert), receivedAt));
}

function pageOf(receiver: string, alert: Fields, receivedAt: number): Page {
  const labels = fields(alert["labels"]);
  const annotations = fields(alert["annotations"]);
  return {
    receivedAt,
    receiver,
    status: alert["status"] === "resolved" ? "resolved" : "firing",
    alertName: text(labels["alertname"]),
    alertKey: text(labels["alert_key"]),
    severity: text(labels["severity"]),
    owner: text(labels["owner"]),
    pool: text(labels["worker_pool"]),
    worker: text(annotations["worker"]),
    phase: text(labels["phase"]),
    state: text(annotations["state"]),
    job: text(annotations["job"]),
    evidence: text(annotations["evidence"]),
    evidenceRef: text(annotations["evidence_ref"]),
    nextAction: text(annotations["next_action"]),
    due: text(alert["due"]),
    runbook: text(annotations["runbook_url"]),
    dashboard: text(annotations["dashboard_url"]),
    trace: text(annotations["trace_url"]),
    startsAt: Date.parse(text(alert["startsAt"])) / 1_000,
    text: text(alert["text"]),
    fingerprint: text(alert["fingerprint"]),
  };
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
