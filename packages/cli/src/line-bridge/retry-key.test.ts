import { expect, test } from "vitest";
import type { Notification, NotifiedAlert } from "./notification.ts";
import { retryKey } from "./retry-key.ts";

const START = Date.parse("2026-11-21T06:30:00Z");
const HOUR = 3_600_000;
const options = { to: "C1", repeatIntervalSeconds: 4 * 3_600, nowMillis: START + 30_000 };

function alert(fingerprint: string, over: Partial<NotifiedAlert> = {}): NotifiedAlert {
  return {
    isFiring: true,
    labels: {},
    annotations: {},
    startsAt: "2026-11-21T06:30:00Z",
    fingerprint,
    text: "t",
    ...over,
  };
}

const one: Notification = {
  receiver: "pls_ops-page",
  isFiring: true,
  groupLabels: { alertname: "LeaseExpired", worker_pool: "reports" },
  alerts: [alert("a"), alert("b")],
};
const key = retryKey(one, options);

test("it is a UUID", () => {
  expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test.each<[string, Notification, Partial<typeof options>]>([
  ["a second later", one, { nowMillis: options.nowMillis + 1_000 }],
  ["an hour later", one, { nowMillis: options.nowMillis + HOUR }],
  ["in another order", { ...one, alerts: one.alerts.toReversed() }, {}],
  ["from another replica, in other words", { ...one, alerts: one.alerts.map((each) => ({ ...each, text: "u" })) }, {}],
  ["by a clock that is behind", one, { nowMillis: START + 1 }],
])("a retry %s has the same key", (_, notification, over) => {
  expect(retryKey(notification, { ...options, ...over })).toBe(key);
});

test.each<[string, Notification, Partial<typeof options>]>([
  ["its repetition", one, { nowMillis: options.nowMillis + 4 * HOUR }],
  ["one more alert", { ...one, alerts: [...one.alerts, alert("c")] }, {}],
  ["an alert that began anew", { ...one, alerts: [alert("a"), alert("b", { startsAt: "2026-11-21T06:30:01Z" })] }, {}],
  ["an alert of it that ended", { ...one, alerts: [alert("a"), alert("b", { isFiring: false })] }, {}],
  ["its end", { ...one, isFiring: false }, {}],
  ["another group", { ...one, groupLabels: { ...one.groupLabels, worker_pool: "other" } }, {}],
  ["another receiver", { ...one, receiver: "pls_ops-message" }, {}],
  ["another chat", one, { to: "C2" }],
])("%s has another key", (_, notification, over) => {
  expect(retryKey(notification, { ...options, ...over })).not.toBe(key);
});

test("each repetition of an open page has its own key, however long it is open; group intervals may pass between them", () => {
  let at = START + 30_000;
  const keys = Array.from({ length: 100 }, () => {
    const found = retryKey(one, { ...options, nowMillis: at });
    expect(retryKey(one, { ...options, nowMillis: at + 60_000 })).toBe(found);
    at += 4 * HOUR + 30_000;
    return found;
  });
  expect(new Set(keys).size).toBe(100);
});

test("an end is told once, however late the retry", () => {
  const end = { ...one, isFiring: false };
  expect(retryKey(end, { ...options, nowMillis: START + 9 * HOUR })).toBe(retryKey(end, options));
});
