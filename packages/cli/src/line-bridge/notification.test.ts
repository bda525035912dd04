import { expect, test } from "vitest";
import { readNotification } from "./notification.ts";

const alert = { status: "firing", labels: {}, annotations: {}, startsAt: "s", fingerprint: "f", text: "t" };
const body = { version: "4", receiver: "r", status: "firing", groupLabels: { alertname: "A" }, alerts: [alert] };

test("a notification of the generated configuration is read", () => {
  expect(readNotification(JSON.stringify(body))).toMatchObject({
    receiver: "r",
    isFiring: true,
    alerts: [{ text: "t" }],
  });
});

test.each<[string, string, string]>([
  ["no JSON", "{", "no JSON"],
  ["another version", JSON.stringify({ ...body, version: "3" }), "version 4"],
  ["a list", "[]", "version 4"],
  ["no alerts", JSON.stringify({ ...body, alerts: undefined }), "without receiver"],
  ["an empty group", JSON.stringify({ ...body, alerts: [] }), "without its finished text"],
  ["an unknown status", JSON.stringify({ ...body, status: "open" }), "without receiver"],
  [
    "the default payload",
    JSON.stringify({ ...body, alerts: [{ ...alert, text: undefined }] }),
    "generated alertmanager.yml",
  ],
  ["labels that are no texts", JSON.stringify({ ...body, alerts: [{ ...alert, labels: { a: 1 } }] }), "finished text"],
])("%s is refused in words", (_, text, problem) => {
  expect(readNotification(text)).toContain(problem);
});
