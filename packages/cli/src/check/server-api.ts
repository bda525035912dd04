/** Reads from the API of a running server: GET alone, bounded in time and size. */
import { WatchdogError } from "@worker-watchdog/sdk";

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

const TIMEOUT_MILLIS = 10_000;
/** The rules of a large server are some megabytes. */
const MAX_BYTES = 32 << 20;

/** The API below `url`, such as `http://prometheus:9090` or `https://mimir.example/prometheus`. */
export function serverApi(url: URL, options: ServerApiOptions = {}): ServerApi {
  const { fetch: ask = fetch, timeoutMillis = TIMEOUT_MILLIS, maxBytes = MAX_BYTES } = options;
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
      let response: Response;
      let body: string | undefined;
      try {
        response = await ask(target, { signal: AbortSignal.timeout(timeoutMillis), redirect: "error" });
        body = await textUpTo(response, maxBytes);
      } catch (error) {
        throw failed(`no answer to ${path} (${reasonOf(error)})`, error);
      }
      if (response.status === 404) return { unknown: true };
      if (!response.ok) throw failed(`status ${response.status} for ${path}`);
      if (body === undefined) throw failed(`more than ${maxBytes} bytes for ${path}`);
      try {
        return { json: JSON.parse(body) };
      } catch (error) {
        throw failed(`no JSON for ${path}`, error);
      }
    },
  };
}

async function textUpTo(response: Response, maxBytes: number): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    // Leaving the loop closes the connection.
    if (bytes > maxBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no answer in time";
  const { cause } = error;
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : error.message;
}

/** The address of a server as an option gives it, or what is wrong with it. */
export function serverUrl(option: string, text: string): URL | string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url?.protocol === "http:" || url?.protocol === "https:";
  if (url !== undefined && isWeb && url.username === "" && url.password === "") return url;
  const found = url !== undefined && isWeb ? "an address with a user name or password" : text;
  return `watchdog check: found --${option} ${found}, allowed an http or https address without credentials. See: watchdog check --help`;
}
