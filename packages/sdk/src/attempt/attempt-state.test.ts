import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Journal, JsonValue } from "../journal/journal.ts";
import { memoryJournal } from "../journal/memory-journal.ts";
import { manualClock } from "../testing/index.ts";
import { type AttemptState, attemptStateFrom, attemptStateJson } from "./attempt-state.ts";
import { AttemptStore } from "./attempt-store.ts";

const full: AttemptState = {
  jobId: "J1",
  traceId: "0af7651916cd43dd8448eb211c80319c",
  parentSpanId: "b7ad6b7169203331",
  traceFlags: 1,
  deliverableId: "D1",
  artifactKinds: ["video"],
  startedAt: 1_000,
  revision: 4,
  leaseExpiresAt: 1_900,
  queueOffsetMillis: -250,
  state: "stuck",
  stuckReason: "context_failed",
  phase: "build",
  progressAt: 1_200,
  aliveAt: 1_300,
  contextFailed: true,
  notFound: false,
  verified: {
    jobId: "J1",
    attemptId: "0af7651916cd43dd8448eb211c80319c",
    recordUrl: "https://a.example/x",
    filesUrl: "https://a.example/x/files",
    checkId: "c1",
    httpStatus: 302,
    finalStatus: 200,
    fileCount: 2,
    sha256: "00",
    kinds: ["video"],
    checkedAt: 1_250_000,
    evidenceRef: "artifact-check/c1",
  },
  settledAt: null,
  completeStatus: "unknown",
  endedAtMillis: null,
  sessionDeath: null,
  limitedUntil: null,
  limitCleared: null,
  incidents: { "phase_failed context": { count: 2, cleared: 1 } },
};

const stored = (over: Readonly<Record<string, JsonValue>> = {}): JsonValue => ({
  ...(JSON.parse(JSON.stringify(attemptStateJson(full))) as Record<string, JsonValue>),
  ...over,
});

describe("attemptStateFrom (R7.4)", () => {
  it("gives back what was stored", () => {
    expect(attemptStateFrom(stored())).toEqual(full);
  });

  it.each<[string, JsonValue, Partial<AttemptState>]>([
    ["leaseExpiresAt", "soon", { leaseExpiresAt: 0 }],
    ["state", "finished", { state: "stuck" }],
    ["progressAt", null, { progressAt: full.startedAt }],
    ["phase", 7, { phase: "claim" }],
    ["parentSpanId", "xyz", { parentSpanId: "0000000000000000" }],
    ["incidents", [1], { incidents: {} }],
    ["incidents", { "a b": { count: -1, cleared: 9 } }, { incidents: {} }],
    ["incidents", { "a b": { count: 1, cleared: 9 } }, { incidents: { "a b": { count: 1, cleared: 1 } } }],
    ["settledAt", "yesterday", { settledAt: null }],
    ["completeStatus", "fine", { completeStatus: null }],
  ])("a malformed %s (%j) takes its default", (key, value, expected) => {
    expect(attemptStateFrom(stored({ [key]: value }))).toMatchObject(expected);
  });

  it.each([
    ["jobId", ""],
    ["jobId", 7],
    ["traceId", "short"],
  ])("without a usable %s (%j) there is no attempt", (key, value) => {
    expect(attemptStateFrom(stored({ [key]: value }))).toBeUndefined();
  });

  it.each<[string, JsonValue]>([
    ["jobId", "another"],
    ["attemptId", "another"],
    ["checkId", ""],
    ["fileCount", 0],
    ["httpStatus", null],
    ["sha256", null],
  ])("an artifact whose %s is %j is none: a damaged journal never makes a false green", (key, value) => {
    const verified = { ...(JSON.parse(JSON.stringify(full.verified)) as Record<string, JsonValue>), [key]: value };
    expect(attemptStateFrom(stored({ verified }))?.verified).toBeNull();
  });

  it("never throws, and never makes an artifact out of noise", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (noise) => {
        expect(attemptStateFrom(noise as JsonValue)?.verified ?? null).toBeNull();
        attemptStateFrom(stored({ incidents: noise as JsonValue, verified: noise as JsonValue }));
      }),
    );
  });
});

describe("AttemptStore", () => {
  const worker = { pool: "p", id: "w" };
  const durable = (): Journal => ({ ...memoryJournal(), isDurable: true });
  const fail = (error: unknown): never => {
    throw error;
  };
  const markNotFound = (state: AttemptState): void => {
    state.notFound = true;
  };
  const copy = (): AttemptState => attemptStateFrom(stored()) as AttemptState;

  it("adds each process's change to what the others have made of the attempt", () => {
    const journal = durable();
    const [one, two] = [1, 2].map(() => new AttemptStore(journal, worker, manualClock(), fail)) as [
      AttemptStore,
      AttemptStore,
    ];
    const mine = copy();
    one.begin(mine);
    two.change(copy(), (state) => {
      state.leaseExpiresAt = 2_500;
      state.incidents["phase_failed build"] = { count: 1, cleared: 0 };
    });
    mine.progressAt = 1_700;
    const seen = one.change(mine, (state) => {
      state.notFound = true;
    });
    expect(seen).toMatchObject({ leaseExpiresAt: 2_500, notFound: true, progressAt: 1_700 });
    expect(two.read()).toEqual(seen);
  });

  it("leaves a newer claim of the worker alone", () => {
    const store = new AttemptStore(durable(), worker, manualClock(), fail);
    const old = copy();
    const newer = { ...copy(), traceId: "f".repeat(32), verified: null };
    store.begin(newer);
    expect(store.change(old, markNotFound).notFound).toBe(true);
    expect(store.read()).toEqual(newer);
  });

  it("keeps the change in the process where the journal fails, and says so", () => {
    const failures: unknown[] = [];
    const broken = { ...durable(), transaction: () => fail(new Error("disk")) };
    const store = new AttemptStore(broken, worker, manualClock(), (error) => failures.push(error));
    expect(store.change(copy(), markNotFound).notFound).toBe(true);
    expect(failures).toHaveLength(1);
  });

  it("writes signs of progress at most every 5 s", async () => {
    const clock = manualClock();
    const store = new AttemptStore(durable(), worker, clock, fail);
    store.begin(copy());
    let state = store.change(copy(), () => {});
    const written: (number | undefined)[] = [];
    for (let second = 1; second <= 10; second += 1) {
      await clock.advance(1_000);
      state = store.changeRoutine(state, (changed) => {
        changed.progressAt = 1_200 + second;
      });
      written.push(store.read()?.progressAt);
    }
    expect(written).toEqual([1_200, 1_200, 1_200, 1_200, 1_205, 1_205, 1_205, 1_205, 1_205, 1_210]);
  });
});
