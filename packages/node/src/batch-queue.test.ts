import { describe, expect, it } from "vitest";
import { ManualTimers, settle } from "../test/manual-timers.ts";
import { BatchQueue, type BatchQueueOptions } from "./batch-queue.ts";
import type { SendResult } from "./otlp-sender.ts";

const DELIVERED: SendResult = { outcome: "delivered", rejected: 0, reason: "" };
const RETRY: SendResult = { outcome: "retry", rejected: 0, reason: "connect ECONNREFUSED" };

function setUp(options: Partial<BatchQueueOptions<number>> & { answers?: SendResult[] } = {}) {
  const timers = new ManualTimers();
  const sent: (readonly number[])[] = [];
  const answers = [...(options.answers ?? [])];
  const queue = new BatchQueue<number>({
    timers,
    send: async (items) => {
      sent.push(items);
      return answers.shift() ?? DELIVERED;
    },
    ...options,
  });
  return { timers, sent, queue };
}

describe("BatchQueue", () => {
  it.each([
    { afterMillis: 999, requests: 0 },
    { afterMillis: 1000, requests: 1 },
  ])("has sent $requests requests $afterMillis ms after an item", async ({ afterMillis, requests }) => {
    const { timers, sent, queue } = setUp();
    queue.add(1);
    queue.add(2);
    await timers.advance(afterMillis);
    expect(sent).toEqual(requests === 0 ? [] : [[1, 2]]);
  });

  it("sends an urgent item at once, with those that wait, but not within the caller's call", async () => {
    const { timers, sent, queue } = setUp();
    queue.add(1);
    queue.add(2, true);
    expect(sent).toEqual([]);
    await timers.advance(0);
    expect(sent).toEqual([[1, 2]]);
  });

  it("sends a full batch without waiting", async () => {
    const { timers, sent, queue } = setUp({ maxBatchSize: 2 });
    for (const item of [1, 2, 3]) queue.add(item);
    await timers.advance(0);
    expect(sent).toEqual([[1, 2]]);
    await timers.advance(1000);
    expect(sent).toEqual([[1, 2], [3]]);
  });

  it("keeps what was not acknowledged, and tries again 1, 2, 4 and 5 s later", async () => {
    const { timers, sent, queue } = setUp({ answers: [RETRY, RETRY, RETRY, RETRY], delayMillis: 10 });
    queue.add(1);
    await timers.advance(10);
    expect(queue.unsent()).toEqual([1]);
    expect(queue.lastReason).toBe(RETRY.reason);
    for (const { waitMillis, requests } of [
      { waitMillis: 999, requests: 1 },
      { waitMillis: 1, requests: 2 },
      { waitMillis: 1999, requests: 2 },
      { waitMillis: 1, requests: 3 },
      { waitMillis: 4000, requests: 4 },
      { waitMillis: 4999, requests: 4 },
      { waitMillis: 1, requests: 5 },
    ]) {
      await timers.advance(waitMillis);
      expect(sent).toHaveLength(requests);
    }
    expect(queue.unsent()).toEqual([]);
    expect(queue.lastReason).toBe("");
    expect(queue.lost).toBe(0);
  });

  it("leaves a receiver that is down alone until the back-off is over, however much is added", async () => {
    const { timers, sent, queue } = setUp({ answers: [RETRY], maxBatchSize: 2 });
    queue.add(1, true);
    await timers.advance(0);
    for (const item of [2, 3, 4, 5]) queue.add(item, item % 2 === 0);
    await timers.advance(999);
    expect(sent).toEqual([[1]]);
    await timers.advance(1);
    expect(sent).toEqual([[1], [1], [2, 3], [4, 5]]);
    expect(sent[1]).toBe(sent[0]);
  });

  it("waits as long as the receiver asks", async () => {
    const { timers, sent, queue } = setUp({ answers: [{ ...RETRY, retryAfterMillis: 20_000 }] });
    queue.add(1, true);
    await timers.advance(0);
    await timers.advance(19_999);
    expect(sent).toHaveLength(1);
    await timers.advance(1);
    expect(sent).toHaveLength(2);
  });

  it("counts what was refused or rejected as lost, and does not send it again", async () => {
    const { timers, sent, queue } = setUp({
      answers: [
        { outcome: "refused", rejected: 0, reason: "HTTP 400" },
        { outcome: "delivered", rejected: 2, reason: "too old" },
      ],
    });
    for (const item of [1, 2, 3]) queue.add(item);
    await timers.advance(1000);
    expect(queue.lost).toBe(3);
    for (const item of [4, 5, 6]) queue.add(item);
    await timers.advance(60_000);
    expect(queue.lost).toBe(5);
    expect(sent).toHaveLength(2);
    expect(queue.unsent()).toEqual([]);
  });

  it("drops and counts what does not fit, with what is in flight counted in", async () => {
    const { timers, queue } = setUp({ maxQueueSize: 3, send: () => new Promise(() => {}) });
    for (const item of [1, 2]) queue.add(item);
    await timers.advance(1000);
    for (const item of [3, 4, 5]) queue.add(item);
    expect(queue.unsent()).toEqual([1, 2, 3]);
    expect(queue.lost).toBe(2);
  });

  it("has one request under way at a time", async () => {
    const release: ((result: SendResult) => void)[] = [];
    const { timers, queue } = setUp({ send: () => new Promise((resolve) => release.push(resolve)) });
    queue.add(1, true);
    await timers.advance(0);
    queue.add(2, true);
    await timers.advance(5000);
    expect(release).toHaveLength(1);
    release[0]?.(DELIVERED);
    await settle();
    expect(release).toHaveLength(2);
    expect(queue.unsent()).toEqual([2]);
  });

  it("flushes everything, in batches, and at once also in a back-off", async () => {
    const { timers, sent, queue } = setUp({ answers: [RETRY], maxBatchSize: 2 });
    for (const item of [1, 2, 3]) queue.add(item);
    await timers.advance(0);
    expect(queue.unsent()).toEqual([1, 2, 3]);
    expect(sent).toHaveLength(1);
    await queue.flush();
    expect(sent).toEqual([[1, 2], [1, 2], [3]]);
    expect(queue.unsent()).toEqual([]);
  });

  it("gives up a flush at the first failure, also that of the request under way", async () => {
    const release: ((result: SendResult) => void)[] = [];
    const { timers, queue } = setUp({ send: () => new Promise((resolve) => release.push(resolve)) });
    queue.add(1, true);
    await timers.advance(0);
    const flushed = queue.flush();
    release[0]?.(RETRY);
    await flushed;
    expect(release).toHaveLength(1);
    expect(queue.unsent()).toEqual([1]);
  });

  it("forgets what another path has sent, also where its own request is still under way", async () => {
    const release: ((result: SendResult) => void)[] = [];
    const { timers, queue } = setUp({ send: () => new Promise((resolve) => release.push(resolve)) });
    queue.add(1, true);
    await timers.advance(0);
    queue.add(2);
    queue.clear();
    release[0]?.({ outcome: "refused", rejected: 0, reason: "HTTP 400" });
    await settle();
    expect(queue.unsent()).toEqual([]);
    expect(queue.lost).toBe(0);
  });
});
