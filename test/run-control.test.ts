/** Replay-safe runtime controls on the real journal: each process of a run is a watchdog on the same file (R7, golden scenarios 13 and 14). */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createWatchdog, type Job, type Row, type Watchdog } from "@worker-watchdog/sdk";
import { createPolicy } from "@worker-watchdog/sdk/policy";
import { type ManualClock, manualClock, memoryJobService } from "@worker-watchdog/sdk/testing";
import { type FileJournal, openJournal } from "@worker-watchdog/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let folder: string;
let file: string;
let clock: ManualClock;
let journals: FileJournal[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "run-control-"));
  file = join(folder, "journal.db");
  clock = manualClock();
  journals = [];
});
afterEach(() => {
  for (const journal of journals) journal.close();
  rmSync(folder, { recursive: true });
});

interface Start {
  readonly run?: string;
  readonly budget?: string | undefined;
  readonly policyBudget?: number;
  readonly worker?: string;
  /** A clock of its own: the process's timers never fire, as if it had been killed. */
  readonly isKilled?: boolean;
}

function open(): FileJournal {
  const journal = openJournal({ file });
  journals.push(journal);
  return journal;
}

/** A process of the worker. */
function start({ run = "run-1", budget, policyBudget = 0, worker = "w1", isKilled = false }: Start = {}): Watchdog {
  return createWatchdog({
    worker: { id: worker, pool: "p" },
    policy: createPolicy({ runtime_controls: { run_wall_clock_seconds: policyBudget } }),
    run: { id: run },
    environment: budget === undefined ? {} : { WATCHDOG_RUN_WALL_CLOCK_SECONDS: budget },
    journal: open(),
    clock: isKilled ? manualClock(clock.now()) : clock,
  });
}

const touch = (watchdog: Watchdog): Promise<unknown> =>
  watchdog.heartbeat((beat) => beat.touch(() => ({ ok: true, touched: true })));

const rowsOf = (watchdog: Watchdog, kind: string): readonly Row[] =>
  watchdog.rows.rows(clock.now()).filter((row) => row.attributes["kind"] === kind);

const cancels = (): readonly unknown[] => open().records({ name: "runtime.watchdog.cancel", limit: 1_000 });

/** Runs over a budget of 60 s; the process then is gone. */
async function cancelled(): Promise<void> {
  const watchdog = start({ budget: "60" });
  await touch(watchdog);
  await clock.advance(61_000);
  await expect(touch(watchdog)).rejects.toMatchObject({ code: "run_cancelled" });
}

describe("R7.1: the budget", () => {
  it.each([
    [60_000, true],
    [60_001, false],
  ])("of 60 s, at %d ms: goes on is %s", async (millis, goesOn) => {
    const watchdog = start({ budget: "60" });
    await touch(watchdog);
    await clock.advance(millis);
    const next = touch(watchdog);
    if (goesOn) await next;
    else await expect(next).rejects.toThrow(/Run run-1 was cancelled at .* after 60 s of a budget of 60 s/);
  });

  it("wins over the policy's from the environment, in both directions", async () => {
    const longer = start({ run: "a", policyBudget: 10, budget: "100" });
    const off = start({ run: "b", policyBudget: 10, budget: "0", worker: "w2" });
    const shorter = start({ run: "c", policyBudget: 100, budget: "10", worker: "w3" });
    for (const watchdog of [longer, off, shorter]) await touch(watchdog);
    await clock.advance(50_000);
    await touch(longer);
    await touch(off);
    await expect(touch(shorter)).rejects.toMatchObject({ code: "run_cancelled" });
  });

  it("runs on over restarts of one run.id, and begins anew with another", async () => {
    await touch(start({ budget: "60" }));
    await clock.advance(40_000);
    await touch(start({ budget: "60" }));
    await clock.advance(40_000);
    await expect(touch(start({ budget: "60" }))).rejects.toMatchObject({ code: "run_cancelled" });
    await touch(start({ run: "run-2", budget: "60" }));
  });

  it("is not prolonged by a wall clock that is set back", async () => {
    const watchdog = start({ budget: "60" });
    await touch(watchdog);
    await clock.advance(50_000);
    clock.stepWallClock(-40_000);
    await clock.advance(11_000);
    await expect(touch(watchdog)).rejects.toMatchObject({ code: "run_cancelled" });
  });

  it.each(["-1", "1.5", "1e3", "", " 5", "0x10", "ten", "007", "99999999999999999999", "+5", "5s"])(
    "of %j is a start-up error",
    (budget) => {
      expect(() => start({ budget })).toThrow(
        /WATCHDOG_RUN_WALL_CLOCK_SECONDS is .*Allowed: a whole number of seconds/,
      );
    },
  );

  it("needs a run.id", () => {
    expect(() =>
      createWatchdog({
        worker: { id: "w", pool: "p" },
        journal: open(),
        environment: { WATCHDOG_RUN_WALL_CLOCK_SECONDS: "5" },
      }),
    ).toThrow(/has a wall-clock budget of 5 s and no id/);
  });

  it("ends a phase that is under way: its job's signal aborts, and the job is stuck", async () => {
    const watchdog = start({ budget: "60" });
    const service = memoryJobService({ clock });
    service.add({ id: "J1" });
    const client = service.client("w1");
    let job: Job | undefined;
    const beat = watchdog.heartbeat(async (heartbeat) => {
      job = await heartbeat.claim(() => client.claim());
      await job?.phase(
        "build",
        ({ signal }) => new Promise((_, no) => signal.addEventListener("abort", () => no(signal.reason))),
      );
    });
    const ended = expect(beat).rejects.toMatchObject({ code: "run_cancelled" });
    await clock.advance(60_002);
    await ended;
    expect(job?.stuckReason).toBe("run_cancelled");
    expect(rowsOf(watchdog, "session_cancelled").map((row) => row.attributes["job.id"])).toEqual(["J1"]);
    expect(open().records({ name: "runtime.watchdog.cancel" })).toMatchObject([{ jobId: "J1", traceId: job?.traceId }]);
  });
});

describe("R7.2: a cancelled run stays cancelled", () => {
  it.each<[string, Start]>([
    ["the same budget", { budget: "60" }],
    ["a raised budget", { budget: "1000000" }],
    ["a disabled budget", { budget: "0" }],
    ["no budget at all", {}],
    ["a raised budget in the policy", { policyBudget: 1_000_000 }],
    ["another worker in the same run", { worker: "w2" }],
  ])("after a restart with %s: one event, the original decision, and one page", async (_, settings) => {
    await cancelled();
    const [original] = cancels();
    await clock.advance(30_000);
    for (let restart = 0; restart < 3; restart += 1) {
      const watchdog = start(settings);
      await expect(touch(watchdog)).rejects.toThrow(/after 60 s of a budget of 60 s/);
      expect(rowsOf(watchdog, "session_cancelled").every((row) => row.value === 1)).toBe(true);
    }
    expect(cancels()).toEqual([original]);
  });

  it("crash between the event and all that follows from it: the restart tells the page that was never sent", async () => {
    const journal = open();
    await touch(start({ budget: "60", isKilled: true }));
    await clock.advance(61_000);
    // What the killed process had appended, and nothing else.
    journal.append(
      {
        kind: "worker_watchdog_event",
        id: "e1",
        name: "runtime.watchdog.cancel",
        atMillis: clock.now(),
        workerPool: "p",
        workerId: "w1",
        jobId: "J9",
        traceId: "a".repeat(32),
        data: { run_id: "run-1", decided_at: clock.now() / 1_000, elapsed_seconds: 61, budget_seconds: 60 },
      },
      { once: "run/run-1/cancel" },
    );
    const restarted = start({ budget: "0" });
    await expect(touch(restarted)).rejects.toMatchObject({ code: "run_cancelled" });
    const page = rowsOf(restarted, "session_cancelled");
    expect(page).toMatchObject([{ value: 1, attributes: { "job.id": "J9", "trace.id": "a".repeat(32) } }]);
  });

  it("the restart after the event's hold has passed makes no new page", async () => {
    await cancelled();
    await clock.advance(61 * 60_000);
    const restarted = start();
    await expect(touch(restarted)).rejects.toMatchObject({ code: "run_cancelled" });
    expect(rowsOf(restarted, "session_cancelled")).toEqual([]);
  });

  it("what a process has seen holds in it, also where the stored event is gone", async () => {
    const watchdog = start({ budget: "60" });
    await touch(watchdog);
    await clock.advance(61_000);
    await expect(touch(watchdog)).rejects.toMatchObject({ code: "run_cancelled" });
    for (const journal of journals.splice(0)) journal.close();
    const database = new DatabaseSync(file);
    for (const { name } of database.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").all())
      database.exec(`DROP TRIGGER "${String(name)}"`);
    database.exec("DELETE FROM record");
    database.close();
    await expect(touch(watchdog)).rejects.toMatchObject({
      code: expect.stringMatching(/run_cancelled|journal_unusable/),
    });
  });

  it("two processes that go over at once append one event, and give one decision", async () => {
    const [one, two] = [start({ budget: "60" }), start({ budget: "60" })];
    await touch(one);
    await touch(two);
    await clock.advance(61_000);
    const outcomes = await Promise.allSettled([touch(one), touch(two)]);
    const messages = outcomes.map((outcome) => (outcome as PromiseRejectedResult).reason.message);
    expect(messages[0]).toBe(messages[1]);
    expect(cancels()).toHaveLength(1);
  });

  it("another process's cancellation reaches one that is busy", async () => {
    const busy = start({ budget: "0" });
    const service = memoryJobService({ clock });
    service.add({ id: "J1" });
    const client = service.client("w1");
    const beat = busy.heartbeat(async (heartbeat) => {
      const job = await heartbeat.claim(() => client.claim());
      await job?.phase(
        "build",
        ({ signal }) => new Promise((_, no) => signal.addEventListener("abort", () => no(signal.reason))),
      );
    });
    const ended = expect(beat).rejects.toMatchObject({ code: "run_cancelled" });
    await clock.advance(61_000);
    await expect(touch(start({ budget: "60", worker: "w2" }))).rejects.toMatchObject({ code: "run_cancelled" });
    await clock.advance(16_000);
    await ended;
  });

  it("two runs in one store do not touch each other", async () => {
    await cancelled();
    const other = start({ run: "run-2", budget: "60", worker: "w2" });
    await touch(other);
    await clock.advance(59_000);
    await touch(other);
  });

  it("only a new run.id starts again, and ends the page", async () => {
    await cancelled();
    const next = start({ run: "run-2", budget: "60" });
    await touch(next);
    const rows = rowsOf(next, "session_cancelled");
    expect(rows.map(({ metric, value }) => [metric, value])).toEqual([
      ["claimIncidents", 1],
      ["claimIncidentsCleared", 1],
    ]);
    await expect(touch(start())).rejects.toMatchObject({ code: "run_cancelled" });
  });
});

describe("R7.4: malformed fields of the stored event take their defaults", () => {
  it.each<[string, unknown]>([
    ["text for numbers", { decided_at: "late", elapsed_seconds: "long", budget_seconds: null }],
    ["nothing", {}],
    ["a list", [1, 2]],
    ["negative numbers", { decided_at: -5, elapsed_seconds: -1, budget_seconds: -1 }],
    ["what is no JSON", "{"],
  ])("%s", async (_, data) => {
    await cancelled();
    for (const journal of journals.splice(0)) journal.close();
    const database = new DatabaseSync(file);
    for (const { name } of database.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").all())
      database.exec(`DROP TRIGGER "${String(name)}"`);
    database
      .prepare("UPDATE record SET data = ? WHERE name = 'runtime.watchdog.cancel'")
      .run(typeof data === "string" ? data : JSON.stringify(data));
    database.close();
    await expect(touch(start({ budget: "0" }))).rejects.toThrow(
      /was cancelled at 2026-11-21T00:01:00.001Z, after 0 s of a budget of 0 s/,
    );
  });
});

describe("R7.3: a journal that fails stops new phases (golden scenario 14)", () => {
  it("an unreadable file: no phase begins, alert 19's row and event are there, and the worker is told", async () => {
    const watchdog = start();
    await touch(watchdog);
    const saboteur = new DatabaseSync(file);
    saboteur.exec("ALTER TABLE record RENAME TO lost");
    saboteur.close();
    let ran = false;
    const beat = watchdog.heartbeat((heartbeat) =>
      heartbeat.touch(() => {
        ran = true;
        return { ok: true, touched: true };
      }),
    );
    await expect(beat).rejects.toMatchObject({ code: "journal_unusable" });
    expect(ran).toBe(false);
    expect(rowsOf(watchdog, "control_store_unreadable").map((row) => row.value)).toEqual([1]);
    await expect(touch(watchdog)).rejects.toMatchObject({ code: "journal_unusable" });
    expect(rowsOf(watchdog, "control_store_unreadable").map((row) => row.value)).toEqual([1]);
    expect(rowsOf(watchdog, "control_store_unreadable")[0]?.attributes["reason"]).toBe("unreadable");
  });

  it("a file that is no journal is refused before the first phase", async () => {
    writeFileSync(file, Buffer.alloc(65_536, 7));
    expect(() => start()).toThrow(/journal/);
  });

  it("a journal that can be read and not appended to: the same, and the page ends once it works", async () => {
    const watchdog = start();
    await touch(watchdog);
    const blocker = new DatabaseSync(file);
    blocker.exec(
      "CREATE TRIGGER full BEFORE INSERT ON record BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
    );
    await expect(touch(watchdog)).rejects.toThrow(/The touch phase was not begun.*disk is full/s);
    expect(rowsOf(watchdog, "control_store_unreadable").map((row) => row.attributes["reason"])).toEqual(["unwritable"]);
    blocker.exec("DROP TRIGGER full");
    blocker.close();
    await touch(watchdog);
    expect(rowsOf(watchdog, "control_store_unreadable").map((row) => row.metric)).toEqual([
      "claimIncidents",
      "claimIncidentsCleared",
    ]);
  });

  it("with no journal that outlives the process the budget is off, and the worker goes on", async () => {
    const watchdog = createWatchdog({
      worker: { id: "w", pool: "p" },
      run: { id: "r" },
      environment: { WATCHDOG_RUN_WALL_CLOCK_SECONDS: "1" },
      clock,
    });
    await touch(watchdog);
    await clock.advance(60_000);
    await touch(watchdog);
  });
});
