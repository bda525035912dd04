/** Scenario 16: credentials in an error's message, a job's id, an address, a reason. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { EVENTS } from "@worker-watchdog/sdk/semconv";
import { expect, it } from "vitest";
import { ArtifactHost } from "../../../packages/sdk/src/artifact/testing/artifact-host.ts";
import { page } from "../../../packages/sdk/src/artifact/testing/gate-harness.ts";
import { credentials } from "../../corpus/corpus.ts";
import { poll } from "../poll.ts";
import { incidents } from "./attempt-rows.ts";
import { expectPage } from "./expect-page.ts";
import type { GoldenStack } from "./golden-stack.ts";
import { startOtlpTap } from "./otlp-tap.ts";

const PROGRAM = join(import.meta.dirname, "leaking-worker.program.ts");
/** So many characters of a credential in a row are a part of it, and no chance. */
const PART_LENGTH = 10;

/** The credentials, by where the worker says them. */
const SECRETS = {
  jobId: corpus("GitHub personal access token"),
  error: corpus("OpenAI legacy key"),
  cause: "Tz4kQ9vRw2LmXc7b",
  name: corpus("npm access token"),
  password: "Hq8sVd3nKy6pWj5f",
  query: "f3a91c07d5e84b62a9c1d7e0b35f8264",
  reason: "Mr7gBx2tZe9cLu4a",
  backlog: corpus("Slack bot token"),
} as const;

/** Registers the scenario's tests. */
export function credential(golden: () => GoldenStack): void {
  it.concurrent("scenario 16: a credential in an error message, a job id, a URL, a reason: in no byte that left the process, no record of its journal, no output of the library; secret_redacted says its kind; page 17", async () => {
    const { stack, found, inbox, query, events, pool: open } = golden();
    const pool = await open("credential");
    const tap = await startOtlpTap(stack.otlpEndpoint);
    const host = await ArtifactHost.start({
      "/report": page("<h1>report</h1>"),
      "/files.json": page('["report"]', "application/json"),
    });
    try {
      pool.add(`job-${SECRETS.jobId}`);
      const settings = {
        SECRETS: JSON.stringify(SECRETS),
        ARTIFACT_HOST: host.origin,
        OTEL_EXPORTER_OTLP_ENDPOINT: tap.endpoint,
        OTEL_LOG_LEVEL: "debug",
      };
      const worker = await pool.start("w", settings, PROGRAM);
      expect([await worker.ended, worker.complaints.filter((line) => line.includes("Error"))]).toEqual([0, []]);
      expect(pool.service.state(`job-${SECRETS.jobId}`)).toBe("failed");

      // The process has said a lot: spans, rows, events, and debug output of the SDK.
      for (const signal of ["traces", "metrics", "logs"]) expect(tap.requests(signal)).toBeGreaterThan(0);
      for (const said of [
        EVENTS.jobSettled,
        EVENTS.artifactVerified,
        "worker.claim.settled_at",
        "job-[redacted:github_token]",
      ])
        expect(tap.text()).toContain(said);
      expect(leaked(tap.text())).toEqual([]);
      const printed = [...worker.lines, ...worker.complaints].join("\n");
      expect(printed).toContain("OTLPExportDelegate");
      expect(leaked(printed)).toEqual([]);

      const file = pool.journalFile("w");
      expect(leaked(recordsOf(file))).toEqual([]);
      expect(recordsOf(file)).toContain("gave up: password=[redacted:password]");
      // The lasting state holds the job's id as the queue knows it, or nobody could ask for the job again; and nothing else of them.
      const bytes = await Promise.all([file, `${file}-wal`].map((path) => readFile(path, "latin1").catch(() => "")));
      expect(leaked(bytes.join("\n"))).toEqual(["jobId"]);

      const rows = await found("alert 17's rows", incidents(pool, "secret_redacted"));
      expect(rows.map(({ labels }) => labels["reason"])).toContain("github_token");
      expect(rows.map(({ labels }) => labels["reason"])).toContain("password");
      for (const { labels } of rows) expect(labels["worker_id"]).toBe("w");
      for (const { labels } of rows) {
        const { job_id: job, trace_id: trace } = labels;
        await expectPage(inbox, pool.name, { alert: "secret_redacted", worker: "w", job, trace });
      }
      expect(leaked(JSON.stringify(inbox.pages))).toEqual([]);
      const told = await poll("the events", async () => {
        const all = await events(pool.name, EVENTS.secretRedacted);
        return all.length > 0 ? all : undefined;
      });
      expect(told.map(({ attributes }) => attributes["kind"])).toContain("github_token");
      const downstream = await Promise.all(
        [stack.tracesFile, stack.eventsFile].map((path) => readFile(path, "latin1")),
      );
      expect(leaked(downstream.join("\n"))).toEqual([]);
      expect(leaked(JSON.stringify(await query(`last_over_time(${pool.series("", '__name__=~".+"')}[10m])`)))).toEqual(
        [],
      );
    } finally {
      await tap.close();
      await host.close();
    }
  });
}

function corpus(of: string): string {
  const found = credentials().find((entry) => entry.of === of);
  if (found === undefined) throw new Error(`The corpus has no ${of}.`);
  return found.text;
}

/** Which credentials a text holds a part of. */
function leaked(text: string): readonly string[] {
  return Object.entries(SECRETS)
    .filter(([, secret]) => {
      // What comes before the last dash or underscore is what makes its kind known.
      const hidden = secret.slice(Math.max(secret.lastIndexOf("-"), secret.lastIndexOf("_")) + 1);
      for (let at = 0; at + PART_LENGTH <= hidden.length; at += 1)
        if (text.includes(hidden.slice(at, at + PART_LENGTH))) return true;
      return false;
    })
    .map(([where]) => where);
}

/** Every record of a journal, as it is stored. */
function recordsOf(file: string): string {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return JSON.stringify(database.prepare("SELECT * FROM record").all());
  } finally {
    database.close();
  }
}
