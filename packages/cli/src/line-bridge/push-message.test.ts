import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { outcomeOf, type PushOptions, pushMessage } from "./push-message.ts";

let server: Server | undefined;
afterEach(() => new Promise<void>((closed) => (server === undefined ? closed() : server.close(() => closed()))));

/** Answers with the statuses in order, the last one for ever. */
async function answering(
  ...statuses: readonly number[]
): Promise<{ options: PushOptions; keys: string[]; waits: number[] }> {
  const keys: string[] = [];
  const waits: number[] = [];
  server = createServer((request, response) => {
    const status = statuses[Math.min(keys.length, statuses.length - 1)] ?? 500;
    keys.push(String(request.headers["x-line-retry-key"]));
    request.resume();
    if (status === 0) {
      request.socket.destroy();
      return;
    }
    const location = status === 307 ? { location: "http://127.0.0.1:9/elsewhere" } : {};
    response
      .writeHead(status, { connection: "close", ...location })
      .end(JSON.stringify({ message: `status ${status}` }));
  });
  await new Promise<void>((ready) => server?.listen(0, "127.0.0.1", ready));
  const options: PushOptions = {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: "not-a-real-token",
    to: "C1",
    texts: ["t"],
    retryKey: "k",
    requestTimeoutMillis: 5_000,
    attempts: 3,
    retryWaitMillis: 7,
    wait: async (millis) => void waits.push(millis),
  };
  return { options, keys, waits };
}

test.each<[string, readonly number[], string, number]>([
  ["accepted", [200], "accepted", 1],
  ["a 500 and then accepted", [500, 200], "accepted", 2],
  ["a cut connection and then accepted before", [0, 409], "accepted", 2],
  ["a 429 and then accepted", [429, 200], "accepted", 2],
  ["500 for ever", [500], "unavailable", 3],
  ["no answer for ever", [0], "unavailable", 3],
  ["a bad request", [400], "refused", 1],
  ["a bad token", [401], "refused", 1],
  ["no right", [403], "refused", 1],
  ["a redirect is not followed", [307], "unavailable", 3],
])("%s", async (_, statuses, is, requests) => {
  const { options, keys, waits } = await answering(...statuses);
  const outcome = await pushMessage(options);
  expect(outcome.is).toBe(is);
  expect(keys).toEqual(Array.from({ length: requests }, () => "k"));
  expect(waits).toEqual(Array.from({ length: requests - 1 }, () => 7));
  expect(JSON.stringify(outcome)).not.toContain("not-a-real-token");
});

test.each<[number, string, string, RegExp | undefined]>([
  [
    429,
    "You have reached your monthly limit.",
    "refused",
    /429: You have reached your monthly limit\.\. Raise the plan/,
  ],
  [429, "The API rate limit has been exceeded. Try again later.", "unavailable", /rate limit/],
  [400, "Failed to send messages", "refused", /receivers\.<name>\.line\.to/],
  [401, "Authentication failed due to the following reason: invalid token", "refused", /channel access token/],
  [403, "Access to this API is not available for your account", "refused", /Developers Console/],
  [404, "Not found", "refused", /404: Not found$/],
])("%i %s is %s", (status, message, is, problem) => {
  const outcome = outcomeOf(status, JSON.stringify({ message }));
  expect(outcome.is).toBe(is);
  if ("problem" in outcome && problem !== undefined) expect(outcome.problem).toMatch(problem);
});

test("details are told, an answer that is no JSON is not, and a credential in one never", () => {
  const details = [{ message: "May not be empty", property: "messages[0].text" }];
  expect(outcomeOf(400, JSON.stringify({ message: "The request body has 1 error(s)", details }))).toMatchObject({
    problem: expect.stringContaining("messages[0].text: May not be empty"),
  });
  expect(outcomeOf(500, "<html>")).toEqual({ is: "unavailable", problem: "LINE answered 500" });
  const token = `ghp_${"a1B2".repeat(9)}`;
  expect(JSON.stringify(outcomeOf(400, JSON.stringify({ message: `bad ${token}` })))).not.toContain(token);
});
