/** Reads from the API of a running server: GET alone, bounded in time and size. */
import { WatchdogError } from "@worker-watchdog/sdk";
import {
  type BoundedAnswer,
  boundedRequest,
  MOST_ANSWER_BYTES,
  REQUEST_TIMEOUT_MILLIS,
} from "../http/bounded-request.ts";
import { whyNoAnswer } from "../http/why-no-answer.ts";

/** What a server answers: the JSON, or that it does not know the path (Mimir, Thanos and others lack some). */
export type Answer = { readonly json: unknown } | { readonly unknown: true };

/** The API of one server. */
export interface ServerApi {
  /** The server's address, for messages: without path, query and credentials. */
  readonly address: string;
  /** @throws WatchdogError `service_unavailable` where there is no usable answer. */
  get(path: string, query?: Readonly<Record<string, string>>): Promise<Answer>;
}

/** How a server is read. */
export interface ServerApiOptions {
  readonly fetch?: typeof fetch | undefined;
  readonly timeoutMillis?: number | undefined;
  readonly maxBytes?: number | undefined;
}

/** The API below `url`, such as `http://prometheus:9090` or `https://mimir.example/prometheus`. */
export function serverApi(url: URL, options: ServerApiOptions = {}): ServerApi {
  const { timeoutMillis = REQUEST_TIMEOUT_MILLIS, maxBytes = MOST_ANSWER_BYTES } = options;
  const failed = (found: string, cause?: unknown) =>
    new WatchdogError(
      "service_unavailable",
      `${url.origin}: found ${found}, allowed an answer of its API. Check the address, and that the server runs`,
      { cause, isRetryable: true },
    );
  return {
    address: url.origin,
    async get(path, query = {}) {
      const target = new URL(`${url.pathname.replace(/\/+$/, "")}${path}`, url);
      for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value);
      let answer: BoundedAnswer;
      try {
        answer = await boundedRequest(target, { fetch: options.fetch, timeoutMillis, maxBytes });
      } catch (error) {
        throw failed(`no answer to ${path} (${whyNoAnswer(error, timeoutMillis)})`, error);
      }
      if (answer.status === 404) return { unknown: true };
      if (!answer.isOk) throw failed(`status ${answer.status} for ${path}`);
      if (answer.text === undefined) throw failed(`more than ${maxBytes} bytes for ${path}`);
      try {
        return { json: JSON.parse(answer.text) };
      } catch (error) {
        throw failed(`no JSON for ${path}`, error);
      }
    },
  };
}

/** The address of a server as an option gives it, or what is wrong with it. */
export function serverUrl(option: string, text: string): URL | string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url?.protocol === "http:" || url?.protocol === "https:";
  if (url !== undefined && isWeb && url.username === "" && url.password === "") return url;
  const found = url !== undefined && isWeb ? "an address with a user name or password" : text;
  return `watchdog check: found --${option} ${found}, allowed an http or https address without credentials. See: watchdog check --help`;
}
