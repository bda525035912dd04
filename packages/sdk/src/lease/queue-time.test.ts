import { expect, it } from "vitest";
import { jsonResult } from "../phase/json-result.ts";
import { queueTimeOf } from "./queue-time.ts";

const date = "Sat, 21 Nov 2026 00:00:07 GMT";
const seconds = Date.UTC(2026, 10, 21, 0, 0, 7) / 1_000;

function answer(body: unknown, headers: Record<string, string>): Promise<unknown> {
  return jsonResult(new Response(JSON.stringify(body), { headers }));
}

it("R4.6: the queue's time is what it states", async () => {
  expect(queueTimeOf(await answer({ server_time: 5.5 }, { date }))).toEqual({ earliest: 5.5, latest: 5.5 });
});

it("R4.6: the Date of a job service's response stands in for it, within its second", async () => {
  expect(queueTimeOf(await answer({ ok: true }, { date }))).toEqual({ earliest: seconds, latest: seconds + 1 });
  expect(queueTimeOf(await answer({ ok: true }, { date, age: "0" }))).toBeDefined();
});

it.each([
  ["no Date", {}],
  ["a Date that is none", { date: "soon" }],
  ["a Date that a cache may have kept", { date, age: "12" }],
])("says nothing for %s", async (_, headers) => {
  expect(queueTimeOf(await answer({ ok: true }, headers as Record<string, string>))).toBeUndefined();
});

it.each([undefined, null, "text", { server_time: "now" }, { server_time: Number.NaN }])(
  "says nothing for %j",
  (value) => {
    expect(queueTimeOf(value)).toBeUndefined();
  },
);
