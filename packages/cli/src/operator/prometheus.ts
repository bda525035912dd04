/** Asks Prometheus: pages stand on what it knows, also where the worker and its journal are gone. */
import { RULES_RUN } from "@worker-watchdog/monitoring";
import { WatchdogError } from "@worker-watchdog/sdk";
import { ask, type ServerAddress, unusableAnswer } from "./server-address.ts";

/** One series with its newest value. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const PATH = "/api/v1/query";

/** Prometheus, or what speaks its query API. */
export class Prometheus {
  readonly #server: ServerAddress;

  constructor(server: ServerAddress) {
    this.#server = server;
  }

  /** Runs an instant query. @throws WatchdogError `service_unavailable` or `response_invalid`. */
  async query(promql: string): Promise<readonly Sample[]> {
    const answer = await ask(this.#server, PATH, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ query: promql }).toString(),
    });
    const samples = samplesFrom(answer.body);
    if (samples === undefined) throw unusableAnswer(this.#server, PATH, answer);
    return samples;
  }

  /** Unix seconds by its clock: one clock for what is compared with one another. */
  async now(): Promise<number> {
    const [sample] = await this.query("vector(time())");
    return sample?.value ?? Date.now() / 1_000;
  }

  /** @throws WatchdogError `response_invalid` where the rules of this product do not run there. */
  async mustRunRules(): Promise<void> {
    if ((await this.query(RULES_RUN)).length > 0) return;
    throw new WatchdogError(
      "response_invalid",
      `watchdog: found no firing Watchdog alert at Prometheus ${this.#server.url}, allowed the Prometheus that evaluates worker-watchdog.rules.yml (${this.#server.setting}). Nothing was done.`,
    );
  }
}

/** What the commands ask of it. */
export type AskedPrometheus = Pick<Prometheus, "query" | "now" | "mustRunRules">;

function samplesFrom(body: unknown): readonly Sample[] | undefined {
  const { status, data } = (body ?? {}) as { readonly status?: unknown; readonly data?: unknown };
  const { resultType, result } = (data ?? {}) as { readonly resultType?: unknown; readonly result?: unknown };
  if (status !== "success" || resultType !== "vector" || !Array.isArray(result)) return undefined;
  return (result as readonly { metric: Record<string, string>; value: readonly [number, string] }[]).map(
    ({ metric, value }) => ({ labels: metric, value: Number(value[1]) }),
  );
}
