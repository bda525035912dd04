/** One HTTP POST that never throws and ends within its bounds: the exit path's, as OpenTelemetry's exporters need an event loop. */

/** What is posted, and its bounds. */
export interface HttpPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** From the call to the last byte of the response, in milliseconds. */
  readonly timeoutMillis: number;
  /** Until the connection is made, in milliseconds. */
  readonly connectTimeoutMillis: number;
  /** Certificates in PEM, for https. */
  readonly tls?: HttpPostCertificates | undefined;
}

/** Certificates in PEM. */
export interface HttpPostCertificates {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** The response, or why there was none. */
export type HttpPostResult =
  | { readonly status: number; readonly body: Uint8Array; readonly retryAfter?: string | undefined }
  | { readonly error: string; readonly isConnectTimeout?: boolean | undefined };

/**
 * Posts and calls `done` once.
 *
 * The function refers to nothing outside itself: the exit path runs it in a child process, from its source text, so that it
 * works where an application was bundled into one file. The connection is closed after the response.
 */
export function httpPost(post: HttpPost, done: (result: HttpPostResult) => void): void {
  const maxResponseBytes = 65_536;
  let settled = false;
  const settle = (result: HttpPostResult): void => {
    if (settled) return;
    settled = true;
    clearTimeout(timer);
    clearTimeout(connectTimer);
    done(result);
  };
  let attempt: { destroy(): unknown } | undefined;
  const giveUp = (error: string): void => {
    settle({ error });
    attempt?.destroy();
  };
  const timer = setTimeout(() => giveUp(`no response within ${post.timeoutMillis} ms`), post.timeoutMillis);
  let connectTimer: NodeJS.Timeout | undefined;

  try {
    const http = process.getBuiltinModule(post.url.startsWith("https:") ? "node:https" : "node:http");
    const request = http.request(
      post.url,
      {
        method: "POST",
        headers: { ...post.headers, "Content-Length": String(post.body.byteLength) },
        agent: false,
        ...post.tls,
      },
      (response) => {
        const chunks: Uint8Array[] = [];
        let size = 0;
        const end = (): void =>
          settle({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks),
            retryAfter: response.headers["retry-after"],
          });
        response.on("data", (chunk: Uint8Array) => {
          size += chunk.length;
          if (size <= maxResponseBytes) chunks.push(chunk);
          else {
            end();
            response.destroy();
          }
        });
        response.on("end", end);
        response.on("error", end);
      },
    );
    attempt = request;
    request.on("socket", (socket) => {
      if (!socket.connecting) return;
      connectTimer = setTimeout(
        () => giveUp(`no connection within ${post.connectTimeoutMillis} ms`),
        post.connectTimeoutMillis,
      );
      socket.once("connect", () => clearTimeout(connectTimer));
    });
    request.on("error", (error: NodeJS.ErrnoException) =>
      settle({ error: error.message === "" ? (error.code ?? "connection failed") : error.message }),
    );
    request.end(post.body);
  } catch (error) {
    settle({ error: error instanceof Error ? error.message : String(error) });
  }
}
