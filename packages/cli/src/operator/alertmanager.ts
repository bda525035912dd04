/** Speaks Alertmanager's API v2: its receivers, alerts posted to it, and what it does with them. */
import { ask, type ServerAddress, unusableAnswer } from "./server-address.ts";

/** An alert to be posted. */
export interface AlertToPost {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What Alertmanager makes of an alert. */
export interface KnownAlert {
  readonly labels: Readonly<Record<string, string>>;
  /** Names of the receivers that its routes lead to. */
  readonly receivers: readonly string[];
  /** `active`, `suppressed` or `unprocessed`. */
  readonly state: string;
  /** Ids of silences, alerts and time intervals that mute it. */
  readonly mutedBy: readonly string[];
}

/** Alertmanager. Every call throws WatchdogError `service_unavailable` or `response_invalid`. */
export class Alertmanager {
  readonly #server: ServerAddress;

  constructor(server: ServerAddress) {
    this.#server = server;
  }

  /** Names of the receivers that it runs with, and its time in unix milliseconds. */
  async receivers(): Promise<{ readonly names: readonly string[]; readonly atMillis: number }> {
    const path = "/api/v2/receivers";
    const answer = await ask(this.#server, path);
    if (answer.status !== 200 || !Array.isArray(answer.body)) throw unusableAnswer(this.#server, path, answer);
    const names = (answer.body as readonly { readonly name?: unknown }[]).map(({ name }) => String(name));
    return { names, atMillis: answer.atMillis ?? Date.now() };
  }

  /** Posts alerts that end at `endsAtMillis`. */
  async post(alerts: readonly AlertToPost[], endsAtMillis: number): Promise<void> {
    const path = "/api/v2/alerts";
    const endsAt = new Date(endsAtMillis).toISOString();
    const answer = await ask(this.#server, path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(alerts.map(({ labels, annotations }) => ({ labels, annotations, endsAt }))),
    });
    if (answer.status !== 200) throw unusableAnswer(this.#server, path, answer);
  }

  /** The alerts that have a label of this value. */
  async alerts(label: string, value: string): Promise<readonly KnownAlert[]> {
    const path = `/api/v2/alerts?filter=${encodeURIComponent(`${label}=${JSON.stringify(value)}`)}`;
    const answer = await ask(this.#server, path);
    if (answer.status !== 200 || !Array.isArray(answer.body)) throw unusableAnswer(this.#server, path, answer);
    return (answer.body as readonly GettableAlert[]).map(({ labels, receivers, status }) => ({
      labels,
      receivers: receivers.map(({ name }) => name),
      state: status.state,
      mutedBy: [...(status.silencedBy ?? []), ...(status.inhibitedBy ?? []), ...(status.mutedBy ?? [])],
    }));
  }
}

/** What the command asks of it. */
export type AskedAlertmanager = Pick<Alertmanager, "receivers" | "post" | "alerts">;

/** As far as it is read, of Alertmanager's OpenAPI document. */
interface GettableAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly receivers: readonly { readonly name: string }[];
  readonly status: {
    readonly state: string;
    readonly silencedBy?: readonly string[];
    readonly inhibitedBy?: readonly string[];
    readonly mutedBy?: readonly string[];
  };
}
