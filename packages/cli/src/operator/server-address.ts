/** Where Prometheus or Alertmanager is, and one bounded JSON request to it. */
import { WatchdogError } from "@worker-watchdog/sdk";
import type { CommandContext, OptionValues } from "../command.ts";
import {
  type BoundedAnswer,
  type BoundedRequest,
  boundedRequest,
  REQUEST_TIMEOUT_MILLIS,
} from "../http/bounded-request.ts";
import { whyNoAnswer } from "../http/why-no-answer.ts";

/** A server that a person's command asks. */
export interface ServerAddress {
  /** What it is called in messages, such as `Prometheus`. */
  readonly name: string;
  /** How the address is given, for messages. */
  readonly setting: string;
  /** Base address without credentials and without a slash at its end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The servers, each with its option, the variable that stands in for it, and its default address. */
export const SERVERS = {
  prometheus: { name: "Prometheus", variable: "WATCHDOG_PROMETHEUS_URL", url: "http://127.0.0.1:9090" },
  alertmanager: { name: "Alertmanager", variable: "WATCHDOG_ALERTMANAGER_URL", url: "http://127.0.0.1:9093" },
} as const;

/** The address by option, variable or default. @throws WatchdogError `invalid_option`. */
export function serverAddress(
  option: keyof typeof SERVERS,
  values: OptionValues,
  { environment = process.env }: Pick<CommandContext, "environment">,
): ServerAddress {
  const { name, variable, url: standard } = SERVERS[option];
  const given = values[option];
  const text = typeof given === "string" ? given : environment[variable] || standard;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new WatchdogError(
      "invalid_option",
      `watchdog: --${option}: found ${JSON.stringify(text.slice(0, 80))}, allowed an http or https address such as ${standard} (also ${variable}).`,
    );
  const { username, password } = url;
  const userinfo = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    name,
    setting: `--${option} or ${variable}`,
    url: `${url.origin}${url.pathname}`.replace(/\/+$/, ""),
    // fetch refuses an address with credentials in it.
    headers: username === "" ? {} : { authorization: `Basic ${Buffer.from(userinfo).toString("base64")}` },
  };
}

/** One answer. */
export interface Answer {
  readonly status: number;
  /** The body as JSON; undefined where it is none, or too large. */
  readonly body: unknown;
  /** When it answered by its own clock, in unix milliseconds; undefined where it does not say. */
  readonly atMillis: number | undefined;
}

/** Asks once. @throws WatchdogError `service_unavailable` where there is no answer in time. */
export async function ask(
  server: ServerAddress,
  path: string,
  request: Pick<BoundedRequest, "method" | "body" | "headers"> = {},
): Promise<Answer> {
  let answer: BoundedAnswer;
  try {
    answer = await boundedRequest(`${server.url}${path}`, {
      ...request,
      headers: { ...server.headers, ...request.headers },
    });
  } catch (error) {
    throw new WatchdogError(
      "service_unavailable",
      `watchdog: ${server.name} at ${server.url} does not answer (${whyNoAnswer(error, REQUEST_TIMEOUT_MILLIS)}), and nothing was done. Allowed: an address that answers (${server.setting}).`,
      { cause: error, isRetryable: true },
    );
  }
  const at = Date.parse(answer.headers.get("date") ?? "");
  return { status: answer.status, body: json(answer.text ?? ""), atMillis: Number.isNaN(at) ? undefined : at };
}

/** An answer that is none of what was asked for. */
export function unusableAnswer(server: ServerAddress, path: string, { status, body }: Answer): WatchdogError {
  const said = body === undefined ? "no JSON" : JSON.stringify(body).slice(0, 200);
  return new WatchdogError(
    "response_invalid",
    `watchdog: ${server.name} at ${server.url}${path} answered ${status}: ${said}. Allowed: the address of ${server.name} itself (${server.setting}).`,
  );
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
