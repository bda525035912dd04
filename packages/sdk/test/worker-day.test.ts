/** A worker's day against a job service in memory: what is claimed, counted, repaired and settled (R2, R4.8, R5, R6). */
import { afterEach, describe, expect, it } from "vitest";
import { type Job, memoryJournal } from "../src/index.ts";
import { day, type WorkerBench, type WorkerBenchOptions, workerBench } from "./worker-bench.ts";

let bench: WorkerBench;
afterEach(() => bench.close());

async function start(options: WorkerBenchOptions = {}): Promise<WorkerBench> {
  bench = await workerBench(options);
  return bench;
}

function names(): readonly string[] {
  return bench.spans.spans.map((span) => `${span.name}:${span.attributes["worker.phase.status"] ?? "-"}`);
}

function events(): readonly string[] {
  return bench.journal.events.map((event) => event.name ?? "");
}

describe("a normal day (golden scenario 2)", () => {
  it("settles the job, verifies its artifact and opens no incident", async () => {
    const { service, watchdog, rows, through } = await start();
    service.add({ id: "J1", deliverableId: "D1" });
    const job = await through(watchdog.heartbeat((beat) => day(bench, beat)));
    expect(job?.state).toBe("completed");
    expect(service.state("J1")).toBe("completed");
    const found = rows();
    expect(Object.keys(found).sort()).toEqual([
      "aliveAt",
      "claimArtifactVerifiedAt",
      "claimLeaseExpiresAt",
      "claimPolledAt",
      "claimProgressAt",
      "claimSettledAt",
      "claimStartedAt",
      "clockOffset",
      "noJobStreak",
      "silentHeartbeats",
      "startedAt",
    ]);
    expect(found["claimLeaseExpiresAt"]).toBe((found["claimStartedAt"] ?? 0) + 900);
    expect(names()).toEqual([
      "worker.heartbeat:-",
      "worker.doctor:ok",
      "worker.touch:ok",
      "worker.claim:ok",
      "worker.context:ok",
      "worker.progress:ok",
      "worker.artifact:ok",
      "worker.complete:ok",
    ]);
    expect(events()).toEqual([
      "worker.heartbeat.received",
      "worker.job.claimed",
      "worker.context.read",
      "worker.progress.written",
      "worker.artifact.verified",
      "worker.job.settled",
      "worker.complete.succeeded",
    ]);
  });

  it("says since when the process is there, and in which role: once, with the first sign of life", async () => {
    const { watchdog, clock, rawRows, through } = await start();
    const started = () => rawRows().filter(({ metric }) => metric === "startedAt");
    const firstMillis = clock.now();
    await through(watchdog.heartbeat((beat) => beat.doctor(() => bench.client.doctor())));
    await clock.advance(60_000);
    await through(watchdog.heartbeat((beat) => beat.doctor(() => bench.client.doctor())));
    expect(started().map(({ attributes, value }) => ({ attributes, value }))).toEqual([
      {
        attributes: { "worker.pool": "p", "worker.id": "w1", "worker.role": "builder" },
        value: firstMillis / 1_000,
      },
    ]);
  });

  it("makes the job's phases children of the claim, in the heartbeat's trace, and ends both at the claim", async () => {
    const { service, watchdog, spans, through } = await start();
    service.add({ id: "J1", deliverableId: "D1" });
    let endedAtClaim: readonly boolean[] = [];
    const job = await through(
      watchdog.heartbeat(async (beat) => {
        const claimed = await beat.claim(() => bench.client.claim());
        endedAtClaim = ["worker.heartbeat", "worker.claim"].map((name) => spans.named(name)[0]?.ended === true);
        await claimed?.context(() => bench.client.context("J1"));
        return claimed;
      }),
    );
    expect(endedAtClaim).toEqual([true, true]);
    const [claim] = spans.named("worker.claim");
    const [context] = spans.named("worker.context");
    const [heartbeat] = spans.named("worker.heartbeat");
    expect(context?.parentSpanId).toBe(claim?.spanId);
    expect(claim?.parentSpanId).toBe(heartbeat?.spanId);
    expect(job?.traceId).toBe(heartbeat?.traceId);
    expect(claim?.attributes).toMatchObject({ "job.id": "J1", "worker.claim.outcome": "job", "worker.pool": "p" });
  });

  it("keeps a signed query out of spans and records", async () => {
    const { service, watchdog, spans, journal, artifact, through } = await start();
    service.add({ id: "J1", deliverableId: "D1" });
    await through(
      watchdog.heartbeat(async (beat) => {
        const job = (await beat.claim(() => bench.client.claim())) as Job;
        const signed = await job.artifact(() => ({ ...artifact, url: `${artifact.url}?signature=s3cret` }));
        expect(signed.url).toContain("s3cret");
        await job.complete(signed, () => bench.client.complete("J1"));
      }),
    );
    expect(spans.named("worker.complete")[0]?.attributes["worker.artifact.url"]).toBe(artifact.url);
    expect(JSON.stringify([spans.spans, journal.events])).not.toContain("s3cret");
  });

  it("carries the gate's evidence on the complete span", async () => {
    const { service, watchdog, spans, through } = await start();
    service.add({ id: "J1", deliverableId: "D1" });
    await through(watchdog.heartbeat((beat) => day(bench, beat)));
    expect(spans.named("worker.complete")[0]?.attributes).toMatchObject({
      "worker.artifact.check_id": expect.stringMatching(/.+/),
      "worker.artifact.http_status": 200,
      "worker.artifact.file_count": 1,
    });
  });

  it("hands each phase a traceparent of its own span", async () => {
    const { watchdog, spans } = await start();
    let headers: Readonly<Record<string, string>> = {};
    let env: Readonly<Record<string, string>> = {};
    await watchdog.heartbeat((beat) =>
      beat.touch((context) => {
        ({ headers, env } = context);
        return bench.client.touch();
      }),
    );
    const [touch] = spans.named("worker.touch");
    expect(headers["traceparent"]).toBe(`00-${touch?.traceId}-${touch?.spanId}-01`);
    expect(env["TRACEPARENT"]).toBe(headers["traceparent"]);
  });
});

describe("empty claims (golden scenario 1)", () => {
  it("counts one a heartbeat, proposes a repair once a streak, and starts again after a job", async () => {
    const { service, watchdog, rows, through } = await start();
    for (const streak of [1, 2, 3, 4]) {
      await watchdog.heartbeat(async (beat) => {
        expect(await beat.claim(() => bench.client.claim())).toBe(undefined);
        expect(await beat.claim(() => bench.client.claim())).toBe(undefined);
      });
      expect(rows()["noJobStreak"]).toBe(streak);
      expect(events().filter((name) => name === "worker.no_job.proposal")).toHaveLength(streak < 3 ? 0 : 1);
    }
    const proposal = bench.journal.events.find((event) => event.name === "worker.no_job.proposal");
    expect(proposal?.data).toMatchObject({ no_job_streak: 3, backlog_pending: 2, backlog_kinds: ["video"] });
    service.add({ id: "J1", deliverableId: "D1" });
    await through(watchdog.heartbeat((beat) => day(bench, beat)));
    expect(rows()["noJobStreak"]).toBe(0);
  });

  it("keeps the streak over a restart, and over a claim that failed", async () => {
    const journal = memoryJournal();
    await start({ journal });
    for (let beat = 0; beat < 2; beat += 1)
      await bench.watchdog.heartbeat((it) => it.claim(() => bench.client.claim()));
    await bench.close();
    await start({ journal });
    bench.service.fault("claim", { result: { ok: false, error: "busy" } });
    await bench.watchdog.heartbeat((beat) => beat.claim(() => bench.client.claim()));
    expect(bench.rows()["claimIncidents{phase_failed,claim}"]).toBe(1);
    await bench.watchdog.heartbeat((beat) => beat.claim(() => bench.client.claim()));
    expect(bench.rows()).toMatchObject({ noJobStreak: 3, "claimIncidentsCleared{phase_failed,claim}": 1 });
  });

  it("does not propose where the policy does not allow it", async () => {
    const { watchdog } = await start({ policy: { self_heal: { allowed: ["retouch_worker"], requires_human: [] } } });
    for (let beat = 0; beat < 4; beat += 1) await watchdog.heartbeat((it) => it.claim(() => bench.client.claim()));
    expect(events()).not.toContain("worker.no_job.proposal");
  });
});

describe("no deliverable id (golden scenario 3)", () => {
  it("skips the upload with its reason, and clears the incident when the shared artifact is verified", async () => {
    const { service, watchdog, rows, spans, through } = await start();
    service.add({ id: "J1" });
    let uploads = 0;
    await through(
      watchdog.heartbeat(async (beat) => {
        const job = await beat.claim(() => bench.client.claim());
        expect(rows()["claimIncidents{missing_deliverable_id,none_assigned}"]).toBe(1);
        await job?.upload(() => {
          uploads += 1;
        });
        expect(rows()).not.toHaveProperty("claimIncidentsCleared{missing_deliverable_id,none_assigned}");
        await job?.artifact(() => bench.artifact);
      }),
    );
    expect(uploads).toBe(0);
    expect(spans.named("worker.upload")[0]?.attributes).toMatchObject({
      "worker.upload.skipped_reason": "no_deliverable_id",
      "worker.phase.status": "ok",
    });
    expect(rows()["claimIncidentsCleared{missing_deliverable_id,none_assigned}"]).toBe(1);
  });
});

describe("complete rejected for a missing kind (golden scenario 4)", () => {
  it("adds the kind and retries once", async () => {
    const { service, watchdog, rows, through } = await start();
    service.add({ id: "J1", deliverableId: "D1", artifactKinds: ["file_list"] });
    await through(watchdog.heartbeat((beat) => day(bench, beat)));
    expect(service.state("J1")).toBe("completed");
    expect(names().filter((name) => name.startsWith("worker.complete"))).toEqual([
      "worker.complete:retried",
      "worker.complete:ok",
    ]);
    expect(Object.keys(rows()).filter((row) => row.includes("complete_rejected"))).toEqual([]);
    expect(bench.journal.events.find((event) => event.name === "worker.repair")?.data).toMatchObject({
      action: "complete_with_required_artifacts",
      authority: "worker",
      result: "success",
    });
  });

  it("is final when it is rejected again: one incident, one retry, and the job not done", async () => {
    const { service, watchdog, rows, through } = await start();
    service.add({ id: "J1", deliverableId: "D1" });
    service.fault("complete", { result: { ok: false, error: "missing_artifact_kind", missing_kinds: ["video"] } }, 2);
    await expect(through(watchdog.heartbeat((beat) => day(bench, beat)))).rejects.toMatchObject({
      code: "complete_rejected",
      reason: "missing_artifact_kind",
    });
    expect(service.calls("complete")).toBe(2);
    expect(rows()).toMatchObject({ "claimIncidents{complete_rejected,missing_artifact_kind}": 1 });
    expect(rows()).not.toHaveProperty("claimSettledAt");
    expect(service.state("J1")).toBe("running");
  });

  it("is final at once when the kind can not be added, or the reason is another", async () => {
    await start({ canAddKinds: false });
    bench.service.add({ id: "J1", deliverableId: "D1", artifactKinds: ["video"] });
    await expect(bench.through(bench.watchdog.heartbeat((beat) => day(bench, beat)))).rejects.toMatchObject({
      reason: "kind_not_addable",
    });
    expect(bench.service.calls("complete")).toBe(1);
    bench.service.add({ id: "J2", deliverableId: "D1" });
    bench.service.fault("complete", { result: { ok: false, error: "no_primary_artifact" } });
    await expect(bench.through(bench.watchdog.heartbeat((beat) => day(bench, beat)))).rejects.toMatchObject({
      reason: "no_primary_artifact",
    });
    expect(bench.rows()).toMatchObject({
      "claimIncidents{complete_rejected,kind_not_addable}": 1,
      "claimIncidents{complete_rejected,no_primary_artifact}": 1,
    });
  });

  it("is cleared by fail(reason), once the queue has acknowledged it", async () => {
    const { service, watchdog, rows, through } = await start();
    service.add({ id: "J1", deliverableId: "D1" });
    service.fault("complete", { result: { ok: false, error: "other" } });
    service.fault("fail", { throws: new TypeError("fetch failed") });
    await through(
      watchdog.heartbeat(async (beat) => {
        const job = (await beat.claim(() => bench.client.claim())) as Job;
        const artifact = await job.artifact(() => bench.artifact);
        await expect(job.complete(artifact, () => bench.client.complete("J1"))).rejects.toMatchObject({
          code: "complete_rejected",
        });
        expect(await job.fail("rejected", () => bench.client.fail("J1"))).toBe(false);
        expect(job.state).toBe("stuck");
        expect(rows()).not.toHaveProperty("claimIncidentsCleared{complete_rejected,other}");
        expect(await job.fail("rejected", () => bench.client.fail("J1"))).toBe(true);
        expect(job.state).toBe("failed");
      }),
    );
    expect(rows()).toMatchObject({
      "claimIncidentsCleared{complete_rejected,other}": 1,
      claimSettledAt: expect.any(Number),
    });
    expect(Object.keys(rows()).some((row) => row.includes("artifact_missing"))).toBe(false);
  });
});

describe("job not found after the claim (golden scenario 5)", () => {
  it.each(["context", "progress", "complete"] as const)(
    "is one incident from %s, and nothing is completed",
    async (phase) => {
      const { service, watchdog, rows, through } = await start();
      service.add({ id: "J1", deliverableId: "D1" });
      service.fault(phase, { result: { ok: false, error: "job_not_found" } });
      await expect(through(watchdog.heartbeat((beat) => day(bench, beat)))).rejects.toMatchObject({
        code: "job_not_found",
      });
      expect(rows()[`claimIncidents{job_not_found,${phase}}`]).toBe(1);
      expect(Object.keys(rows()).filter((row) => row.startsWith("claimIncidents"))).toHaveLength(1);
      expect(service.calls("complete")).toBe(phase === "complete" ? 1 : 0);
      expect(events()).toContain("worker.artifact.verified");
      expect(rows()).not.toHaveProperty("claimSettledAt");
    },
  );
});

describe("the artifact gate (R5)", () => {
  it("stops the job at a missing artifact, and clears when a better one is published", async () => {
    const { service, watchdog, rows, through } = await start();
    service.add({ id: "J1", deliverableId: "D1" });
    await through(
      watchdog.heartbeat(async (beat) => {
        const job = (await beat.claim(() => bench.client.claim())) as Job;
        const gone = bench.artifact.url.replace("report", "gone");
        await expect(job.artifact(() => ({ ...bench.artifact, url: gone }))).rejects.toMatchObject({
          code: "artifact_refused",
          reason: "http_status",
        });
        expect(rows()["claimIncidents{artifact_missing,http_status}"]).toBe(1);
        expect(job.state).toBe("stuck");
        const artifact = await job.artifact(() => bench.artifact);
        expect(rows()["claimIncidentsCleared{artifact_missing,http_status}"]).toBe(1);
        await job.complete(artifact, () => bench.client.complete("J1"));
      }),
    );
    expect(service.state("J1")).toBe("completed");
  });

  it("counts an artifact that could not be published", async () => {
    const { service, watchdog, rows, through } = await start();
    service.add({ id: "J1", deliverableId: "D1" });
    const failed = through(
      watchdog.heartbeat(async (beat) => {
        const job = await beat.claim(() => bench.client.claim());
        await job?.artifact(() => Promise.reject(new Error("disk full")));
      }),
    );
    await expect(failed).rejects.toMatchObject({
      code: "artifact_refused",
      reason: "publish_failed",
      cause: new Error("disk full"),
    });
    expect(rows()["claimIncidents{artifact_missing,publish_failed}"]).toBe(1);
  });

  it("refuses a complete with anything but this attempt's artifact, and does not ask the queue", async () => {
    const { service, watchdog, through } = await start();
    service.add({ id: "J1", deliverableId: "D1" });
    service.add({ id: "J2", deliverableId: "D1" });
    await through(
      watchdog.heartbeat(async (beat) => {
        const job = (await beat.claim(() => bench.client.claim())) as Job;
        const verified = await job.artifact(() => bench.artifact);
        const copy = { ...verified } as typeof verified;
        await expect(job.complete(copy, () => bench.client.complete("J1"))).rejects.toMatchObject({
          code: "artifact_unverified",
        });
        await job.release("other first", () => bench.client.release("J1"));
        await expect(job.complete(verified, () => bench.client.complete("J1"))).rejects.toMatchObject({
          code: "job_settled",
        });
      }),
    );
    let first: Awaited<ReturnType<Job["artifact"]>> | undefined;
    for (const _ of [1, 2]) {
      await through(
        watchdog.heartbeat(async (beat) => {
          const job = (await beat.claim(() => bench.client.claim())) as Job;
          if (first !== undefined) {
            await expect(job.complete(first, () => bench.client.complete(job.id))).rejects.toMatchObject({
              code: "artifact_unverified",
            });
          }
          first = await job.artifact(() => bench.artifact);
        }),
      );
    }
    expect(service.calls("complete")).toBe(0);
  });

  it("says that the attempt ended without an artifact, once", async () => {
    const { service, watchdog, rows } = await start();
    service.add({ id: "J1", deliverableId: "D1" });
    await watchdog.heartbeat((beat) => beat.claim(() => bench.client.claim()));
    expect(rows()["claimIncidents{artifact_missing,attempt_ended}"]).toBe(1);
  });

  it.each(["fail", "pause", "release"] as const)("is not missed after %s", async (end) => {
    const { service, watchdog, rows, through } = await start();
    service.add({ id: "J1", deliverableId: "D1" });
    await through(
      watchdog.heartbeat(async (beat) => {
        const job = await beat.claim(() => bench.client.claim());
        expect(await job?.[end]("no input", () => bench.client[end]("J1"))).toBe(true);
      }),
    );
    expect(rows()).toHaveProperty("claimSettledAt");
    // What goes back to the queue is no end of the job, for the objectives of its pool.
    expect(rows()["claimReleasedAt"]).toBe(end === "fail" ? undefined : rows()["claimSettledAt"]);
    expect(Object.keys(rows()).some((row) => row.startsWith("claimIncidents"))).toBe(false);
  });
});
