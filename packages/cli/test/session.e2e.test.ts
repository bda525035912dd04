/** `watchdog session` as its users run it: real processes, a real journal, signals, and a stand-in agent that prints what real ones printed. */
import { execFileSync } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { workerScope } from "@worker-watchdog/sdk";
import { predecessorOf } from "@worker-watchdog/sdk/session";
import { describe, expect, it } from "vitest";
import { recording } from "../../sdk/src/session/testing/recording.ts";
import { inShortLease, type ProcessEnd, type ShellWorker, shellWorker } from "./shell-worker.ts";

const AGENT = fileURLToPath(new URL("stand-in-agent.ts", import.meta.url));
const command = (...steps: readonly string[]) => [
  "--",
  process.execPath,
  "--conditions=@worker-watchdog/source",
  AGENT,
  ...steps,
];
const CODEX = ["session", "--agent", "codex", "--format", "json"];

/** Runs `watchdog session` with the stand-in as a Codex with events. */
function session(
  worker: ShellWorker,
  steps: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<ProcessEnd> {
  return worker.run([...CODEX, ...command(...steps)], { TZ: "Asia/Taipei", ...environment });
}

const told = (worker: ShellWorker) =>
  worker.journal((journal) =>
    journal
      .records({ kind: "worker_watchdog_event", limit: 1_000 })
      .filter(({ name }) => name?.startsWith("worker.session.") === true)
      .map(({ name, data }) => `${name?.slice(15)} ${data["class"]}`),
  );
const attempt = (worker: ShellWorker) =>
  worker.journal((journal) => journal.records({ kind: "worker_job_attempt", limit: 1 })[0]?.data);
const state = (worker: ShellWorker) =>
  worker.journal(
    (journal) => journal.get(workerScope({ pool: "p", id: "w" }), "attempt") as Readonly<Record<string, unknown>>,
  );

describe("what passes through", () => {
  it("output byte for byte, the exit code, and the agent's environment", async () => {
    await using worker = await shellWorker();
    const { stdout, stderr } = recording("codex-token-revoked.json");
    const end = await session(worker, ["codex-token-revoked.json", "exit:1"]);
    expect(end.code).toBe(1);
    expect(end.stdout).toEqual(stdout);
    expect(end.stderr.startsWith(stderr.toString())).toBe(true);
    expect(end.stderr).toContain(
      "the session is dead: token_revoked (codex.token_revoked), sign in again or add credit",
    );
    expect(await worker.status()).toMatchObject({
      session: { state: "dead", class: "token_revoked" },
      current_job: null,
    });
    const names = [
      "OTEL_BLRP_SCHEDULE_DELAY",
      "OTEL_METRIC_EXPORT_INTERVAL",
      "OTEL_RESOURCE_ATTRIBUTES",
      "WATCHDOG_WORKER_ID",
      "WATCHDOG_PREDECESSOR",
    ];
    const shown = await session(
      worker,
      names.map((name) => `env:${name}`),
      { OTEL_METRIC_EXPORT_INTERVAL: "9", OTEL_RESOURCE_ATTRIBUTES: "team=a,worker.pool=x" },
    );
    expect(shown.stdout.toString().trim().split("\n")).toEqual([
      "OTEL_BLRP_SCHEDULE_DELAY=50",
      "OTEL_METRIC_EXPORT_INTERVAL=9",
      "OTEL_RESOURCE_ATTRIBUTES=team=a,worker.pool=x,worker.id=w",
      "WATCHDOG_WORKER_ID=w",
      "WATCHDOG_PREDECESSOR=",
    ]);
  });

  it("the document's command: the agent and its format are told by the command line", async () => {
    await using worker = await shellWorker();
    const bin = join(worker.directory, "bin");
    await mkdir(bin);
    const [, ...standIn] = command("codex-token-revoked.json", "exit:1");
    const script = `#!/bin/sh\n[ "$*" = "exec --json Write the report" ] && exec ${standIn.join(" ")}\n`;
    await writeFile(join(bin, "codex"), script);
    await chmod(join(bin, "codex"), 0o755);
    const environment = { PATH: `${bin}:${process.env["PATH"]}` };
    const end = await worker.run(["session", "--", "codex", "exec", "--json", "Write the report"], environment);
    expect([end.code, end.stderr]).toEqual([1, expect.stringContaining("the session is dead: token_revoked")]);
  });

  it.each([
    [
      "no agent in sight",
      ["session", "--", "sh", "-c", "true"],
      125,
      "--agent: found nothing, allowed codex, claude, gemini",
    ],
    ["no command", ["session"], 125, "allowed an agent and its arguments"],
    ["another agent", ["session", "--agent", "gpt", "--", "sh"], 125, '--agent: found "gpt"'],
    [
      "a job that is not held",
      ["session", "--agent", "codex", "--job", "J9", "--", "true"],
      121,
      "does not hold job J9",
    ],
    ["a program that is not there", ["session", "--agent", "codex", "--", "./not-there"], 127, ""],
  ])("%s", async (_, args, code, message) => {
    await using worker = await shellWorker();
    const end = await worker.run(args);
    expect([end.code, end.stderr]).toEqual([code, expect.stringContaining(message)]);
  });

  it("a healthy run leaves nothing but its phase", async () => {
    await using worker = await shellWorker();
    await worker.claim();
    const end = await session(worker, ["codex-quoting.json"]);
    expect([end.code, end.stderr]).toEqual([0, expect.not.stringContaining("watchdog: the ")]);
    expect(told(worker)).toEqual([]);
    expect(await worker.status()).toMatchObject({
      health: "working",
      current_job: { phase: "session", state: "running" },
    });
  });

  it("a run that fails by something else fails its phase, and is no death", async () => {
    await using worker = await shellWorker();
    await worker.claim();
    expect((await session(worker, ["exit:7"])).code).toBe(7);
    expect(told(worker)).toEqual([]);
    expect(await worker.status()).toMatchObject({ stuck_reason: "session_failed" });
    expect(worker.journal((journal) => predecessorOf(journal, "j1"))).toMatchObject({
      reason: "run_failed",
      git: { status: "no_repository" },
    });
  });
});

describe("R8.2–R8.4: limit, death and recovery, over processes", () => {
  it("a limit is a wait with a row; a success ends it; a revoked login blocks the job, once; a new login clears it", async () => {
    await using worker = await shellWorker();
    await worker.claim();
    const limited = await session(worker, ["codex-usage-limit-unstated.json", "exit:1"]);
    expect(limited.code).toBe(1);
    expect(limited.stderr).toContain("the session waits for a limit: usage_limit (codex.usage_limit), a death at ");
    expect(told(worker)).toEqual(["limited usage_limit"]);
    const { limitedUntil, ...waiting } = state(worker);
    expect(Number(limitedUntil) - Date.now() / 1_000).toBeGreaterThan(14 * 60);
    expect(Number(limitedUntil) - Date.now() / 1_000).toBeLessThanOrEqual(15 * 60);
    expect(waiting).toMatchObject({ state: "running", sessionDeath: null, limitCleared: null });
    expect(await worker.status()).toMatchObject({
      health: "working",
      session: { state: "limited", class: "usage_limit", limited_until: expect.closeTo(Number(limitedUntil), 1) },
    });
    expect((await worker.run(["status"])).stdout.toString()).toContain("session    waits for a limit: usage_limit");

    await session(worker, ["codex-success.json"]);
    expect(told(worker)).toEqual(["limited usage_limit", "recovered usage_limit"]);
    expect(state(worker)["limitCleared"]).toBe(limitedUntil);

    for (let run = 0; run < 2; run += 1) {
      const dead = await session(worker, ["codex-token-revoked.json", "exit:1"]);
      expect(dead.stderr).toContain("sign in again or add credit; job j1 is blocked_on_session_death");
    }
    expect(told(worker).slice(2)).toEqual(["died token_revoked"]);
    expect(attempt(worker)).toMatchObject({ state: "blocked_on_session_death", phase: "session" });
    expect(state(worker)["incidents"]).toMatchObject({ "session_dead token_revoked": { count: 1, cleared: 0 } });
    expect(await worker.status()).toMatchObject({
      health: "stuck",
      stuck_reason: "session_dead",
      stuck_class: "session_dead",
    });

    await session(worker, ["codex-success.json"]);
    expect(told(worker).slice(3)).toEqual(["recovered token_revoked"]);
    expect(state(worker)["incidents"]).toMatchObject({ "session_dead token_revoked": { count: 1, cleared: 1 } });
    expect(await worker.status()).toMatchObject({ health: "working", current_job: { state: "running" } });
  });

  it("R8.4: a wait that ended while nobody asked is a death if the next run fails too, and over if it does not", async () => {
    // Longer than a slow machine takes to end a process.
    await using worker = await shellWorker("session:\n  limit_unstated_wait_minutes: 0.25\n");
    const limited = async (): Promise<void> => {
      await session(worker, ["codex-usage-limit-unstated.json", "exit:1"]);
      const { limitedUntil } = state(worker);
      await sleep(Math.max(0, Number(limitedUntil) * 1_000 - Date.now()) + 100);
    };
    await worker.claim();
    await limited();
    await session(worker, ["codex-success.json"]);
    expect(told(worker)).toEqual(["limited usage_limit", "recovered usage_limit"]);
    await limited();
    await session(worker, ["codex-http-500.json", "exit:1"]);
    expect(told(worker).slice(2)).toEqual(["limited usage_limit", "died usage_limit"]);
    expect(attempt(worker)).toMatchObject({ state: "blocked_on_session_death" });
  });

  it("R8: asked, and no success: told while the agent still runs, and taken back when it answers", async () => {
    await using worker = await shellWorker("session:\n  no_success_minutes: 0.01\n");
    await worker.claim();
    const end = await session(worker, [
      'say:{"type":"thread.started"}',
      "wait:1500",
      'say:{"type":"error","message":"Reconnecting... 1/5"}',
      "wait:100",
      "codex-success.json",
    ]);
    expect(end.code).toBe(0);
    expect(told(worker)).toEqual(["died no_success", "recovered no_success"]);
  });

  it("what pages goes out before the agent has ended", async () => {
    await using worker = await shellWorker();
    await worker.claim();
    const bodies: Buffer[] = [];
    const collector = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = Buffer.concat(chunks);
        bodies.push(request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body);
        response.end();
      });
    });
    await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
    try {
      const running = worker.start([...CODEX, ...command("codex-token-revoked.json", "until-signal:ready", "exit:1")], {
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
      });
      await running.printed("ready");
      await expect
        .poll(() => bodies.some((body) => body.includes("session_dead") && body.includes("token_revoked")))
        .toBe(true);
      running.process.kill("SIGTERM");
      expect((await running.ended).code).toBe(1);
      expect(bodies.some((body) => body.includes("worker.session.died"))).toBe(true);
    } finally {
      collector.close();
    }
  });
});

describe("an agent and its job", () => {
  it("an agent that ends its job by commands of its own is let finish", async () => {
    await using worker = await shellWorker();
    await worker.claim();
    const fail = `watchdog exec --phase fail --reason done -- echo '{"ok":true}'`;
    const end = await session(worker, [`watchdog:${fail.slice(9)}`, "wait:6500", "say:last words", "wait:500"]);
    expect([end.code, end.stdout.toString()]).toEqual([0, expect.stringContaining("last words")]);
    expect(await worker.status()).toMatchObject({ health: "idle", last_job: { state: "failed" } });
    expect(worker.journal((journal) => predecessorOf(journal, "j1"))).toBeUndefined();
    expect(state(worker)["incidents"]).toEqual({});
  });

  it("R4.6: while an agent runs, the policy's command renews the lease; R6.4: one that loses it gets SIGTERM", async () => {
    const renew = `checks:\n  progress:\n    command: >-\n      echo "$WATCHDOG_JOB_ID" >> renewed; echo "{\\"status\\":\\"running\\",\\"lease_expires_at\\":$(($(date +%s) + 900))}"\n`;
    await using worker = await shellWorker(renew);
    await worker.claim("j1", 240);
    expect((await session(worker, ["codex-success.json", "wait:3000"])).code).toBe(0);
    expect(await readFile(join(worker.directory, "renewed"), "utf8")).toMatch(/^(?:j1\n)+$/);
    expect(await worker.status()).toMatchObject({ current_job: { lease_risk: "normal" } });

    await inShortLease(
      (loser) => session(loser, ["until-signal:ready", "exit:5"]),
      async (loser, lost) => {
        expect([lost.code, lost.stdout.toString()]).toEqual([5, "ready\n"]);
        expect(await loser.status()).toMatchObject({ stuck_class: "lease_expiry" });
        expect(told(loser)).toEqual([]);
        expect(loser.journal((journal) => predecessorOf(journal, "j1"))).toMatchObject({ reason: "run_failed" });
      },
    );
  });

  it("R6.4: none is begun for a job whose lease is over, until the next claim", async () => {
    await using worker = await shellWorker();
    await worker.claim("j1", 10);
    await expect.poll(async () => (await worker.status())["stuck_class"]).toBe("lease_expiry");
    // One process is the first to see it; the next one finds it written down.
    for (let run = 0; run < 2; run += 1) {
      const refused = await session(worker, ["say:begun"]);
      expect([refused.code, refused.stdout.toString()]).toEqual([121, ""]);
      expect(refused.stderr).toContain("another worker may hold the job now");
    }
    await worker.claim("j2");
    expect((await session(worker, ["codex-success.json"])).code).toBe(0);
  });

  it("kill -9: a checkpoint is left, the agent that goes on alone is not joined by a second one, and the run is closed", async () => {
    await using worker = await shellWorker();
    await worker.claim();
    const running = worker.start([...CODEX, ...command("until-signal:ready", "exit:3")]);
    await running.printed("ready");
    await expect.poll(() => worker.journal((journal) => predecessorOf(journal, "j1"))?.reason).toBe("checkpoint");
    running.process.kill("SIGKILL");
    await running.ended;
    const refused = await session(worker, ["exit:0"]);
    expect([refused.code, refused.stderr]).toEqual([121, expect.stringContaining("still runs the session phase")]);
    const [orphan] = (await worker.status())["commands"] as readonly { readonly pid: number }[];
    process.kill(orphan?.pid ?? 0, "SIGKILL");
    await expect.poll(async () => (await session(worker, ["exit:0"])).code).toBe(0);
    const runs = worker.journal((journal) =>
      journal.records({ kind: "worker_run" }).filter(({ data }) => data["phase"] === "session"),
    );
    expect(runs.map(({ data }) => data["status"])).toEqual(["started", "stuck", "started", "ok"]);
  });

  it("Gemini waits for its quota: told while it waits, and ended by SIGTERM it still waits", async () => {
    await using worker = await shellWorker();
    await worker.claim();
    const running = worker.start([
      "session",
      "--agent",
      "gemini",
      "--format",
      "text",
      ...command("gemini-quota-waiting.text", "until-signal:", "exit:143"),
    ]);
    await expect.poll(() => told(worker)).toEqual(["limited usage_limit"]);
    running.process.kill("SIGTERM");
    expect((await running.ended).code).toBe(143);
    expect(told(worker)).toEqual(["limited usage_limit"]);
    expect(Number(state(worker)["limitedUntil"]) - Date.now() / 1_000).toBeGreaterThan(2 * 3_600);
  });
});

describe("R8.3: what a successor needs", () => {
  it("SIGTERM goes to the agent, and the handover is saved before the end; the next session at the job finds it", async () => {
    await using worker = await shellWorker();
    const git = (...args: readonly string[]) =>
      execFileSync("git", ["-c", "user.name=w", "-c", "user.email=w@example.com", ...args], {
        cwd: worker.directory,
        env: { PATH: process.env["PATH"], HOME: worker.directory },
      });
    git("init", "-q", "-b", "job/j1");
    git("commit", "-q", "--allow-empty", "-m", "start", "--date", "2026-01-01T00:00:00Z");
    await worker.claim();
    const running = worker.start([
      ...CODEX,
      ...command(
        'say:{"type":"thread.started","thread_id":"01a1fe16-b713-7761-8841-65609fec959f"}',
        "write:left.txt",
        "until-signal:ready",
        "exit:3",
      ),
    ]);
    await running.printed("ready");
    running.process.kill("SIGTERM");
    expect((await running.ended).code).toBe(3);
    const handover = worker.journal((journal) => predecessorOf(journal, "j1"));
    expect(handover).toMatchObject({
      reason: "stopped",
      workerId: "w",
      sessionId: "01a1fe16-b713-7761-8841-65609fec959f",
      phase: "session",
      git: { status: "ok", branch: "job/j1", untrackedFiles: expect.arrayContaining(["left.txt"]) },
    });
    const next = await session(worker, ["env:WATCHDOG_PREDECESSOR"]);
    expect(JSON.parse(next.stdout.toString().slice("WATCHDOG_PREDECESSOR=".length))).toEqual(handover);
    expect(join(handover?.directory ?? "")).toContain("watchdog-exec-");
  });
});
