import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { settle } from "../test/manual-timers.ts";
import { type ExitProcess, installExitHooks } from "./exit-hooks.ts";

function setUp(options: { unsent?: string; flushMillis?: number; isDelivering?: boolean } = {}) {
  const target = Object.assign(new EventEmitter(), {
    pid: 1234,
    kill: (pid: number, signal: string) => calls.push(`kill ${pid} ${signal}`),
  });
  const calls: string[] = [];
  const state = { unsent: options.unsent ?? "spans", now: 0 };
  const uninstall = installExitHooks(
    {
      flush: async (deadlineMillis) => {
        calls.push(`flush ${deadlineMillis}`);
        state.now += options.flushMillis ?? 0;
        if (options.isDelivering !== false) state.unsent = "";
      },
      flushInBackground: async () => {
        calls.push("flush in background");
      },
      flushSync: (deadlineMillis) => {
        calls.push(`flushSync ${deadlineMillis}`);
      },
      report: () => {
        calls.push("report");
      },
      unsentKey: () => state.unsent,
    },
    { deadlineMillis: 2000, now: () => state.now, process: target as unknown as ExitProcess },
  );
  return { target, calls, state, uninstall };
}

describe("installExitHooks", () => {
  it("flushes once at the natural end, and only reports at the exit", async () => {
    const { target, calls } = setUp();
    for (let turn = 0; turn < 3; turn += 1) {
      target.emit("beforeExit");
      await settle();
    }
    target.emit("exit");
    expect(calls).toEqual(["flush 1900", "report"]);
  });

  it("flushes at the natural end also where no row and no span is left: other metrics may be", async () => {
    const { target, calls } = setUp({ unsent: "" });
    target.emit("beforeExit");
    await settle();
    target.emit("beforeExit");
    expect(calls).toEqual(["flush 1900"]);
  });

  it("does not try again what failed, and keeps all tries within the deadline", async () => {
    const { target, calls, state } = setUp({ isDelivering: false, flushMillis: 1200 });
    target.emit("beforeExit");
    await settle();
    target.emit("beforeExit");
    state.unsent = "spans and more";
    target.emit("beforeExit");
    await settle();
    target.emit("beforeExit");
    state.unsent = "more still";
    target.emit("exit");
    expect(calls).toEqual(["flush 1900", "flush 700", "report"]);
  });

  it("sends in the exit event what process.exit() or a crash left", () => {
    const { target, calls } = setUp();
    target.emit("exit");
    expect(calls).toEqual(["flushSync 1900", "report"]);
  });

  it("does not send in the exit event what failed a moment before", async () => {
    const { target, calls } = setUp({ isDelivering: false });
    target.emit("beforeExit");
    await settle();
    target.emit("exit");
    expect(calls).toEqual(["flush 1900", "report"]);
  });

  it("starts no child for an exit with nothing unsent", () => {
    const { target, calls } = setUp({ unsent: "" });
    target.emit("exit");
    expect(calls).toEqual(["report"]);
  });

  it("raises a signal again once all is flushed, with nobody listening any more", async () => {
    const { target, calls } = setUp();
    target.emit("SIGTERM", "SIGTERM");
    await settle();
    expect(calls).toEqual(["flush 1900", "report", "kill 1234 SIGTERM"]);
    expect(target.eventNames()).toEqual([]);
  });

  it("ends at once on a second signal", async () => {
    const { target, calls } = setUp();
    target.emit("SIGINT", "SIGINT");
    target.emit("SIGINT", "SIGINT");
    expect(calls).toEqual(["flush 1900", "kill 1234 SIGINT"]);
  });

  it("leaves the end to an application that listens, whichever was first", async () => {
    const { target, calls } = setUp();
    const order: string[] = [];
    target.once("SIGTERM", () => order.push("application"));
    target.emit("SIGTERM", "SIGTERM");
    await settle();
    expect(calls).toEqual(["flush in background"]);
    expect(order).toEqual(["application"]);
  });

  it("does not wait for signal-exit, which waits for everybody else", async () => {
    const holder = globalThis as Record<symbol, unknown>;
    const key = Symbol.for("signal-exit emitter");
    const before = holder[key];
    holder[key] = { count: 1 };
    try {
      const { target, calls } = setUp();
      target.on("SIGTERM", () => {});
      target.emit("SIGTERM", "SIGTERM");
      await settle();
      expect(calls).toContain("kill 1234 SIGTERM");
    } finally {
      holder[key] = before;
    }
  });

  it("takes everything back", () => {
    const { target, uninstall } = setUp();
    uninstall();
    expect(target.eventNames()).toEqual([]);
  });
});
