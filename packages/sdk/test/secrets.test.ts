/** R12, golden scenario 16: whatever a worker, its queue or its agent says, no credential is in anything that leaves the library, and each is counted. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { diag, logs, metrics } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { credentials } from "../../../test/corpus/corpus.ts";
import { createWatchdog, type Heartbeat, type Journal, type Watchdog, WatchdogError } from "../src/index.ts";
import { createPolicy } from "../src/policy/index.ts";
import { CREDENTIAL_KINDS, REDACTION_PLACES } from "../src/semconv/index.ts";
import { type ManualClock, manualClock, recordSpans, type SpanRecorder } from "../src/testing/index.ts";
import { type DurableJournal, durableJournal } from "./durable-journal.ts";

const HEX = "a7d3f29b6c8e45d2a7f3e9b26d8c45a3";
/** A token that is a plain word to every check of names and codes: it is a code, a stage, a phase. */
const CODE_TOKEN = `dapi${HEX}`;
const shaped = (of: string): string => {
  const found = credentials().find((credential) => credential.of === of);
  if (found === undefined) throw new Error(`the corpus has no ${of}`);
  return found.text;
};
const GITHUB = shaped("GitHub personal access token");
const OPENAI = shaped("OpenAI legacy key");
const AWS = shaped("AWS access key id");
const SLACK = shaped("Slack bot token");
const NPM = shaped("npm access token");
const STRIPE = shaped("Stripe test key");
const JWT = shaped("unsigned JSON Web Token");
const PASSWORD = "Tz4kQ9vRw2Lm";
/** Every secret that goes in. */
const SECRETS = [HEX, GITHUB, OPENAI, AWS, SLACK, NPM, STRIPE, JWT, PASSWORD];

let clock: ManualClock;
let spans: SpanRecorder;
let journal: DurableJournal;
let host: Server;
let base: string;
let watchdog: Watchdog;
/** What went out beside spans, rows and records. */
let said: unknown[];

beforeEach(async () => {
  clock = manualClock();
  spans = recordSpans();
  journal = durableJournal();
  said = [];
  logs.setGlobalLoggerProvider({
    getLogger: () => ({ enabled: () => true, emit: (event) => void said.push(event.eventName, event.attributes) }),
  });
  const tell = (...words: unknown[]): void =>
    void said.push(words.map((word) => (word instanceof Error ? word.stack : word)));
  diag.setLogger({ error: tell, warn: tell, info: tell, debug: tell, verbose: tell });
  host = createServer((request, response) => {
    if (request.url?.startsWith("/report") === true) response.end("<h1>report</h1>");
    else if (request.url?.startsWith("/files") === true) response.end('["report.html"]');
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
  base = `127.0.0.1:${(host.address() as AddressInfo).port}`;
});

afterEach(async () => {
  spans.unregister();
  logs.disable();
  metrics.disable();
  diag.disable();
  await new Promise((resolve) => host.close(resolve));
});

function make(
  options: {
    readonly worker?: string;
    readonly journal?: Journal;
    readonly runId?: string;
    readonly budgetSeconds?: string;
  } = {},
): Watchdog {
  watchdog = createWatchdog({
    worker: { id: options.worker ?? "w1", pool: "p", role: "builder" },
    policy: createPolicy({ artifact: { allowed_private_hosts: ["127.0.0.1"], retry_wait_seconds: 0.05 } }),
    journal: options.journal ?? journal,
    clock,
    environment:
      options.runId === undefined
        ? {}
        : { WATCHDOG_RUN_ID: options.runId, WATCHDOG_RUN_WALL_CLOCK_SECONDS: options.budgetSeconds ?? "0" },
    helper: {
      touch: () => ({ ok: true, touched: true }),
      renew: () => ({ ok: false, error: CODE_TOKEN }),
      addArtifactKind: (_job, kind) => {
        throw new Error(`refused ${kind} password=${PASSWORD}`);
      },
      backlog: () => ({
        pending_jobs: 2,
        kinds: [`video ${STRIPE}`],
        api_key: PASSWORD,
        [`note ${NPM}`]: "x",
        note: `Bearer ${OPENAI}`,
      }),
    },
  });
  return watchdog;
}

/** Runs what takes time while the clock moves. */
async function through<R>(promise: Promise<R>): Promise<R> {
  let settled = false;
  const done = (): void => {
    settled = true;
  };
  promise.then(done, done);
  for (let second = 0; second < 120 && !settled; second += 1) {
    for (let turn = 0; turn < 20 && !settled; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
    if (!settled) await clock.advance(1_000);
  }
  return promise;
}

const beatOf = <R>(run: (beat: Heartbeat) => Promise<R>): Promise<R> => through(watchdog.heartbeat(run));

/** What a claim's result names. */
function job(id: string, more: Readonly<Record<string, unknown>> = {}): unknown {
  const now = clock.now() / 1_000;
  return {
    ok: true,
    server_time: now,
    job: { id, lease_expires_at: now + 900, artifact_kinds: [], payload: `token=${GITHUB}`, ...more },
  };
}

/** Everything that left, as text. */
function everything(): string {
  const records = journal.records({ limit: 100_000 });
  const rows = watchdog.rows.rows(clock.now());
  const traced = spans.spans.map(({ name, attributes, status, links }) => ({ name, attributes, status, links }));
  return JSON.stringify({ traced, rows, records, said });
}

function leaks(): readonly string[] {
  const out = everything();
  return SECRETS.filter((secret) => {
    for (let at = 0; at + 8 <= secret.length; at += 1) if (out.includes(secret.slice(at, at + 8))) return true;
    return false;
  });
}

function redactions(): Readonly<Record<string, number>> {
  return Object.fromEntries(
    watchdog.rows
      .rows(clock.now())
      .filter(({ metric, attributes }) => metric === "claimIncidents" && attributes["kind"] === "secret_redacted")
      .map(({ attributes, value }) => [`${attributes["job.id"]} ${attributes["reason"]}`, value]),
  );
}

const events = (): readonly Readonly<Record<string, unknown>>[] =>
  journal.records({ name: "worker.secret.redacted", limit: 1_000 }).map(({ data }) => data);

describe("R12: no credential leaves the library", () => {
  it("from a day whose job id, slot, stage, phase, codes, kinds and errors each hold one", async () => {
    make({ worker: `w1-${SLACK}` });
    const id = `job-${GITHUB}`;
    const seen = await beatOf(async (beat) => {
      await beat.doctor(() => ({ ok: false, error: CODE_TOKEN, detail: `password=${PASSWORD}` }));
      await beat
        .touch(() => {
          throw Object.assign(new Error(`refused Bearer ${OPENAI}`), { name: GITHUB, code: NPM });
        })
        .catch(() => {});
      const held = await beat.claim(() => job(id, { deliverable_id: `D-${NPM}`, artifact_kinds: [AWS] }));
      if (held === undefined) throw new Error("no job");
      await held.context(() => ({ ok: true, authorization: `Bearer ${OPENAI}` }));
      await held.progress(CODE_TOKEN, () => ({ ok: true, status: "running" }));
      await held
        .phase(CODE_TOKEN, () => {
          throw new WatchdogError("service_unavailable", `https://ci:${PASSWORD}@example.com/`, { reason: CODE_TOKEN });
        })
        .catch(() => {});
      await held.upload((slot) => slot);
      const url = `http://${base}/report/${SLACK}?sig=${STRIPE}`;
      await held
        .artifact(() => ({ url: `http://${base}/missing/${GITHUB}`, filesUrl: `http://${base}/files` }))
        .catch(() => {});
      const artifact = await held.artifact(() => ({ url, filesUrl: `http://${base}/files?token=${JWT}` }));
      await held
        .complete(artifact, () => ({
          ok: false,
          status: "rejected",
          error: "missing_artifact_kind",
          missing_kinds: [`k ${NPM}`],
        }))
        .catch(() => {});
      return {
        id: held.id,
        slot: held.deliverableId,
        settled: await held.fail(`gave up: password=${PASSWORD}, ${JWT}`, () => ({ ok: true })),
      };
    });

    expect(seen).toEqual({ id, slot: `D-${NPM}`, settled: true });
    expect(leaks()).toEqual([]);
    expect(everything()).toContain("job-[redacted:github_token]");
    expect(journal.records({ jobId: "job-[redacted:github_token]" }).length).toBeGreaterThan(5);
  });

  it("from what a queue says that it holds, and from a proposal", async () => {
    make();
    for (let claims = 0; claims < 3; claims += 1)
      await beatOf((beat) => beat.claim(() => ({ ok: true, job: null, note: `password=${PASSWORD}` })));

    expect(leaks()).toEqual([]);
    expect(everything()).toContain("worker.no_job.proposal");
    expect(everything()).toContain("backlog_note [redacted:npm_token]");
  });

  it.each(["fail", "pause", "release"] as const)("from the reason of a %s, acknowledged or not", async (step) => {
    make();
    await beatOf(async (beat) => {
      const held = await beat.claim(() => job("J1", { deliverable_id: "D1" }));
      await held?.[step](`no more: ${GITHUB}`, () => ({ ok: false, error: CODE_TOKEN }));
      await held?.[step](`no more: ${GITHUB}`, () => ({ ok: true }));
    });

    expect(leaks()).toEqual([]);
  });

  it("from a session's evidence and what its successor gets", async () => {
    make();
    await beatOf(async (beat) => {
      const held = await beat.claim(() => job("J1", { deliverable_id: "D1" }));
      held?.session.died("token_revoked", `401 for ${OPENAI}`, { sessionId: `s-${JWT}` });
      held?.session.handOver("session_dead", {
        directory: "/srv/work",
        git: {
          status: "ok",
          commits: [`fix: password=${PASSWORD}`],
          commitCount: 1,
          uncommittedFiles: [`${NPM}.txt`],
          uncommittedCount: 1,
          untrackedFiles: [],
          untrackedCount: 0,
          isCut: false,
        },
      });
      expect(JSON.stringify(journal.get("job/J1", "handover"))).toContain("[redacted:password]");
      for (const secret of SECRETS) expect(JSON.stringify(journal.get("job/J1", "handover"))).not.toContain(secret);
    });

    expect(leaks()).toEqual([]);
  });

  it("from a run's id and its cancellation", async () => {
    make({ runId: `run-${GITHUB}`, budgetSeconds: "1" });
    await beatOf((beat) => beat.touch(() => ({ ok: true, touched: true }))).catch(() => {});
    await clock.advance(5_000);
    await beatOf((beat) => beat.touch(() => ({ ok: true, touched: true }))).catch(() => {});

    expect(everything()).toContain("runtime.watchdog.cancel");
    expect(leaks()).toEqual([]);
  });

  it("from the words of a journal that fails, told to the diag logger", async () => {
    const failing: Journal = {
      ...journal,
      isDurable: false,
      append() {
        throw new Error(`can not open postgres://worker:${PASSWORD}@db/jobs (${AWS})`);
      },
    };
    make({ journal: failing });
    await beatOf((beat) => beat.touch(() => ({ ok: true, touched: true })));

    expect(JSON.stringify(said)).toContain("telemetry failed");
    expect(JSON.stringify(said)).toContain("[redacted:url_credentials]");
    expect(leaks()).toEqual([]);
  });

  it("from the words of a durable journal that stops a phase", async () => {
    const failing: Journal = {
      ...journal,
      isDurable: true,
      append() {
        throw new WatchdogError("journal_unusable", `can not open postgres://worker:${PASSWORD}@db/jobs (${AWS})`);
      },
    };
    make({ journal: failing });
    await beatOf((beat) => beat.touch(() => ({ ok: true, touched: true }))).catch(() => {});

    expect(JSON.stringify(said)).toContain("[redacted:url_credentials]");
    expect(leaks()).toEqual([]);
  });

  it("nor from a stop that leaves a job held", async () => {
    make();
    await beatOf((beat) => beat.claim(() => job(`job-${GITHUB}`, { deliverable_id: "D1" })));
    await through(watchdog.stop());

    expect(leaks()).toEqual([]);
  });
});

describe("R4: alert 17, secret_redacted", () => {
  it("counts a credential of the claim once, on the attempt, and says its kind and place alone", async () => {
    make();
    await beatOf(async (beat) => {
      const held = await beat.claim(() => job(`job-${GITHUB}`, { deliverable_id: "D1" }));
      await held?.context(() => ({ ok: true }));
      await held?.progress("building_artifact", () => ({ ok: true, status: "running" }));
      await held?.fail("over", () => ({ ok: true }));
    });

    expect(redactions()).toEqual({ "job-[redacted:github_token] github_token": 1 });
    expect(events()).toEqual([{ kind: "github_token", place: "span" }]);
    expect(journal.records({ kind: "watchdog_incident" }).map(({ data }) => data["class"])).toContain(
      "secret_redacted",
    );
  });

  it("counts one that is found before a claim on the worker", async () => {
    make();
    await beatOf((beat) => beat.doctor(() => ({ ok: false, error: CODE_TOKEN })).catch(() => {}));

    expect(redactions()).toEqual({ " databricks_token": 1 });
  });

  it("counts each credential of one text, and another text with the same one again", async () => {
    make();
    await beatOf(async (beat) => {
      const held = await beat.claim(() => job("J1", { deliverable_id: "D1" }));
      held?.session.died("token_revoked", `password=${PASSWORD} and ${NPM}`);
      await held?.fail(`again password=${PASSWORD}`, () => ({ ok: true }));
    });

    expect(redactions()).toEqual({ "J1 password": 2, "J1 npm_token": 1 });
  });

  it("is silent on a day without one", async () => {
    make();
    await beatOf(async (beat) => {
      const held = await beat.claim(() => job("J1", { deliverable_id: "D1" }));
      await held?.fail("the input is missing", () => ({ ok: true }));
    });

    expect(redactions()).toEqual({});
    expect(events()).toEqual([]);
  });

  it("says nothing but closed words", async () => {
    make();
    await beatOf(async (beat) => {
      const held = await beat.claim(() => job(`job-${GITHUB}`));
      await held?.fail(`password=${PASSWORD}`, () => ({ ok: true }));
    });

    for (const { kind, place } of events()) {
      expect(CREDENTIAL_KINDS).toContain(kind);
      expect(REDACTION_PLACES).toContain(place);
    }
  });
});
