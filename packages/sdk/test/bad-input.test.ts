/** What a worker's functions may throw, return, or never do: bounded, recorded, and never the library's own end. */
import { afterEach, describe, expect, it } from "vitest";
import type { Job } from "../src/index.ts";
import { type WorkerBench, workerBench } from "./worker-bench.ts";

let bench: WorkerBench;
const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);

afterEach(async () => {
  process.off("unhandledRejection", onUnhandled);
  await bench.close();
});

async function heldJob(run: (job: Job) => Promise<void>): Promise<void> {
  bench = await workerBench();
  bench.service.add({ id: "J1", deliverableId: "D1" });
  await bench.through(
    bench.watchdog.heartbeat(async (beat) => {
      const job = await beat.claim(() => bench.client.claim());
      if (job === undefined) throw new Error("no job");
      await run(job);
    }),
  );
}

function refusing(): never {
  throw new Error("refused");
}

/** Refuses everything that can be asked of an object. */
function refusingProxy(target: object = {}): object {
  const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, refusing]));
  return new Proxy(target, traps);
}

function refusingGetters(target: object): object {
  for (const key of ["name", "message", "code", "status", "cause", "error", "ok", "missing_kinds", "stack"])
    Object.defineProperty(target, key, { get: refusing, configurable: true });
  return target;
}

const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();

const THROWN: readonly (readonly [string, unknown])[] = [
  ["undefined", undefined],
  ["null", null],
  ["a string", "out of luck"],
  ["a number", 0],
  ["a symbol", Symbol("thrown")],
  ["a plain object", { code: 7 }],
  ["an object without a prototype", Object.create(null)],
  ["an object whose getters throw", refusingGetters({})],
  ["an error whose getters throw", refusingGetters(new Error("hidden"))],
  ["an error whose name is no string", Object.assign(new Error("odd"), { name: { toString: refusing } })],
  ["a proxy that refuses everything", refusingProxy()],
  ["a proxy of an error that refuses everything", refusingProxy(new TypeError("fetch failed"))],
  ["a revoked proxy", revoked],
  ["a function", refusing],
];

describe("a worker that throws a non-Error", () => {
  it.each(THROWN)("%s: passes through untouched, is a failed phase, and the worker goes on", async (_, value) => {
    let same = false;
    await heldJob(async (job) => {
      for (const run of [() => Promise.reject(value), () => throwing(value)]) {
        try {
          await job.phase("render", run);
        } catch (caught) {
          same = Object.is(caught, value);
        }
      }
      expect(await job.phase("render", () => "well again")).toBe("well again");
      await job.fail("enough", () => ({ ok: true }));
    });
    expect(same).toBe(true);
    const [rejected, thrown, passed] = bench.spans.named("worker.render");
    const failed = {
      "worker.phase.status": "failed",
      "worker.phase.failure": "threw",
      "error.type": expect.any(String),
    };
    expect(rejected).toMatchObject({ ended: true, attributes: failed });
    expect(thrown).toMatchObject({ ended: true, attributes: failed });
    expect(passed).toMatchObject({ ended: true, attributes: { "worker.phase.status": "ok" } });
  });

  it.each(THROWN)("%s, from a command of the job service: the job goes on without it", async (_, value) => {
    await heldJob(async (job) => {
      expect(await job.context(() => Promise.reject(value))).toBeUndefined();
      expect(job.stuckReason).toBe("context_failed");
      expect(await job.fail("no context", () => Promise.reject(value))).toBe(false);
      expect(await job.fail("no context", () => ({ ok: true }))).toBe(true);
    });
  });
});

describe("a worker that returns what can not be judged", () => {
  it.each([
    ["undefined", undefined],
    ["text", "ok == true"],
    ["a proxy that refuses everything but to be awaited", refusingProxyOfResult()],
    ["an object whose getters throw", refusingGetters({})],
    ["ok by way of __proto__", JSON.parse('{"__proto__":{"ok":true}}')],
    ["ok of a prototype", Object.create({ ok: true })],
    ["a list that says it is endless", { ok: false, missing_kinds: Object.assign([], { length: 4_000_000_000 }) }],
  ])("%s: does not pass", async (_, result) => {
    await heldJob(async (job) => {
      expect(await job.context(() => result)).toBeUndefined();
      expect(job.stuckReason).toBe("context_failed");
    });
    expect(bench.spans.named("worker.context")[0]?.attributes).toMatchObject({
      "worker.phase.status": "failed",
      "worker.phase.failure": "not_passed",
    });
  });

  it.each([
    ["twice", (resolve: (value: unknown) => void) => resolve(2)],
    ["and throws after it", refusing],
  ])("a thenable that answers %s: the first answer holds", async (_, more) => {
    const then = (resolve: (value: unknown) => void): void => {
      resolve(1);
      more(resolve);
    };
    await heldJob(async (job) => {
      expect(await job.phase("render", () => ({ then }) as PromiseLike<unknown>)).toBe(1);
    });
  });
});

describe("a worker that rejects late, or never settles", () => {
  it("R2.2: a rejection after the bound is nobody's unhandled rejection", async () => {
    process.on("unhandledRejection", onUnhandled);
    let rejectLate: (error: unknown) => void = () => {};
    await heldJob(async (job) => {
      const late = (): Promise<never> =>
        new Promise((_, reject) => {
          rejectLate = reject;
        });
      expect(await job.context(late)).toBeUndefined();
      rejectLate(new Error("too late"));
      expect(await job.release("stuck", late)).toBe(false);
      rejectLate(new Error("too late again"));
    });
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(unhandled).toEqual([]);
    expect(bench.spans.named("worker.context").map(({ attributes }) => attributes["worker.phase.status"])).toEqual([
      "retried",
      "stuck",
    ]);
  });

  it("R6.4: a rejection after the lease is nobody's unhandled rejection", async () => {
    process.on("unhandledRejection", onUnhandled);
    let rejectLate: (error: unknown) => void = () => {};
    bench = await workerBench({ leaseSeconds: 60, renews: false });
    bench.service.add({ id: "J1", deliverableId: "D1" });
    const ended = bench.watchdog.heartbeat(async (beat) => {
      const job = await beat.claim(() => bench.client.claim());
      await job?.phase(
        "render",
        () =>
          new Promise((_, reject) => {
            rejectLate = reject;
          }),
      );
    });
    await expect(bench.through(ended)).rejects.toMatchObject({ code: "lease_lost" });
    rejectLate(new Error("too late"));
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(unhandled).toEqual([]);
    expect(bench.spans.named("worker.render")[0]?.attributes["worker.phase.status"]).toBe("stuck");
  });
});

function throwing(value: unknown): never {
  throw value;
}

function refusingProxyOfResult(): object {
  const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, refusing]));
  return new Proxy({}, { ...traps, get: (_target, key) => (key === "then" ? undefined : refusing()) });
}
