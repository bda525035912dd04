/** What Alertmanager sends to the bridge: its webhook body of version 4, with the finished text of each alert. */

/** One alert of a notification. */
export interface NotifiedAlert {
  readonly isFiring: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** RFC 3339, as Alertmanager wrote it. */
  readonly startsAt: string;
  readonly fingerprint: string;
  /** The page's finished text. */
  readonly text: string;
}

/** One notification: a group of alerts. */
export interface Notification {
  /** Name of Alertmanager's receiver. */
  readonly receiver: string;
  readonly isFiring: boolean;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly NotifiedAlert[];
}

/** Reads a body. Returns what is wrong with it, in words, where it is no notification of the generated configuration. */
export function readNotification(body: string): Notification | string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return "found no JSON";
  }
  if (!isRecord(value) || value["version"] !== "4") return "found no Alertmanager notification of version 4";
  const { receiver, status, groupLabels, alerts } = value;
  if (typeof receiver !== "string" || !isStatus(status) || !isTexts(groupLabels) || !Array.isArray(alerts)) {
    return "found a notification without receiver, status, groupLabels or alerts";
  }
  const read = alerts.map(readAlert);
  if (read.length === 0 || read.some((alert) => alert === undefined)) {
    return "found an alert without its finished text: the payload of the generated alertmanager.yml carries it";
  }
  return { receiver, isFiring: status === "firing", groupLabels, alerts: read as readonly NotifiedAlert[] };
}

function readAlert(value: unknown): NotifiedAlert | undefined {
  if (!isRecord(value)) return undefined;
  const { status, labels, annotations, startsAt, fingerprint, text } = value;
  if (!isStatus(status) || !isTexts(labels) || !isTexts(annotations)) return undefined;
  if (typeof startsAt !== "string" || typeof fingerprint !== "string" || typeof text !== "string") return undefined;
  if (text === "") return undefined;
  return { isFiring: status === "firing", labels, annotations, startsAt, fingerprint, text };
}

function isStatus(value: unknown): value is "firing" | "resolved" {
  return value === "firing" || value === "resolved";
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === "string");
}
