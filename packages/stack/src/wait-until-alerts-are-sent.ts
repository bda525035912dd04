/** Waits until Prometheus knows its Alertmanager: an alert that fires before is sent again only a minute later. */
import { StackError } from "./stack-error.ts";

const POLL_MILLIS = 100;

/** @throws {StackError} `server_not_ready` when Prometheus has not found its Alertmanager in time. */
export async function waitUntilAlertsAreSent(prometheusUrl: string, timeoutMillis: number): Promise<void> {
  const address = `${prometheusUrl}/api/v1/alertmanagers`;
  const deadline = performance.now() + timeoutMillis;
  while (!(await hasAlertmanager(address))) {
    if (performance.now() > deadline) {
      throw new StackError(
        "server_not_ready",
        `prometheus runs, but ${address} named no Alertmanager within ${timeoutMillis / 1_000} s. Look at its log.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
  }
}

async function hasAlertmanager(address: string): Promise<boolean> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(2_000) });
    const body = (await response.json()) as {
      readonly data?: { readonly activeAlertmanagers?: readonly unknown[] };
    };
    return (body.data?.activeAlertmanagers?.length ?? 0) > 0;
  } catch {
    return false;
  }
}
