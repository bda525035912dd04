import { setTimeout as sleep } from "node:timers/promises";
import { jobFromResult, jsonResult } from "@worker-watchdog/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Activity } from "./activity.ts";
import type { JobOrder } from "./job-order.ts";
import { type OrderDesk, startJobServiceProcess } from "./job-service-client.ts";

let service: OrderDesk;
const activities: Activity[] = [];

beforeAll(async () => {
  service = await startJobServiceProcess({
    artifactHostUrl: "http://127.0.0.1:1",
    onActivity: (activity) => activities.push(activity),
    onExit: (error) => {
      throw error;
    },
  });
});
afterAll(() => service?.stop());

async function ask(
  path: string,
  body: object,
  token = service.workerToken,
): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`${service.url}/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  return { http: response.status, ...(await jsonResult(response)) };
}

const order: JobOrder = {
  payload: { title: "Sales", inputs: ["/tmp/sales.csv"], build_seconds: 0 },
  artifactKinds: ["html_report", "file_list"],
  deliverableId: "slot-1",
  leaseSeconds: 600,
};

/** A pool with one job in it, and how a worker of the pool asks. */
async function poolWith(pool: string, change: Partial<JobOrder> = {}) {
  const id = await service.order(pool, { ...order, ...change });
  const worker = (name: string) => ({
    claim: () => ask("v1/claim", { worker_id: name, pool }),
    job: (command: string, more: object = {}) => ask(`v1/jobs/${id}/${command}`, { worker_id: name, pool, ...more }),
  });
  return { id, worker };
}

const completion = { url: "http://127.0.0.1:1/index.html", kinds: ["html_report", "file_list"] };

describe("the job service", () => {
  it("knows its workers by their token", async () => {
    const body = { worker_id: "w", pool: "p" };
    expect(await ask("v1/doctor", body)).toMatchObject({
      http: 200,
      ok: true,
      token_present: true,
      touch: { ok: true },
    });
    expect(await ask("v1/doctor", body, "other")).toMatchObject({ ok: false, token_present: false });
    expect(await ask("v1/touch", body)).toMatchObject({ ok: true, touched: true });
    expect(await ask("v1/touch", body, "other")).toMatchObject({ http: 401, ok: false });
    expect(await ask("admin/jobs", {})).toMatchObject({ http: 401 });
  });

  it("gives a job in the shape that the library reads, once", async () => {
    const { id, worker } = await poolWith("shape");
    const claimed = await worker("w1").claim();
    const job = jobFromResult(claimed);
    expect(job).toMatchObject({
      id,
      deliverableId: "slot-1",
      artifactKinds: order.artifactKinds,
      payload: order.payload,
    });
    expect(Number(job?.leaseExpiresAt) - Number(job?.queueTime)).toBeGreaterThan(595);
    expect(Number(job?.leaseExpiresAt) - Number(job?.queueTime)).toBeLessThanOrEqual(600);
    expect(await worker("w2").claim()).toMatchObject({ ok: true, job: null });
  });

  it("runs a job from context to completion, and extends its lease on the way", async () => {
    const { id, worker } = await poolWith("day");
    const w1 = worker("w1");
    const claimed = jobFromResult(await w1.claim());
    expect(await w1.job("context")).toMatchObject({ ok: true, job: { id } });
    await sleep(50);
    const progress = await w1.job("progress", { stage: "building_artifact" });
    expect(progress).toMatchObject({ status: "running" });
    expect(Number(progress["lease_expires_at"])).toBeGreaterThan(Number(claimed?.leaseExpiresAt));
    expect(await w1.job("upload")).toMatchObject({ upload_url: "http://127.0.0.1:1/deliverables/slot-1/" });
    expect(await w1.job("complete", completion)).toMatchObject({ http: 200, ok: true, status: "completed" });
    expect(await w1.job("progress")).toMatchObject({ ok: false, error: "lease_lost" });
    expect(activities.findLast((seen) => seen.pool === "day" && seen.stage === "building_artifact")).toMatchObject({
      worker: "w1",
      jobId: id,
      outcome: "ok",
      leaseExpiresAt: progress["lease_expires_at"],
    });
  });

  it("gives a job to another worker once its lease is over, and refuses the late completion", async () => {
    const { id, worker } = await poolWith("lease", { leaseSeconds: 10 });
    const [slow, next] = [worker("slow"), worker("next")];
    await slow.claim();
    expect(await next.claim()).toMatchObject({ job: null });
    await expect.poll(async () => jobFromResult(await next.claim())?.id, { interval: 500 }).toBe(id);
    expect(await slow.job("complete", completion)).toMatchObject({ http: 409, ok: false, error: "lease_lost" });
    expect(await slow.job("progress")).toMatchObject({ error: "lease_lost" });
    expect(await next.job("complete", completion)).toMatchObject({ ok: true });
  });

  it("refuses a completion that does not meet the contract, and takes the repaired one", async () => {
    const { worker } = await poolWith("contract", { fault: "late_kind" });
    const w1 = worker("w1");
    await w1.claim();
    expect(await w1.job("complete", { kinds: completion.kinds })).toMatchObject({ error: "no_primary_artifact" });
    expect(await w1.job("complete", completion)).toMatchObject({
      http: 409,
      ok: false,
      status: "rejected",
      error: "missing_artifact_kind",
      missing_kinds: ["summary_csv"],
    });
    const repaired = { ...completion, kinds: [...completion.kinds, "summary_csv"] };
    expect(await w1.job("complete", repaired)).toMatchObject({ ok: true });
  });

  it("does what each fault says", async () => {
    const frozen = (await poolWith("frozen", { fault: "renewal_refused" })).worker("w1");
    const lease = jobFromResult(await frozen.claim())?.leaseExpiresAt;
    expect(await frozen.job("progress", { stage: "building" })).toMatchObject({
      status: "running",
      lease_expires_at: lease,
    });
    expect(await frozen.job("progress", { stage: "keep_alive" })).toMatchObject({
      ok: false,
      error: "renewal_refused",
    });

    const lost = await poolWith("lost", { fault: "deleted_after_claim" });
    expect(jobFromResult(await lost.worker("w1").claim())?.id).toBe(lost.id);
    for (const command of ["context", "progress", "complete", "fail"])
      expect(await lost.worker("w1").job(command, completion)).toMatchObject({
        http: 404,
        ok: false,
        error: "job_not_found",
      });

    const never = (await poolWith("never", { fault: "refused_kind" })).worker("w1");
    await never.claim();
    const kinds = [...completion.kinds, "summary_csv"];
    expect(await never.job("complete", { ...completion, kinds })).toMatchObject({ missing_kinds: ["summary_csv"] });
  });

  it("takes a job back: released at once, paused for later, failed for good", async () => {
    const released = await poolWith("released");
    await released.worker("w1").claim();
    expect(await released.worker("w1").job("release", { reason: "stopping" })).toMatchObject({ ok: true });
    expect(jobFromResult(await released.worker("w2").claim())?.id).toBe(released.id);

    for (const ending of ["pause", "fail"]) {
      const ended = await poolWith(ending);
      await ended.worker("w1").claim();
      expect(await ended.worker("w1").job(ending, { reason: "r" })).toMatchObject({ ok: true });
      expect(await ended.worker("w2").claim()).toMatchObject({ job: null });
    }
    expect(await ask("v1/backlog", { worker_id: "w", pool: "pause" })).toMatchObject({ waiting: 1 });
    expect(await ask("v1/backlog", { worker_id: "w", pool: "fail" })).toMatchObject({ waiting: 0 });
  });

  it("answers nonsense with JSON and no stack", async () => {
    const unknown = { worker_id: "w", pool: "p" };
    expect(await ask("v1/jobs/not-a-uuid/context", unknown)).toMatchObject({ http: 404, error: "job_not_found" });
    expect(await ask("v1/dance", unknown)).toMatchObject({ http: 404 });
    expect(await ask("v1/claim", { pool: "p" })).toMatchObject({ http: 400, error: "worker_unknown" });
  });
});
