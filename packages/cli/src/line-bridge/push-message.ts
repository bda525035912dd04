/** One push message to LINE, with its few tries: https://developers.line.biz/en/docs/messaging-api/retrying-api-request/. */
import { redact } from "@worker-watchdog/sdk/redact";
import { whyNoAnswer } from "../http/why-no-answer.ts";

/** Where LINE listens. */
export const LINE_API = "https://api.line.me";

/** A push message and how it is sent. */
export interface PushOptions {
  readonly apiUrl: string;
  readonly token: string;
  readonly to: string;
  readonly texts: readonly string[];
  readonly retryKey: string;
  readonly requestTimeoutMillis: number;
  readonly attempts: number;
  readonly retryWaitMillis: number;
  /** Waits. Default: a timer. */
  readonly wait?: ((millis: number) => Promise<void>) | undefined;
}

/** What came of it; `problem` says what was found and what to do, without a credential. */
export type PushOutcome =
  | { readonly is: "accepted"; readonly wasAcceptedBefore: boolean }
  | { readonly is: "refused" | "unavailable"; readonly problem: string };

/** What to do about an answer that no further try changes. */
const NEXT_STEPS: Readonly<Record<number, string>> = {
  400: "Check receivers.<name>.line.to: the user, group or room must know the channel",
  401: "Check the channel access token: it is wrong, expired or revoked",
  403: "Check the channel's plan and rights in the LINE Developers Console",
  429: "Raise the plan's monthly limit, or give the owner another receiver until the next month",
};

const MOST_ANSWER_CHARACTERS = 2_000;

/** Sends it. Never throws: a LINE that can not be reached is an outcome. */
export async function pushMessage(options: PushOptions): Promise<PushOutcome> {
  const { attempts, retryWaitMillis, wait = (millis) => new Promise((later) => setTimeout(later, millis)) } = options;
  let outcome: PushOutcome = { is: "unavailable", problem: "not tried" };
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    if (attempt > 1) await wait(retryWaitMillis);
    outcome = await pushOnce(options);
    if (outcome.is !== "unavailable") return outcome;
  }
  return outcome;
}

async function pushOnce({
  apiUrl,
  token,
  to,
  texts,
  retryKey,
  requestTimeoutMillis,
}: PushOptions): Promise<PushOutcome> {
  let response: Response;
  let answer: string;
  try {
    response = await fetch(new URL("/v2/bot/message/push", apiUrl), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${token}`,
        "x-line-retry-key": retryKey,
      },
      body: JSON.stringify({ to, messages: texts.map((text) => ({ type: "text", text })) }),
      // The token goes to LINE and to nobody that LINE's address leads to.
      redirect: "error",
      signal: AbortSignal.timeout(requestTimeoutMillis),
    });
    answer = (await response.text()).slice(0, MOST_ANSWER_CHARACTERS);
  } catch (error) {
    return { is: "unavailable", problem: `LINE gave no answer (${whyNoAnswer(error, requestTimeoutMillis)})` };
  }
  return outcomeOf(response.status, answer);
}

/** What an answer means. A 409 is a success: the same key was accepted before. */
export function outcomeOf(status: number, answer: string): PushOutcome {
  if (status >= 200 && status < 300) return { is: "accepted", wasAcceptedBefore: false };
  if (status === 409) return { is: "accepted", wasAcceptedBefore: true };
  const message = messageOf(answer);
  const found = `LINE answered ${status}${message === "" ? "" : `: ${message}`}`;
  const isOverMonth = status === 429 && /monthly limit/i.test(message);
  if (status >= 500 || (status === 429 && !isOverMonth)) return { is: "unavailable", problem: found };
  const step = NEXT_STEPS[status];
  return { is: "refused", problem: step === undefined ? found : `${found}. ${step}` };
}

function messageOf(answer: string): string {
  try {
    const { message, details } = JSON.parse(answer) as {
      readonly message?: unknown;
      readonly details?: readonly { readonly message?: unknown; readonly property?: unknown }[];
    };
    const more = Array.isArray(details) ? details.map(({ property, message: what }) => `${property}: ${what}`) : [];
    return redact([message, ...more].filter((part) => typeof part === "string").join("; ")).text;
  } catch {
    return "";
  }
}
