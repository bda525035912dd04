/**
 * A stand-in of LINE's Messaging API, for it can not be had here: the push message alone, as its reference documents it
 * (https://developers.line.biz/en/reference/messaging-api/#send-push-message, .../docs/messaging-api/retrying-api-request/): bearer token, 1 to 5
 * messages of at most 5,000 UTF-16 code units, a retry key that is a UUID and is taken once, and the error bodies of its table of errors.
 */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What the next request meets: an answer, or a connection that is cut before or after the message was taken. */
export type Fault = { readonly status: number; readonly message: string } | "cut" | "taken_then_cut";

/** A push message that was taken. */
export interface TakenPush {
  readonly to: string;
  readonly texts: readonly string[];
  readonly retryKey: string;
}

/** The stand-in. */
export interface LineApi {
  readonly url: string;
  /** Each message that a person would have got. */
  readonly taken: readonly TakenPush[];
  /** The status of every answer, in order; 0 for a cut connection. */
  readonly answers: readonly number[];
  /** What the next requests meet, in order; `always` until it is undefined again. */
  readonly faults: Fault[];
  always: Fault | undefined;
  close(): Promise<void>;
}

interface PushBody {
  readonly to?: unknown;
  readonly messages?: readonly { readonly type?: unknown; readonly text?: unknown }[];
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Starts it on loopback, for one channel's `token`. */
export async function startLineApi(token: string): Promise<LineApi> {
  const taken: TakenPush[] = [];
  const answers: number[] = [];
  const accepted = new Map<string, string>();
  const state: { always: Fault | undefined; readonly faults: Fault[] } = { always: undefined, faults: [] };

  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const requestId = randomUUID();
    const answer = (status: number, body: object, headers: Readonly<Record<string, string>> = {}) => {
      answers.push(status);
      response.writeHead(status, { "content-type": "application/json", "x-line-request-id": requestId, ...headers });
      response.end(JSON.stringify(body));
    };
    const cut = () => {
      answers.push(0);
      request.socket.destroy();
    };
    if (request.method !== "POST" || request.url !== "/v2/bot/message/push")
      return answer(404, { message: "Not found" });
    if (request.headers.authorization !== `Bearer ${token}`) {
      return answer(401, { message: "Authentication failed due to the following reason: invalid token." });
    }
    const key = String(request.headers["x-line-retry-key"] ?? "");
    if (!UUID.test(key)) return answer(400, { message: "The retry key is invalid" });
    const first = accepted.get(key);
    const fault = state.faults.shift() ?? state.always;
    if (fault === "cut") return cut();
    if (first !== undefined) {
      return answer(409, { message: "The retry key is already accepted" }, { "x-line-accepted-request-id": first });
    }
    if (typeof fault === "object") return answer(fault.status, { message: fault.message });
    const { to, messages = [] } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as PushBody;
    const problem = problemOf(to, messages);
    if (problem !== undefined) return answer(400, problem);
    accepted.set(key, requestId);
    taken.push({ to: String(to), texts: messages.map(({ text }) => String(text)), retryKey: key });
    if (fault === "taken_then_cut") return cut();
    return answer(200, { sentMessages: messages.map((_, index) => ({ id: String(index), quoteToken: "q" })) });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    answers,
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  });
}

function problemOf(to: unknown, messages: NonNullable<PushBody["messages"]>): object | undefined {
  if (typeof to !== "string" || !/^[UCR][0-9a-f]{32}$/.test(to))
    return { message: "The property, 'to', in the request body is invalid" };
  if (messages.length < 1 || messages.length > 5) {
    return {
      message: "The request body has 1 error(s)",
      details: [{ message: "Size must be between 1 and 5", property: "messages" }],
    };
  }
  const bad = messages.findIndex(
    ({ type, text }) => type !== "text" || typeof text !== "string" || text.length < 1 || text.length > 5_000,
  );
  if (bad < 0) return undefined;
  const details = [{ message: "Length must be between 0 and 5000", property: `messages[${bad}].text` }];
  return { message: "The request body has 1 error(s)", details };
}
