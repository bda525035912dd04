/** Scenario 10: an artifact that is not there, not open to all, of no files, or another one than was stated. */
import { EVENTS } from "@worker-watchdog/sdk/semconv";
import { expect, it } from "vitest";
import { ArtifactHost } from "../../../packages/sdk/src/artifact/testing/artifact-host.ts";
import { page, redirect } from "../../../packages/sdk/src/artifact/testing/gate-harness.ts";
import { poll } from "../poll.ts";
import { incidents } from "./attempt-rows.ts";
import { expectPage } from "./expect-page.ts";
import type { GoldenStack } from "./golden-stack.ts";

/** Jobs by what is wrong with their artifact: what the worker publishes, and what the gate says of it. */
const FAULTS = {
  "not-found": { reason: "http_status", url: "/gone", files: "/files.json", httpStatus: 404 },
  "sign-in": { reason: "sign_in_page", url: "/private", files: "/files.json", httpStatus: 302 },
  "no-files": { reason: "empty_file_list", url: "/report", files: "/none.json", httpStatus: 200 },
  "other-digest": {
    reason: "digest_mismatch",
    url: "/report",
    files: "/files.json",
    sha256: "0".repeat(64),
    httpStatus: 200,
  },
} as const;

/** Registers the scenario's tests. */
export function gateFailure(golden: () => GoldenStack): void {
  it.concurrent("scenario 10: 404, sign-in redirect, empty list, wrong digest: complete is blocked, incident artifact_missing has each reason, artifact_check records say what was found; page 4", async () => {
    const { found, events, inbox, pool: open } = golden();
    const pool = await open("gate-failure");
    const host = await ArtifactHost.start({
      "/report": page("<h1>report</h1>"),
      "/private": redirect("http://$HOST/login?next=/private"),
      "/login": page('<form action="/session"><input type="password"></form>'),
      "/files.json": page('["report"]', "application/json"),
      "/none.json": page("[]", "application/json"),
    });
    try {
      const jobs = Object.keys(FAULTS);
      pool.add(...jobs);
      const artifacts = Object.entries(FAULTS).map(([job, { url, files, ...fault }]) => {
        const sha256 = "sha256" in fault ? { sha256: fault.sha256 } : {};
        return [job, { url: `${host.origin}${url}`, filesUrl: `${host.origin}${files}`, ...sha256 }] as const;
      });
      const worker = await pool.start("w", {
        PHASES: "context,artifact,complete",
        HEARTBEATS: String(jobs.length),
        ARTIFACTS: JSON.stringify(Object.fromEntries(artifacts)),
      });
      expect(await worker.ended).toBe(0);
      // The worker went on to complete all the same, and was not let through.
      expect(worker.lines.filter((line) => line.startsWith("heartbeat"))).toEqual(
        jobs.map(() => "heartbeat ended with artifact_unverified"),
      );
      expect(pool.service.calls("complete")).toBe(0);
      expect(jobs.map((job) => pool.service.state(job))).toEqual(jobs.map(() => "running"));

      const rows = await poll("an incident of each job", async () => {
        const samples = await found("incidents", incidents(pool));
        return samples.length >= jobs.length ? samples : undefined;
      });
      const expected = Object.entries(FAULTS).map(([job, { reason }]) => `${job} artifact_missing ${reason} 1`);
      const seen = rows.map(
        ({ labels, value }) => `${labels["job_id"]} ${labels["kind"]} ${labels["reason"]} ${value}`,
      );
      expect(seen.sort()).toEqual(expected.sort());

      const checks = pool.records("w", { kind: "artifact_check" });
      expect(checks.map(({ jobId, data }) => [jobId, data["passed"], data["reason"], data["http_status"]])).toEqual(
        Object.entries(FAULTS).map(([job, { reason, httpStatus }]) => [job, false, reason, httpStatus]),
      );
      const attempts = jobs.map((jobId) => pool.records("w", { kind: "worker_job_attempt", jobId }).at(-1)?.data);
      for (const attempt of attempts)
        expect(attempt).toMatchObject({ state: "stuck", error_code: "artifact_missing", primary_artifact_ref: null });
      const refused = await events(pool.name, EVENTS.artifactRefused);
      expect(refused.map(({ attributes }) => attributes["reason"])).toEqual(
        Object.values(FAULTS).map(({ reason }) => reason),
      );

      for (const { labels } of rows) {
        const { job_id: job, trace_id: trace, reason } = labels;
        await expectPage(inbox, pool.name, { alert: "artifact_missing", worker: "w", job, trace, reason });
      }
    } finally {
      await host.close();
    }
  });
}
