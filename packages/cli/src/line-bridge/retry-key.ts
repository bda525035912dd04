/**
 * The key by which LINE takes a message once (`X-Line-Retry-Key`, a UUID, remembered for 24 hours).
 *
 * Alertmanager tries a failed notification again, and two Alertmanagers send the same one. So the key is made from what is told, to whom,
 * and in which repetition: a retry has the same key, on any bridge and after a restart, and an open page that is repeated after
 * `repeat_interval` has another. A repetition comes at least one interval after the one before, counted from the first alert's start, and
 * so never falls into the same interval.
 */
import { createHash } from "node:crypto";
import type { Notification } from "./notification.ts";

/** What a key is made for. */
export interface RetryKeyOptions {
  /** The LINE chat. */
  readonly to: string;
  readonly repeatIntervalSeconds: number;
  readonly nowMillis: number;
}

/** The key of `notification`, in the form of a UUID of version 5. */
export function retryKey(notification: Notification, options: RetryKeyOptions): string {
  const { receiver, isFiring, groupLabels, alerts } = notification;
  const told = alerts.map(({ fingerprint, isFiring: fires, startsAt }) => `${fingerprint} ${fires} ${startsAt}`).sort();
  const group = Object.entries(groupLabels).sort(([a], [b]) => (a < b ? -1 : 1));
  // What has ended is told once.
  const repetition = isFiring ? repetitionOf(notification, options) : 0;
  const identity = JSON.stringify([options.to, receiver, isFiring, group, told, repetition]);
  return asUuid(createHash("sha256").update(identity).digest("hex"));
}

function repetitionOf({ alerts }: Notification, { repeatIntervalSeconds, nowMillis }: RetryKeyOptions): number {
  const starts = alerts.map(({ startsAt }) => Date.parse(startsAt)).filter(Number.isFinite);
  const first = starts.reduce((least, start) => Math.min(least, start), nowMillis);
  return Math.floor((nowMillis - first) / (repeatIntervalSeconds * 1_000));
}

function asUuid(hex: string): string {
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
