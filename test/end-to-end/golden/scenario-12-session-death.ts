/** Scenario 12: the session behind a worker dies, in each of the ways of R8, as recordings of real agents tell it. */
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { EVENTS, type SessionClass } from "@worker-watchdog/sdk/semconv";
import { expect, it } from "vitest";
import { recordingFile } from "../../../packages/sdk/src/session/testing/recording.ts";
import { poll } from "../poll.ts";
import { incidents, newest } from "./attempt-rows.ts";
import { expectPage } from "./expect-page.ts";
import { goldenPolicy } from "./golden-policy.ts";
import type { GoldenStack } from "./golden-stack.ts";
import type { Pool, WorkerProcess } from "./pool.ts";

const WORKER = join(import.meta.dirname, "session-worker.sh");
const MAIN = join(import.meta.dirname, "../../../packages/cli/src/main.ts");
/** Longer than any limit of the recordings is waited for. */
const WAIT_SECONDS = goldenPolicy.session.limit_unstated_wait_minutes * 60 + 1;
/** Codex' answer to a 429 that says nothing more: a sentence of its sources, which no recording has. */
const BARE_429 = "codex-bare-429";

/** A run of the agent: the recording, and the code that it ends with. */
type Run = readonly [recording: string, end: number | "asks"];

interface Death {
  readonly agent: "codex" | "claude" | "gemini";
  readonly dies: SessionClass;
  /** A limit is a death once its wait is over and the next run fails too. */
  readonly runs: readonly Run[];
}

const DEATHS: readonly Death[] = [
  { agent: "codex", dies: "token_revoked", runs: [["codex-token-revoked", 1]] },
  { agent: "claude", dies: "token_revoked", runs: [["claude-token-revoked", 1]] },
  { agent: "gemini", dies: "token_revoked", runs: [["gemini-login-refused", 145]] },
  { agent: "codex", dies: "credit_limit", runs: [["codex-out-of-credits", 1]] },
  { agent: "claude", dies: "credit_limit", runs: [["claude-out-of-credits", 1]] },
  { agent: "gemini", dies: "credit_limit", runs: [["gemini-out-of-credits", 173]] },
  {
    agent: "codex",
    dies: "usage_limit",
    runs: [
      ["codex-usage-limit-unstated", 1],
      ["codex-http-500", 1],
    ],
  },
  {
    agent: "claude",
    dies: "rate_limit",
    runs: [
      ["claude-rate-limit", 1],
      ["claude-http-500", 1],
    ],
  },
  {
    agent: "codex",
    dies: "limit_unknown",
    runs: [
      [BARE_429, 1],
      ["codex-http-500", 1],
    ],
  },
  { agent: "codex", dies: "no_success", runs: [["codex-success", "asks"]] },
];

/** Only a person can end these. */
const CRITICAL: readonly SessionClass[] = ["token_revoked", "credit_limit"];

/** Registers the scenario's tests. */
export function sessionDeath(golden: () => GoldenStack): void {
  it.concurrent.each(DEATHS)(
    "scenario 12: $dies of a $agent session, as it was recorded: its death is told once, its job is blocked in our records and not in the queue; page 11",
    async ({ agent, dies, runs }) => {
      const { events, found, inbox, pool: open } = golden();
      const pool = await open(`session-${agent}-${dies}`.replaceAll("_", "-"));
      const worker = await start(pool, agent, runs);
      const [row] = await found("the death", incidents(pool, "session_dead"));
      expect(row).toMatchObject({ value: 1, labels: { worker_id: "w", job_id: "J12", reason: dies } });
      await expectPage(inbox, pool.name, {
        alert: "session_dead",
        severity: CRITICAL.includes(dies) ? "critical" : "high",
        worker: "w",
        job: "J12",
        trace: row?.labels["trace_id"],
        reason: dies,
      });
      const attempt = await poll("the job to be blocked", () => {
        const data = pool.records("w", { kind: "worker_job_attempt", jobId: "J12" }).at(-1)?.data;
        return data?.["state"] === "blocked_on_session_death" ? data : undefined;
      });
      expect(attempt).toMatchObject({ phase: "session", completed: null });
      expect(pool.service.state("J12")).toBe("running");
      const told = await poll("the event", async () => {
        const all = await events(pool.name, EVENTS.sessionDied);
        return all.length > 0 ? all : undefined;
      });
      expect(told.map(({ attributes }) => [attributes["class"], attributes["job.id"]])).toEqual([[dies, "J12"]]);
      worker.signal("SIGTERM");
      await worker.ended;
      expect(pool.records("w", { name: EVENTS.sessionDied })).toHaveLength(1);
      // A failed run, a wait, a death: one cause, one page.
      expect(inbox.told(pool.name).filter((alert) => !alert.startsWith("SessionDead:w:"))).toEqual([]);
    },
  );

  it.concurrent("scenario 12: a wait for a limit that is over with nobody left to say so is a death: page 11, limit_unknown", async () => {
    const { found, inbox, pool: open } = golden();
    const pool = await open("session-forgotten");
    const worker = await start(pool, "gemini", [["gemini-daily-quota", 173]]);
    expect(await worker.ended).toBe(173);
    const [wait] = await found("the wait", newest(pool, "sessionLimitedUntil"));
    await expectPage(inbox, pool.name, {
      alert: "session_dead",
      severity: "high",
      worker: "w",
      job: "J12",
      trace: wait?.labels["trace_id"],
      reason: "limit_unknown",
    });
    expect(inbox.told(pool.name)).toEqual(["SessionDead:w:firing"]);
  });
}

async function start(pool: Pool, agent: string, runs: readonly Run[]): Promise<WorkerProcess> {
  pool.add("J12");
  const folder = dirname(pool.journalFile("w"));
  const recordings = await Promise.all(
    runs.map(async ([name, end]) => [name === BARE_429 ? await bare429(folder) : prefix(name), String(end)] as const),
  );
  const settings = { NODE: process.execPath, MAIN, AGENT: agent, WAIT_SECONDS: String(WAIT_SECONDS) };
  return pool.start("w", settings, WORKER, ...recordings.flat());
}

/** Path of a recording's files, without their stream. */
function prefix(name: string): string {
  return recordingFile(`${name}.json`, "stdout").replace(/\.stdout\.txt$/, "");
}

async function bare429(folder: string): Promise<string> {
  const text = await readFile(`${prefix("codex-success")}.stdout.txt`, "utf8");
  const asked = text.slice(0, text.indexOf("\n", text.indexOf('"turn.started"')) + 1);
  const error = { message: "unexpected status 429 Too Many Requests: slow down, url: https://x" };
  const path = join(folder, BARE_429);
  await writeFile(`${path}.stdout.txt`, `${asked}${JSON.stringify({ type: "turn.failed", error })}\n`);
  return path;
}
