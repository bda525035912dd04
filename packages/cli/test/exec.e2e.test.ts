/** `watchdog exec` as its users run it: real processes, a real journal, signals and kills. */
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { poll } from "../../../test/end-to-end/poll.ts";
import { startOtlpReceiver } from "../../node/test/otlp-receiver.ts";
import { inShortLease, jobJson, shellWorker } from "./shell-worker.ts";

const OK = `echo '{"ok":true,"status":"running"}'`;

describe("what passes through", () => {
  it("R2.3: output byte for byte, and the exit code, also of a phase that passes", async () => {
    await using worker = await shellWorker();
    const end = await worker.exec("touch", `printf 'x\\377\\n{"ok":true,"touched":true}\\n'; echo note >&2; exit 0`);
    expect(end.code).toBe(0);
    expect(end.stdout).toEqual(Buffer.from('x\xff\n{"ok":true,"touched":true}\n', "latin1"));
    expect(end.stderr).toMatch(/^note\nwatchdog: touch ok\n/);
  });

  it.each([
    ["exit 7", 7, "exit_7"],
    ["kill -TERM $$", 143, "sigterm"],
    ["kill -KILL $$", 137, "sigkill"],
  ])("R2.3: %s: the shell's status %i", async (script, code, reason) => {
    await using worker = await shellWorker();
    const end = await worker.exec("doctor", script);
    expect(end.code).toBe(code);
    expect(end.stderr).toContain(`doctor failed (${reason})`);
  });

  it.each([
    ["./not-there", 127],
    ["/", 126],
  ])("%s can not be run: %i, and says why", async (program, code) => {
    await using worker = await shellWorker();
    const end = await worker.run(["exec", "--phase", "doctor", "--", program]);
    expect(end.code).toBe(code);
    expect(end.stderr).toMatch(/The command can not be run: .*Allowed: a program on the PATH/);
  });

  it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("%s reaches the command, which decides", async (signal) => {
    await using worker = await shellWorker();
    await worker.claim();
    const name = signal.slice(3);
    const script = `trap 'echo bye; exit 5' ${name}; echo up; while :; do sleep 0.05; done`;
    const running = worker.start(["exec", "--phase", "build", "--", "sh", "-c", script]);
    await running.printed("up");
    running.process.kill(signal);
    const end = await running.ended;
    expect([end.code, end.stdout.toString()]).toEqual([5, "up\nbye\n"]);
  });

  it("R2.4: trace context and the job's facts are in the command's environment", async () => {
    await using worker = await shellWorker();
    await worker.claim();
    const end = await worker.exec("build", "env");
    const variables = Object.fromEntries(
      end.stdout
        .toString()
        .split("\n")
        .map((line) => line.split("=") as [string, string]),
    );
    expect(variables).toMatchObject({
      WATCHDOG_WORKER_ID: "w",
      WATCHDOG_PHASE: "build",
      WATCHDOG_JOB_ID: "j1",
      WATCHDOG_DELIVERABLE_ID: "D1",
      WATCHDOG_TRACE_ID: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(variables["TRACEPARENT"]).toMatch(new RegExp(`^00-${variables["WATCHDOG_TRACE_ID"]}-[0-9a-f]{16}-01$`));
    expect(Math.abs(Number(variables["WATCHDOG_LEASE_EXPIRES_AT"]) - Date.now() / 1_000 - 900)).toBeLessThan(60);
  });

  it("what a shell does with /dev/stderr works", async () => {
    await using worker = await shellWorker();
    const end = await worker.exec(
      "touch",
      `echo "{\\"ok\\":true,\\"touched\\":true}" > /dev/stdout; echo note > /dev/stderr`,
    );
    expect([end.code, end.stderr.split("\n")[0]]).toEqual([0, "note"]);
  });
});

describe("verdicts", () => {
  it.each([
    ["touch", `echo '{"ok":true,"touched":false}'`, "failed (not_passed)"],
    ["touch", "echo done", "failed (not_json)"],
    ["touch", "true", "failed (no_output)"],
    ["touch", `printf '{"ok":"\\377"}'`, "failed (not_utf8)"],
    ["touch", `echo '{"__proto__":{"ok":true},"ok":true,"touched":true}'`, "failed (hostile_key)"],
    ["touch", `echo '{"ok":true,"touched":true}'; exit 1`, "failed (exit_1)"],
    ["touch", `head -c 3000000 /dev/zero | tr '\\0' x`, "failed (too_large)"],
  ])("%s of `%s`: %s", async (phase, script, verdict) => {
    await using worker = await shellWorker();
    const end = await worker.exec(phase, script);
    expect(end.stderr).toContain(`watchdog: ${phase} ${verdict}`);
    const shown = await worker.exec(phase, script, "--verdict-exit", "--quiet");
    expect(shown.code).toBe(1);
    expect(shown.stderr).not.toContain("watchdog:");
  });

  it("a command's result is recorded by hash and reference; its output lies in the evidence store, redacted", async () => {
    await using worker = await shellWorker();
    await worker.exec("doctor", "echo token=ghp_0123456789abcdefghijklmnopqrstuvwxyz; exit 2");
    const [event] = worker.journal((journal) => journal.records({ kind: "helper_event" }));
    const sha256 = createHash("sha256").update("token=ghp_0123456789abcdefghijklmnopqrstuvwxyz\n").digest("hex");
    expect(event?.data).toMatchObject({
      phase: "doctor",
      command: "sh",
      exit_code: 2,
      output_hash: sha256,
      error_code: "exit_2",
      evidence_ref: expect.stringMatching(/^evidence:/),
    });
    const folder = join(dirname(worker.journalFile), "evidence");
    const [name = ""] = await readdir(folder);
    const document = await readFile(join(folder, name), "utf8");
    expect(document).toContain(`sha256 ${sha256}`);
    expect(document).not.toContain("ghp_0123");
  });

  it("R2.3: spans carry the output's hash and reference; the output leaves the machine nowhere", async () => {
    await using worker = await shellWorker();
    await worker.claim();
    let received = "";
    const collector = createServer((request, response) => {
      request.on("data", (chunk) => (received += String(chunk))).on("end", () => response.end("{}"));
    });
    await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
    const output = "what-nobody-else-is-to-see";
    const end = await worker.run(["exec", "--phase", "build", "--", "sh", "-c", `echo ${output}; exit 2`], {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    });
    collector.close();
    expect(end.stderr).not.toContain("not sent");
    const sha256 = createHash("sha256").update(`${output}\n`).digest("hex");
    for (const [key, value] of [
      ["worker.output.sha256", sha256],
      ["worker.evidence_ref", "evidence:[0-9a-f]{64}"],
      ["worker.phase.failure", "exit_2"],
    ]) {
      expect(received).toMatch(new RegExp(`\\{"key":"${key}","value":\\{"stringValue":"${value}"\\}\\}`));
    }
    expect(received).not.toContain(output);
    expect(worker.journal((journal) => JSON.stringify(journal.records({ limit: 1_000 })))).not.toContain(output);
  });

  it("R2.5: after a context that can not be read, progress is skipped and the job goes on", async () => {
    await using worker = await shellWorker("thresholds:\n  repair_wait_seconds: 0\n");
    await worker.claim();
    const context = await worker.exec("context", "echo '{\"ok\":false}'");
    expect(context.stderr).toContain("context failed (not_passed)");
    const progress = await worker.exec("progress", "echo ran", "--stage", "building_artifact");
    expect([progress.code, progress.stdout.toString()]).toEqual([0, ""]);
    expect(progress.stderr).toContain("progress skipped");
    expect((await worker.exec("build", "echo built")).stdout.toString()).toBe("built\n");
    expect(await worker.status()).toMatchObject({ health: "stuck", stuck_reason: "context_failed" });
  });

  it("R2.5: an attempt that is ended honestly is settled once the queue says so", async () => {
    await using worker = await shellWorker();
    await worker.claim();
    const refused = await worker.exec("fail", "echo '{\"ok\":false}'", "--reason", "no tools");
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("has not acknowledged")]);
    expect(await worker.status()).toMatchObject({ current_job: { job_id: "j1" } });
    expect((await worker.exec("fail", "echo '{\"ok\":true}'", "--reason", "no tools")).code).toBe(0);
    expect(await worker.status()).toMatchObject({ current_job: null, last_job: { state: "failed" } });
  });
});

describe("refusals, before anything runs", () => {
  it("R5.1: complete without a passed check in this attempt: 120", async () => {
    await using worker = await shellWorker();
    await worker.claim();
    const end = await worker.exec("complete", "echo ran");
    expect([end.code, end.stdout.toString()]).toEqual([120, ""]);
    expect(end.stderr).toMatch(
      /complete refused: the journal holds no passed artifact check of this attempt at job j1/,
    );
  });

  it.each([
    ["a phase of a job where none is held", ["--phase", "context"], "found no job for the context phase"],
    ["another job than the one that is held", ["--phase", "build", "--job", "j2"], "does not hold job j2"],
  ])("%s: 121", async (_, options, message) => {
    await using worker = await shellWorker();
    if (options.includes("--job")) await worker.claim();
    const end = await worker.run(["exec", ...options, "--", "echo", "ran"]);
    expect([end.code, end.stdout.toString()]).toEqual([121, ""]);
    expect(end.stderr).toContain(message);
  });

  it("a claim while a job is held: 121, and the job stays", async () => {
    await using worker = await shellWorker();
    expect(await worker.run(["status", "--held"])).toMatchObject({ code: 1, stdout: Buffer.from("") });
    await worker.claim("j1");
    expect(await worker.run(["status", "--held"])).toMatchObject({ code: 0, stdout: Buffer.from("j1\n") });
    const end = await worker.claim("j2");
    expect([end.code, end.stdout.toString()]).toEqual([121, ""]);
    expect(await worker.status()).toMatchObject({ current_job: { job_id: "j1" } });
  });

  it("R6.4: every phase of a job whose lease ran out: 121, and the next claim goes on", async () => {
    await using worker = await shellWorker();
    await worker.claim("j1", 15);
    await poll("the lease's end", async () => ((await worker.status())["health"] === "stuck" ? true : undefined));
    const end = await worker.exec("build", "echo ran");
    expect([end.code, end.stdout.toString()]).toEqual([121, ""]);
    expect(await worker.status()).toMatchObject({ health: "stuck", stuck_class: "lease_expiry" });
    expect((await worker.claim("j2")).code).toBe(0);
  });

  it("R7.2: a cancelled run: 122, whatever the budget is now", async () => {
    await using worker = await shellWorker();
    const run = { WATCHDOG_RUN_ID: "r1", WATCHDOG_RUN_WALL_CLOCK_SECONDS: "1" };
    const touch = ["exec", "--phase", "touch", "--", "sh", "-c", 'sleep 1.1; echo \'{"ok":true,"touched":true}\''];
    expect((await worker.run(touch, run)).code).toBe(0);
    expect((await worker.run(touch, run)).code).toBe(122);
    const raised = await worker.run(touch, { ...run, WATCHDOG_RUN_WALL_CLOCK_SECONDS: "0" });
    expect([raised.code, raised.stdout.toString()]).toEqual([122, ""]);
    expect(raised.stderr).toContain("was cancelled");
    expect(await worker.status()).toMatchObject({ health: "cancelled", run: { run_id: "r1", cancelled: true } });
  });

  it("R7.3: a journal that is none: 123, and the worker is not run", async () => {
    await using worker = await shellWorker();
    await worker.claim();
    await writeFile(worker.journalFile, "no journal, but a text that is long enough to be looked at");
    const end = await worker.exec("build", "echo ran");
    expect([end.code, end.stdout.toString()]).toEqual([123, ""]);
    expect(end.stderr).toContain(worker.journalFile);
    await using receiver = await startOtlpReceiver("ok");
    await worker.run(["exec", "--phase", "build", "--", "true"], { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
    const kinds = receiver.received().points.map(({ attributes }) => attributes["kind"]);
    expect(kinds).toContain("control_store_unreadable");
  });

  it.each([
    [["--phase", "Build"], '--phase: found "Build", allowed doctor, touch'],
    [["--phase", "progress"], "--stage: found nothing, allowed reading_context"],
    [["--phase", "touch", "--stage", "x"], "allowed --stage with --phase progress"],
    [["--phase", "fail"], "--reason: found nothing"],
    [["--phase", "claim", "--job", "j1"], "allowed --job with the phases of a job"],
    [["--phase", "touch", "--output", "none"], "this phase is judged by the JSON"],
    [["--phase", "touch", "--outpt", "none"], "Did you mean `--output`?"],
    [["--phase", "artifact", "--url", "http://x/a"], "--files-url: found nothing"],
    [["--phase", "touch", "--policy", "nowhere.yaml"], "nowhere.yaml: found no readable file"],
    [["--phase", "touch", "extra"], "allowed options, then `--` and the command"],
  ])("wrong usage %j: 125", async (options, message) => {
    await using worker = await shellWorker();
    const hasOwnCommand = options.includes("artifact");
    const end = await worker.run(["exec", ...options, ...(hasOwnCommand ? [] : ["--", "echo", "ran"])]);
    expect([end.code, end.stdout.toString()]).toEqual([125, ""]);
    expect(end.stderr).toContain(message);
  });

  it("no worker, no command: 125", async () => {
    await using worker = await shellWorker();
    const nobody = await worker.run(["exec", "--phase", "touch", "--", "true"], { WATCHDOG_WORKER_ID: "" });
    expect([nobody.code, nobody.stderr]).toEqual([
      125,
      expect.stringContaining("allowed --worker or WATCHDOG_WORKER_ID"),
    ]);
    const nothing = await worker.run(["exec", "--phase", "touch"]);
    expect([nothing.code, nothing.stderr]).toEqual([
      125,
      expect.stringContaining("checks.touch.command in the policy"),
    ]);
  });
});

describe("repairs", () => {
  const QUICK = `thresholds:\n  job_command_timeout_seconds: 2\n  repair_wait_seconds: 0\n`;

  it("R6: a context with no answer is asked once more, after a touch by the policy's command; its last output counts", async () => {
    await using worker = await shellWorker(
      `${QUICK}checks:\n  touch:\n    command: touch touched-$WATCHDOG_WORKER_ID; echo '{"ok":true,"touched":true}'\n`,
    );
    await worker.claim();
    const end = await worker.exec(
      "context",
      `echo try >> tries; if [ "$(wc -l < tries)" = 1 ]; then exit 6; fi; ${OK}`,
    );
    expect(end.code).toBe(0);
    expect(end.stderr).toContain("watchdog: context ok");
    expect(await readFile(join(worker.directory, "tries"), "utf8")).toBe("try\ntry\n");
    expect(await readdir(worker.directory)).toContain("touched-w");
  });

  it("R6.1: two failures are all: it is not tried a third time", async () => {
    await using worker = await shellWorker(QUICK);
    await worker.claim();
    const end = await worker.exec("context", "echo try >> tries; exit 6");
    expect([end.code, await readFile(join(worker.directory, "tries"), "utf8")]).toEqual([6, "try\ntry\n"]);
  });

  it("R6: a claim that is silent is aborted and made once more", async () => {
    await using worker = await shellWorker(QUICK);
    const end = await worker.exec(
      "claim",
      `echo try >> tries; [ "$(wc -l < tries)" = 1 ] && exec sleep 60; echo '${jobJson("j1", 900)}'`,
    );
    expect(end.code).toBe(0);
    expect(await readFile(join(worker.directory, "tries"), "utf8")).toBe("try\ntry\n");
    expect(await worker.status()).toMatchObject({ current_job: { job_id: "j1" } });
  });

  it("R6: a late claim that names a job is used, and not made again", async () => {
    await using worker = await shellWorker(QUICK);
    const late = `echo try >> tries; trap 'printf "%s\\n" "$JOB"; exit 0' TERM; while :; do sleep 0.05; done`;
    const end = await worker.run(["exec", "--phase", "claim", "--", "sh", "-c", late], { JOB: jobJson("late", 900) });
    expect(await readFile(join(worker.directory, "tries"), "utf8")).toBe("try\n");
    expect([end.code, end.stderr]).toEqual([0, expect.stringContaining("claim ok: job late")]);
    expect(await worker.status()).toMatchObject({ current_job: { job_id: "late" } });
  });

  it("R6: a claim that has answered and does not end is not silent", async () => {
    await using worker = await shellWorker(QUICK);
    const end = await worker.exec("claim", `echo try >> tries; echo '${jobJson("j1", 900)}'; sleep 3; exit 4`);
    expect(end.code).toBe(4);
    expect(await readFile(join(worker.directory, "tries"), "utf8")).toBe("try\n");
    expect(await worker.status()).toMatchObject({ current_job: { job_id: "j1" } });
  });

  it("R6.6: the bound is not for work of the worker's own", async () => {
    await using worker = await shellWorker(QUICK);
    await worker.claim();
    expect(await worker.exec("build", "sleep 2.5; echo built")).toMatchObject({ code: 0 });
  });

  it("R6.4: when the lease runs out, the command gets SIGTERM", async () => {
    await inShortLease(
      (worker) => worker.exec("build", "sleep 600"),
      async (_, end) => {
        expect(end.code).toBe(143);
        expect(end.stderr).toMatch(/build stuck \(lease_lost\)/);
      },
    );
  });

  it("R1: output of a command is a sign of progress, silence is none", async () => {
    await using worker = await shellWorker();
    await worker.claim();
    const progress = async (): Promise<number> => {
      const { claimed_at, progress_at } = (await worker.status())["current_job"] as Record<string, number>;
      return (progress_at ?? 0) - (claimed_at ?? 0);
    };
    const silent = worker.start(["exec", "--phase", "build", "--", "sh", "-c", "echo up > started; exec sleep 600"]);
    await poll("the command", async () => ((await readdir(worker.directory)).includes("started") ? true : undefined));
    expect(await progress()).toBe(0);
    const loud = worker.start(["exec", "--phase", "notes", "--", "sh", "-c", "echo up; exec sleep 600"]);
    await poll("progress", async () => ((await progress()) > 0 ? true : undefined));
    for (const running of [silent, loud]) running.process.kill("SIGTERM");
    expect((await Promise.all([silent.ended, loud.ended])).map(({ code }) => code)).toEqual([143, 143]);
  });

  it("R4.6: while a long command runs, the policy's command renews the lease", async () => {
    const renew = `checks:\n  progress:\n    command: >-\n      echo "$WATCHDOG_JOB_ID" >> renewed; echo "{\\"status\\":\\"running\\",\\"lease_expires_at\\":$(($(date +%s) + 900))}"\n`;
    await using worker = await shellWorker(renew);
    await worker.claim("j1", 300);
    const end = await worker.exec("build", "sleep 1.5");
    expect(end.code).toBe(0);
    expect(await readFile(join(worker.directory, "renewed"), "utf8")).toMatch(/^(?:j1\n)+$/);
    expect(await worker.status()).toMatchObject({ current_job: { lease_risk: "normal" } });
  });
});

describe("kill -9", () => {
  it.each(["doctor", "touch", "claim"])("of exec in %s: the next one knows, and goes on", async (phase) => {
    await using worker = await shellWorker();
    const running = worker.start(["exec", "--phase", phase, "--", "sh", "-c", "echo up; exec sleep 600"]);
    await running.printed("up");
    const pid = worker.journal((journal) => journal.get("worker/p/w", "exec")) as readonly { child: { pid: number } }[];
    running.process.kill("SIGKILL");
    await running.ended;
    process.kill(pid[0]?.child.pid ?? 0, "SIGKILL");
    expect(await worker.status()).toMatchObject({ commands: [{ phase, state: "killed" }] });
    const json =
      phase === "claim" ? jobJson("j1", 900) : `{"ok":true,"touched":true,"token_present":true,"touch":{"ok":true}}`;
    const next = await worker.run(["exec", "--phase", phase, "--", "printf", "%s", json]);
    expect([next.code, next.stderr]).toEqual([0, expect.stringContaining("was killed before its end was recorded")]);
    const runs = worker.journal((journal) => journal.records({ kind: "worker_run" }));
    expect(runs.map(({ data }) => data["status"])).toEqual(["started", "stuck", "started", "ok"]);
    expect(runs[1]?.data["error_code"]).toBe("process_killed");
    expect(await worker.status()).toMatchObject({ commands: [] });
  });

  it("of exec in a claim whose command lives on: no second claim beside it", async () => {
    await using worker = await shellWorker();
    const running = worker.start(["exec", "--phase", "claim", "--", "sh", "-c", "echo up; exec sleep 600"]);
    await running.printed("up");
    running.process.kill("SIGKILL");
    await running.ended;
    const refused = await worker.claim();
    expect([refused.code, refused.stderr]).toEqual([121, expect.stringContaining("still runs the claim phase")]);
    const [command] = (await worker.status())["commands"] as readonly { state: string; pid: number }[];
    expect(command?.state).toBe("orphaned");
    process.kill(command?.pid ?? 0, "SIGKILL");
    expect((await worker.claim()).code).toBe(0);
  });

  it.each(["context", "progress", "build", "upload", "artifact", "fail"])(
    "of exec in %s: the job is still held, once",
    async (phase) => {
      await using worker = await shellWorker();
      await worker.claim();
      const options = { progress: ["--stage", "s"], fail: ["--reason", "r"] }[phase] ?? [];
      const running = worker.start(["exec", "--phase", phase, ...options, "--", "sh", "-c", "echo up; exec sleep 600"]);
      await running.printed("up");
      const stored = worker.journal((journal) => journal.get("worker/p/w", "exec")) as readonly {
        child: { pid: number };
      }[];
      running.process.kill("SIGKILL");
      await running.ended;
      process.kill(stored[0]?.child.pid ?? 0, "SIGKILL");
      expect(await worker.status()).toMatchObject({
        current_job: { job_id: "j1" },
        commands: [{ phase, state: "killed" }],
      });
      const next = await worker.exec(phase, OK, ...options);
      // What the artifact command prints here names no artifact.
      expect(next.code).toBe(phase === "artifact" ? 1 : 0);
      expect(next.stderr).toContain("was killed before its end was recorded");
      const claims = worker.journal((journal) => journal.get("worker/p/w", "claims"));
      expect(claims).toMatchObject({ job: 1, no_job: 0, failed: 0 });
    },
  );

  it("of the command: its phase failed by that signal, and the next one runs", async () => {
    await using worker = await shellWorker();
    await worker.claim();
    expect(await worker.exec("build", "kill -KILL $$")).toMatchObject({ code: 137 });
    expect(await worker.exec("build", "true")).toMatchObject({ code: 0 });
  });
});

describe("the whole of a job", () => {
  it("R5: the gate fetches what the command names, and complete then runs with it, once over a killed process", async () => {
    await using worker = await shellWorker("artifact:\n  allowed_private_hosts: [127.0.0.1]\n");
    const host = createServer((request, response) =>
      request.url === "/files.json"
        ? response.end('["a.html"]')
        : response.writeHead(request.url === "/a.html" ? 200 : 404).end("<p>a"),
    );
    await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
    try {
      await worker.claim();
      const named = (path: string): string =>
        JSON.stringify({ primary_artifact_url: `${url}/${path}`, files_url: `${url}/files.json`, file_count: 1 });
      const refused = await worker.exec("artifact", `echo '${named("missing.html")}'`);
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("artifact failed")]);
      expect((await worker.exec("complete", "echo ran")).code).toBe(120);
      const passed = await worker.exec("artifact", `echo '${named("a.html")}'`);
      expect([passed.code, passed.stderr]).toEqual([0, expect.stringContaining("artifact ok: 1 files")]);
      const running = worker.start(["exec", "--phase", "complete", "--", "sh", "-c", "echo up; exec sleep 600"]);
      await running.printed("up");
      running.process.kill("SIGKILL");
      await running.ended;
      const [command] = (await worker.status())["commands"] as readonly { pid: number }[];
      expect((await worker.exec("complete", "echo ran")).code).toBe(121);
      process.kill(command?.pid ?? 0, "SIGKILL");
      const rejected = await worker.exec("complete", `echo '{"ok":false,"status":"rejected","error":"other"}'`);
      expect([rejected.code, rejected.stderr]).toEqual([1, expect.stringContaining("complete failed")]);
      const complete = await worker.exec(
        "complete",
        `echo "{\\"ok\\":true,\\"status\\":\\"completed\\",\\"url\\":\\"$WATCHDOG_ARTIFACT_URL\\"}"`,
      );
      expect([complete.code, complete.stdout.toString()]).toEqual([0, expect.stringContaining(`${url}/a.html`)]);
      expect(await worker.status()).toMatchObject({ health: "idle", last_job: { state: "completed" } });
      expect((await worker.exec("complete", "echo ran")).code).toBe(121);
    } finally {
      host.close();
    }
  });
});

describe("telemetry never holds the command up", () => {
  it("R12: without a Collector there is one line, and no more", async () => {
    await using worker = await shellWorker();
    const end = await worker.exec("doctor", "exit 3");
    expect(end.code).toBe(3);
    expect(end.stderr.split("\n").filter((line) => line.includes("not sent"))).toHaveLength(1);
  });

  it("R12: with a Collector that never answers, the end comes within the limit", async () => {
    await using worker = await shellWorker();
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    try {
      const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
      const running = worker.start(["exec", "--phase", "doctor", "--", "sh", "-c", "echo up; exit 3"], {
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      });
      await running.printed("up");
      const startedAt = performance.now();
      expect((await running.ended).code).toBe(3);
      expect(performance.now() - startedAt).toBeLessThan(4_000);
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });

  it("R7.3: a journal that can not be made stops the phase", async () => {
    await using worker = await shellWorker();
    await writeFile(join(worker.directory, "file"), "");
    const journal = join(worker.directory, "file", "journal.db");
    const end = await worker.run(["exec", "--phase", "touch", "--journal", journal, "--", "echo", "ran"]);
    expect([end.code, end.stdout.toString()]).toEqual([123, ""]);
  });
});
