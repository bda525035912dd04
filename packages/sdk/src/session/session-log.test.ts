import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { type DurableJournal, durableJournal } from "../../test/durable-journal.ts";
import { workerScope } from "../journal/journal.ts";
import { type OneShotWorker, openOneShotWorker } from "../one-shot/index.ts";
import { createPolicy, defaultPolicy } from "../policy/index.ts";
import {
  type JobServiceClient,
  type ManualClock,
  type MemoryJobService,
  manualClock,
  memoryJobService,
} from "../testing/index.ts";
import {
  createSessionReader,
  noGitWork,
  predecessorOf,
  type SessionFinding,
  type SessionLog,
  SessionWatch,
} from "./index.ts";

const identity = { id: "w1", pool: "p" };
const MINUTE = 60_000;
const LONG_LEASES = createPolicy({ thresholds: { lease_max_minutes: 1_440 } });
const limit: SessionFinding = { kind: "usage_limit", evidence: "codex.usage_limit", isFinal: true };

let clock: ManualClock;
let service: MemoryJobService;
let client: JobServiceClient;
let journal: DurableJournal;
beforeEach(() => {
  clock = manualClock();
  service = memoryJobService({ clock, leaseSeconds: 3_600 });
  client = service.client(identity.id);
  journal = durableJournal();
});

/** One process of the worker. */
async function shot<R>(
  act: (worker: OneShotWorker) => R | Promise<R>,
  worker = identity,
  policy = defaultPolicy,
): Promise<R> {
  const opened = openOneShotWorker({ worker, policy, journal, clock, environment: {} });
  try {
    return await act(opened);
  } finally {
    opened.close();
  }
}

async function claim(id = "J1", worker = identity, policy = defaultPolicy): Promise<void> {
  service.add({ id, deliverableId: "D1" });
  await shot((opened) => opened.heartbeat("claim").claim(() => service.client(worker.id).claim()), worker, policy);
}

function rows(worker: OneShotWorker): Readonly<Record<string, number>> {
  const found = worker.rows.rows(clock.now()).filter(({ metric }) => /^session|^claimIncident/.test(metric));
  return Object.fromEntries(
    found.map(({ metric, attributes, value }) => [
      [metric, attributes["job.id"], attributes["kind"], attributes["reason"]]
        .filter((part) => part !== undefined)
        .join(" "),
      value,
    ]),
  );
}

const events = (name: string) =>
  journal.records({ name: `worker.session.${name}` as "worker.session.died", limit: 1_000 });
const attempt = () => journal.records({ kind: "worker_job_attempt", limit: 1_000 }).at(-1)?.data;

describe("R8.2: a session that died", () => {
  test("is told once: worker, session, class, time, last job and phase; and blocks the job in our records", async () => {
    await claim();
    await shot(async (worker) => {
      await worker.job()?.phase("build", () => undefined);
      const session = worker.session();
      session.died("token_revoked", "codex.token_revoked", { sessionId: "session-1" });
      session.died("token_revoked", "codex.token_revoked");
      const job = worker.job();
      expect(job?.signal.reason).toMatchObject({ code: "session_dead", reason: "token_revoked" });
      expect(job).toMatchObject({ state: "stuck", stuckReason: "session_dead" });
      expect(rows(worker)).toEqual({ "claimIncidents J1 session_dead token_revoked": 1 });
    });
    await shot((worker) => worker.session().died("token_revoked", "codex.token_revoked"));
    const [died, ...more] = events("died");
    expect(more).toEqual([]);
    expect(died).toMatchObject({
      workerPool: "p",
      workerId: "w1",
      jobId: "J1",
      atMillis: clock.now(),
      data: {
        class: "token_revoked",
        evidence: "codex.token_revoked",
        session_id: "session-1",
        last_job_id: "J1",
        last_phase: "build",
        recovers_alone: "never",
        requires_human: true,
        action_taken: "job_blocked",
      },
    });
    expect(attempt()).toMatchObject({ state: "blocked_on_session_death", error_code: "session_dead", phase: "build" });
    expect(service.state("J1")).toBe("running");
    expect(
      journal.records({ kind: "watchdog_incident" }).map(({ data }) => [data["class"], data["reason"], data["state"]]),
    ).toEqual([["session_dead", "token_revoked", "open"]]);
  });

  test("R4: a success clears it, in a later process too", async () => {
    await claim();
    await shot((worker) => worker.session().died("credit_limit", "codex.out_of_credits"));
    await clock.advance(MINUTE);
    await shot((worker) => {
      worker.session().recovered();
      expect(rows(worker)).toEqual({
        "claimIncidents J1 session_dead credit_limit": 1,
        "claimIncidentsCleared J1 session_dead credit_limit": 1,
      });
      expect(worker.job()).toMatchObject({ state: "running", stuckReason: undefined });
      worker.session().recovered();
    });
    expect(events("recovered").map(({ data }) => [data["class"], data["was"], data["after_seconds"]])).toEqual([
      ["credit_limit", "dead", 60],
    ]);
    expect(attempt()).toMatchObject({ state: "running", error_code: null });
  });

  test("a success in the next attempt clears the death that an earlier one told of", async () => {
    await claim();
    await shot((worker) => worker.session().died("token_revoked", "codex.token_revoked"));
    await shot((worker) => worker.job()?.release("the session is dead", () => client.release("J1")));
    expect(attempt()?.["state"]).toBe("released");
    await claim("J2");
    await shot((worker) => {
      expect(worker.session().standing).toMatchObject({ is: "dead", jobId: "J1" });
      worker.session().recovered();
      expect(rows(worker)).toMatchObject({ "claimIncidentsCleared J1 session_dead token_revoked": 1 });
      expect(worker.session().standing).toBeUndefined();
    });
  });

  test("a worker that holds no job tells as well, and goes on telling after a restart", async () => {
    await shot((worker) => {
      worker.session().died("token_revoked", "claude.token_revoked");
      expect(rows(worker)).toEqual({ "claimIncidents  session_dead token_revoked": 1 });
    });
    await shot((worker) => {
      expect(worker.session().standing?.is).toBe("dead");
      expect(rows(worker)).toEqual({ "claimIncidents  session_dead token_revoked": 1 });
      worker.session().recovered();
      expect(rows(worker)["claimIncidentsCleared  session_dead token_revoked"]).toBe(1);
    });
    expect(events("died")[0]?.data).toMatchObject({ action_taken: "reported", last_job_id: null });
  });

  test("a journal that fails keeps nobody from telling", async () => {
    await claim();
    await shot((worker) => {
      const session = worker.session();
      journal.failure = "all";
      session.died("token_revoked", "codex.token_revoked");
      session.died("token_revoked", "codex.token_revoked");
      expect(rows(worker)).toEqual({ "claimIncidents J1 session_dead token_revoked": 1 });
      expect(worker.job()?.signal.aborted).toBe(true);
    });
  });
});

describe("R8.4: a limit is a wait, and then a death", () => {
  test("it is told once, with the time at which it is a death, and no page before", async () => {
    await claim();
    const resetsAtMillis = clock.now() + 30 * MINUTE;
    await shot((worker) => {
      worker.session().limited({ ...limit, resetsAtMillis }, { sessionId: "session-1" });
      worker.session().limited({ ...limit, resetsAtMillis });
      expect(rows(worker)).toEqual({ "sessionLimitedUntil J1": (resetsAtMillis + 5 * MINUTE) / 1_000 });
      expect(worker.job()).toMatchObject({ state: "running" });
    });
    expect(events("limited").map(({ data }) => data)).toMatchObject([
      {
        class: "usage_limit",
        resets_at: resetsAtMillis / 1_000,
        limited_until: (resetsAtMillis + 5 * MINUTE) / 1_000,
        session_id: "session-1",
      },
    ]);
  });

  test.each([
    ["stated", 10, 15],
    ["not stated", undefined, 15],
  ])("a reset that is %s: a wait a second before its end, a death at it", async (_, resetMinutes, untilMinutes) => {
    await claim();
    const resets = resetMinutes === undefined ? {} : { resetsAtMillis: clock.now() + resetMinutes * MINUTE };
    await shot((worker) => worker.session().limited({ ...limit, ...resets }));
    await clock.advance(untilMinutes * MINUTE - 1_000);
    await shot((worker) => worker.session().look());
    expect(events("died")).toEqual([]);
    await clock.advance(1_000);
    await shot((worker) => {
      worker.session().look();
      const { "sessionLimitedUntil J1": until } = rows(worker);
      expect(rows(worker)).toEqual({
        "claimIncidents J1 session_dead usage_limit": 1,
        "sessionLimitedUntil J1": until,
        "sessionLimitCleared J1": until,
      });
    });
    expect(events("died").map(({ data }) => data)).toMatchObject([
      { class: "usage_limit", recovers_alone: "sometimes", requires_human: false },
    ]);
  });

  test("meeting the limit again does not put the death off; a later reset does", async () => {
    await claim();
    const start = clock.now();
    await shot(async (worker) => {
      const session = worker.session();
      session.limited(limit);
      await clock.advance(10 * MINUTE);
      session.limited(limit);
      session.limited({ ...limit, resetsAtMillis: clock.now() + MINUTE });
      expect(session.standing?.untilMillis).toBe(start + 15 * MINUTE);
      session.limited({ ...limit, resetsAtMillis: start + 60 * MINUTE });
      expect(session.standing?.untilMillis).toBe(start + 65 * MINUTE);
    });
    expect(events("limited")).toHaveLength(1);
  });

  test("a success ends the wait, and a second limit in the same attempt is a wait of its own", async () => {
    await claim();
    const start = clock.now();
    await shot(async (worker) => {
      const session = worker.session();
      session.limited(limit);
      session.recovered();
      const until = (start + 15 * MINUTE) / 1_000;
      expect(rows(worker)).toEqual({ "sessionLimitedUntil J1": until, "sessionLimitCleared J1": until });
      await clock.advance(20 * MINUTE);
      session.look();
      expect(events("died")).toEqual([]);
      session.limited(limit);
      expect(rows(worker)).toEqual({ "sessionLimitedUntil J1": until + 20 * 60, "sessionLimitCleared J1": until });
    });
    expect(events("recovered").map(({ data }) => data["was"])).toEqual(["limited"]);
  });

  test.each(["recovered", "died"] as const)(
    "a wait of an earlier attempt is over in that one's row too, once the session %s",
    async (end) => {
      await claim();
      const untilSeconds = (clock.now() + 15 * MINUTE) / 1_000;
      await shot((worker) => worker.session().limited(limit));
      await shot((worker) => worker.job()?.fail("limited", () => client.fail("J1")));
      await claim("J2");
      await shot((worker) => {
        if (end === "recovered") worker.session().recovered();
        else worker.session().died("token_revoked", "codex.token_revoked");
        expect(rows(worker)).toMatchObject({ "sessionLimitCleared J1": untilSeconds });
      });
    },
  );

  test("a dead session meets no limits", async () => {
    await claim();
    await shot((worker) => {
      worker.session().died("token_revoked", "codex.token_revoked");
      worker.session().limited(limit);
      expect(worker.session().standing?.is).toBe("dead");
    });
    expect(events("limited")).toEqual([]);
  });

  test("a stored wait that lost its end is over", async () => {
    journal.set(workerScope(identity), "session", { is: "limited", kind: "usage_limit", untilMillis: "soon" });
    await shot((worker) => worker.session().look());
    expect(events("died")).toHaveLength(1);
    journal.set(workerScope(identity), "session", { is: "asleep", kind: 7 });
    await shot((worker) => expect(worker.session().standing).toBeUndefined());
  });
});

describe("R8.3: what a successor needs", () => {
  const git = {
    ...noGitWork("no_repository"),
    status: "ok" as const,
    branch: "job/J1",
    head: "a".repeat(40),
    commits: ["a".repeat(40)],
    commitCount: 1,
    uncommittedFiles: ["src/a.ts", "b\u001b[31m.ts"],
    uncommittedCount: 2,
  };

  test("is saved, and found by the next worker that gets the job", async () => {
    await claim();
    await shot(async (worker) => {
      await worker.job()?.phase("build", () => undefined);
      worker.session().died("token_revoked", "codex.token_revoked");
      worker.session().handOver("session_dead", { directory: "/srv/job", git, sessionId: "session-1" });
      expect(worker.job()?.predecessor).toBeUndefined();
    });
    expect(journal.records({ name: "worker.handover.saved" })[0]?.data).toEqual({
      reason: "session_dead",
      phase: "build",
      artifact_check_id: null,
      git: "ok",
      commits: 1,
      changed_files: null,
      uncommitted_files: 2,
      untracked_files: 0,
    });
    await clock.advance(3_700 * 1_000);
    const second = { id: "w2", pool: "p" };
    await shot((worker) => worker.heartbeat("claim").claim(() => service.client("w2").claim()), second);
    await shot((worker) => {
      expect(worker.job()?.predecessor).toMatchObject({
        reason: "session_dead",
        jobId: "J1",
        workerId: "w1",
        sessionClass: "token_revoked",
        sessionId: "session-1",
        phase: "build",
        state: "blocked_on_session_death",
        directory: "/srv/job",
        git: { branch: "job/J1", commitCount: 1, uncommittedFiles: ["src/a.ts", "b\uFFFD[31m.ts"] },
      });
    }, second);
  });

  test("what the new attempt saves does not take the place of what it found", async () => {
    const second = { id: "w2", pool: "p" };
    await claim();
    await shot((worker) => worker.session().handOver("stopped", { directory: "/first", git }));
    await clock.advance(3_700 * 1_000);
    await shot((worker) => worker.heartbeat("claim").claim(() => service.client("w2").claim()), second);
    for (const directory of ["/second", "/third"])
      await shot((worker) => worker.session().handOver("checkpoint", { directory, git }), second);
    await shot((worker) => expect(worker.job()?.predecessor?.directory).toBe("/first"), second);
    expect(predecessorOf(journal, "J1")).toMatchObject({ directory: "/third", reason: "checkpoint" });
    expect(journal.records({ name: "worker.handover.saved" })).toHaveLength(1);
  });

  test("a job that is done leaves nothing", async () => {
    await claim();
    await shot((worker) => worker.session().handOver("run_ended", { directory: "/srv/job", git }));
    expect(predecessorOf(journal, "J1")).toBeDefined();
    await shot((worker) => worker.job()?.fail("no use", () => client.fail("J1")));
    expect(predecessorOf(journal, "J1")).toBeUndefined();
  });

  test("without a job there is nothing to hand over; what is stored and damaged is none", async () => {
    await shot((worker) => worker.session().handOver("stopped", { directory: "/", git }));
    expect(journal.records({ name: "worker.handover.saved" })).toEqual([]);
    for (const stored of [null, 1, "x", {}, [], [1], [{ reason: "x" }], [{ reason: "stopped", workerId: 1 }]]) {
      journal.set("job/J1", "handover", stored);
      expect(predecessorOf(journal, "J1")).toBeUndefined();
    }
    const damaged = { commits: [1, "a"], commitCount: "x", status: "?" };
    journal.set("job/J1", "handover", [
      { reason: "stopped", workerId: "w", workerPool: "p", attemptId: "t", git: damaged },
    ]);
    expect(predecessorOf(journal, "J1")).toMatchObject({ git: { status: "failed", commits: ["a"], commitCount: 0 } });
  });
});

describe("R8: a whole run is watched", () => {
  async function watched(
    act: (watch: SessionWatch, say: (event: object) => void, session: SessionLog) => Promise<void>,
  ): Promise<void> {
    await claim();
    await shot(async (worker) => {
      const now = () => clock.now();
      const reader = createSessionReader({ agent: "codex", format: "json", timeZone: "UTC", now });
      const session = worker.session();
      const watch = new SessionWatch({ reader, log: session, settings: defaultPolicy.session, now });
      await act(
        watch,
        (event) => {
          reader.push(Buffer.from(`${JSON.stringify(event)}\n`), "stdout");
          watch.look();
        },
        session,
      );
    });
  }
  const told = () =>
    journal
      .records({ limit: 1_000 })
      .flatMap(({ name, data }) =>
        name?.startsWith("worker.session") === true ? [`${name.slice(15)} ${data["class"]}`] : [],
      );

  test("limited, recovered, limited again, dead, recovered", async () => {
    await watched(async (watch, say) => {
      say({ type: "thread.started", thread_id: "01a1fe16-b713-7761-8841-65609fec959f" });
      say({ type: "error", message: "Reconnecting... 1/5 (Rate limit reached for x. Please try again in 20s)" });
      await clock.advance(20_000);
      say({ type: "item.completed", item: { type: "agent_message" } });
      say({ type: "turn.completed" });
      say({ type: "turn.started" });
      say({ type: "turn.failed", error: { message: "You've hit your usage limit. Try again later." } });
      await clock.advance(15 * MINUTE);
      watch.look();
      say({ type: "item.completed", item: { type: "agent_message" } });
      expect(watch.end({ exitCode: 0 })).toBeUndefined();
    });
    expect(told()).toEqual([
      "limited rate_limit",
      "recovered rate_limit",
      "limited usage_limit",
      "died usage_limit",
      "recovered usage_limit",
    ]);
    expect(events("limited")[0]?.data["session_id"]).toBe("01a1fe16-b713-7761-8841-65609fec959f");
  });

  test("asked, and no success for ten minutes; while a limit is waited for, or a tool runs, nothing", async () => {
    await watched(async (watch, say) => {
      say({ type: "turn.started" });
      say({ type: "item.started", item: { type: "command_execution" } });
      await clock.advance(30 * MINUTE);
      watch.look();
      say({ type: "item.completed", item: { type: "command_execution" } });
      await clock.advance(10 * MINUTE - 1);
      watch.look();
      expect(told()).toEqual([]);
      await clock.advance(1);
      watch.look();
      expect(told()).toEqual(["died no_success"]);
      say({ type: "item.completed", item: { type: "agent_message" } });
      expect(told()).toEqual(["died no_success", "recovered no_success"]);
    });
  });

  test("a refused login that the agent tries again is no death before it gives up", async () => {
    await watched(async (watch, say) => {
      say({
        type: "error",
        message: "Reconnecting... 1/5 (unexpected status 401 Unauthorized: x, auth error code: token_expired)",
      });
      expect(told()).toEqual([]);
      say({
        type: "turn.failed",
        error: { message: "unexpected status 401 Unauthorized: x, auth error code: token_revoked" },
      });
      expect(watch.end({ exitCode: 1 })?.kind).toBe("token_revoked");
    });
    expect(told()).toEqual(["died token_revoked"]);
  });

  test("a run that ends well recovers a session, also where its text shows no answers", async () => {
    await claim();
    await shot((worker) => {
      worker.session().died("token_revoked", "claude.login_refused");
      const reader = createSessionReader({ agent: "claude", format: "text" });
      const watch = new SessionWatch({ reader, log: worker.session(), settings: defaultPolicy.session });
      reader.push(Buffer.from("Done.\n"), "stdout");
      watch.look();
      expect(told()).toEqual(["died token_revoked"]);
      watch.end({ exitCode: 0 });
    });
    expect(told()).toEqual(["died token_revoked", "recovered token_revoked"]);
  });

  test("any order of runs, failures, answers, waits, restarts and jobs: told in turns, and the rows say how it stands", async () => {
    const act = fc.oneof(
      fc.constantFrom(
        "limit",
        "limit_stated",
        "retry",
        "revoked",
        "answer",
        "silence",
        "exit_0",
        "exit_1",
        "restart",
        "next_job",
      ),
      fc.integer({ min: 1, max: 20 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
        clock = manualClock();
        service = memoryJobService({ clock, leaseSeconds: 86_400 });
        client = service.client(identity.id);
        journal = durableJournal();
        await claim("job-0", identity, LONG_LEASES);
        let job = 0;
        const now = () => clock.now();
        let worker = openOneShotWorker({ worker: identity, policy: LONG_LEASES, journal, clock, environment: {} });
        const shown = new Map<string, number>();
        const look = (): void => {
          for (const { metric, attributes, value } of worker.rows.rows(now())) {
            const key = `${metric} ${attributes["trace.id"]} ${attributes["kind"]} ${attributes["reason"]}`;
            // As Prometheus remembers them, after the process that showed them.
            shown.set(key, Math.max(value, shown.get(key) ?? 0));
          }
        };
        const begin = () => {
          const reader = createSessionReader({ agent: "codex", format: "json", timeZone: "UTC", now });
          const watch = new SessionWatch({ reader, log: worker.session(), settings: defaultPolicy.session, now });
          const say = (event: object): void => {
            reader.push(Buffer.from(`${JSON.stringify(event)}\n`), "stdout");
            watch.look();
          };
          say({ type: "turn.started" });
          return { say, watch };
        };
        let run = begin();
        for (const step of acts) {
          if (step === "limit") run.say({ type: "turn.failed", error: { message: "You've hit your usage limit." } });
          else if (step === "limit_stated")
            run.say({
              type: "turn.failed",
              error: { message: "You've hit your usage limit. Try again in 30 minutes." },
            });
          else if (step === "retry")
            run.say({ type: "error", message: "Reconnecting... 1/5 (Rate limit reached for x)" });
          else if (step === "revoked")
            run.say({ type: "turn.failed", error: { message: "unexpected status 401 Unauthorized: x" } });
          else if (step === "answer") run.say({ type: "item.completed", item: { type: "agent_message" } });
          else if (step === "silence") run.watch.look();
          else if (typeof step === "number") await clock.advance(step * MINUTE);
          else {
            if (step !== "restart") run.watch.end({ exitCode: step === "exit_1" ? 1 : 0 });
            if (step === "next_job") await worker.job()?.fail("x", () => client.fail(`job-${job}`));
            look();
            worker.close();
            if (step === "next_job") {
              job += 1;
              await claim(`job-${job}`, identity, LONG_LEASES);
            }
            worker = openOneShotWorker({ worker: identity, policy: LONG_LEASES, journal, clock, environment: {} });
            run = begin();
          }
          look();
        }
        const standing = worker.session().standing;
        look();
        worker.close();
        const turns = told().map((line) => line.split(" ")[0]);
        turns.forEach((turn, index) => {
          const before = turns[index - 1];
          if (turn === "limited") expect([undefined, "recovered"]).toContain(before);
          if (turn === "died") expect([undefined, "recovered", "limited"]).toContain(before);
          if (turn === "recovered") expect(["limited", "died"]).toContain(before);
        });
        const last = turns.at(-1);
        expect(standing?.is).toBe(last === "died" ? "dead" : last === "limited" ? "limited" : undefined);
        const of = (metric: string) =>
          [...shown].filter(
            ([key]) => key.startsWith(`${metric} `) && (metric.startsWith("session") || key.includes("session_dead")),
          );
        const openDeaths = of("claimIncidents").filter(
          ([key, count]) => count > (shown.get(key.replace("claimIncidents", "claimIncidentsCleared")) ?? 0),
        );
        expect(openDeaths).toHaveLength(standing?.is === "dead" ? 1 : 0);
        const openWaits = of("sessionLimitedUntil").filter(
          ([key, until]) => until > (shown.get(key.replace("sessionLimitedUntil", "sessionLimitCleared")) ?? 0),
        );
        if (standing === undefined) expect(openWaits).toEqual([]);
        expect(openWaits.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 150 },
    );
  });

  test("what is no death of a session leaves it as it was", async () => {
    await watched(async (watch, say, session) => {
      say({ type: "turn.failed", error: { message: "Selected model is at capacity. Please try a different model." } });
      expect(watch.end({ exitCode: 1 })?.kind).toBe("capacity");
      expect(session.standing).toBeUndefined();
    });
    expect(told()).toEqual([]);
  });
});
