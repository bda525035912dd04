/** The alerts that are pending or firing, as Prometheus has them. */

/** One active alert. */
export interface ActiveAlert {
  readonly name: string;
  readonly state: "pending" | "firing";
  readonly severity: string;
  readonly pool: string;
  readonly worker: string;
  /** Unix seconds. */
  readonly activeAt: number;
}

interface AlertsAnswer {
  readonly data?: {
    readonly alerts?: readonly {
      readonly state: string;
      readonly activeAt: string;
      readonly labels: Readonly<Record<string, string>>;
    }[];
  };
}

const TIMEOUT_MILLIS = 2_000;

/** Asks a Prometheus. Gives undefined where it does not answer: the view keeps what it had. */
export async function activeAlerts(prometheusUrl: string): Promise<readonly ActiveAlert[] | undefined> {
  try {
    const response = await fetch(`${prometheusUrl}/api/v1/alerts`, { signal: AbortSignal.timeout(TIMEOUT_MILLIS) });
    const { data } = (await response.json()) as AlertsAnswer;
    return (data?.alerts ?? [])
      .filter(({ labels }) => labels["alert_key"] !== "watchdog")
      .map(({ state, activeAt, labels }) => ({
        name: labels["alertname"] ?? "",
        state: state === "pending" ? "pending" : "firing",
        severity: labels["severity"] ?? "",
        pool: labels["worker_pool"] ?? "",
        worker: labels["worker_id"] ?? "",
        activeAt: Date.parse(activeAt) / 1_000,
      }));
  } catch {
    return undefined;
  }
}
