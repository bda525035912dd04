/** Alert 12 (design §7): a complete that ended ok with no proof, as the Collector alone sees it, from any language. */
import { join } from "node:path";
import { ATTRIBUTES, METRICS } from "@worker-watchdog/sdk/semconv";
import { expect, it } from "vitest";
import { poll } from "../poll.ts";
import { newest } from "./attempt-rows.ts";
import { expectPage } from "./expect-page.ts";
import type { GoldenStack } from "./golden-stack.ts";

const FOREIGN = join(import.meta.dirname, "foreign-worker.sh");
const UNPROVEN = METRICS.completeUnprovenAt.prometheusName;
const { artifactCheckId, artifactFileCount, artifactStatus, jobId, phase, phaseStatus, workerId, workerPool } =
  ATTRIBUTES;

type Value = string | number;
const proof: Readonly<Record<string, Value>> = {
  [artifactCheckId.key]: "check-1",
  [artifactStatus.key]: 200,
  [artifactFileCount.key]: 1,
};

/** Spans by what they say: each is the complete of a job with that name, if nothing else is said. */
const SPANS: Readonly<
  Record<
    string,
    { readonly says: Readonly<Record<string, Value | undefined>>; readonly isError?: true; readonly pages: boolean }
  >
> = {
  "no-proof": { says: {}, pages: true },
  "said-ok": { says: { [phaseStatus.key]: "ok" }, pages: true },
  "said-ok-of-an-error": { says: { [phaseStatus.key]: "ok" }, isError: true, pages: true },
  "no-check": { says: { ...proof, [artifactCheckId.key]: undefined }, pages: true },
  "empty-check": { says: { ...proof, [artifactCheckId.key]: "" }, pages: true },
  "no-status": { says: { ...proof, [artifactStatus.key]: undefined }, pages: true },
  "status-400": { says: { ...proof, [artifactStatus.key]: 400 }, pages: true },
  "status-199": { says: { ...proof, [artifactStatus.key]: 199 }, pages: true },
  "status-of-words": { says: { ...proof, [artifactStatus.key]: "fine" }, pages: true },
  "no-count": { says: { ...proof, [artifactFileCount.key]: undefined }, pages: true },
  "no-file": { says: { ...proof, [artifactFileCount.key]: 0 }, pages: true },
  proven: { says: { ...proof, [phaseStatus.key]: "ok" }, pages: false },
  "proven-by-redirect": { says: { ...proof, [artifactStatus.key]: 302 }, pages: false },
  "proven-399": { says: { ...proof, [artifactStatus.key]: 399 }, pages: false },
  // Many clients know attributes of text alone.
  "proven-in-text": { says: { ...proof, [artifactStatus.key]: "200", [artifactFileCount.key]: "12" }, pages: false },
  failed: { says: { [phaseStatus.key]: "failed" }, pages: false },
  retried: { says: { [phaseStatus.key]: "retried" }, pages: false },
  error: { says: {}, isError: true, pages: false },
  "another-phase": { says: { [phase.key]: "build" }, pages: false },
  "no-phase": { says: { [phase.key]: undefined }, pages: false },
};

/** Registers its tests. */
export function falseGreen(golden: () => GoldenStack): void {
  it.concurrent("alert 12: a worker in plain sh completes a job and proves nothing: its first complete is page 12, with its own job and trace", async () => {
    const { found, inbox, pool: open } = golden();
    const pool = await open("false-green");
    pool.add("G1");
    const worker = await pool.start("sh-green", { COMPLETES: "yes" }, FOREIGN);
    await worker.says("completed G1");
    expect([await worker.ended, pool.service.state("G1")]).toEqual([0, "completed"]);
    const [row] = await found("the unproven complete", newest(pool, "completeUnprovenAt"));
    expect(row?.labels).toEqual({
      worker_pool: pool.name,
      worker_id: "sh-green",
      job_id: "G1",
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    await expectPage(inbox, pool.name, {
      alert: "false_green",
      worker: "sh-green",
      job: "G1",
      trace: row?.labels["trace_id"],
      phase: "complete",
    });
    expect(inbox.told(pool.name)).toEqual(["FalseGreen:sh-green:firing"]);
  });

  it.concurrent("alert 12: what is proof and what is none, span by span; each sample stands for itself, and the Collector goes on saying nothing", async () => {
    const { found, inbox, query, stack } = golden();
    const pool = "proofs";
    const name = (labels: Readonly<Record<string, string>>) => labels["job_id"] ?? "";
    for (const [job, { says, isError = false }] of Object.entries(SPANS)) {
      const attributes = {
        [workerPool.key]: pool,
        [workerId.key]: "w",
        [jobId.key]: job,
        [phase.key]: "complete",
        ...says,
      };
      await sendSpan(stack.otlpEndpoint, attributes, isError);
    }
    // Last: when it is there, the others were looked at.
    await sendSpan(stack.otlpEndpoint, { [phase.key]: "complete" }, false, pool);
    await found("the last one", `last_over_time(${UNPROVEN}{worker_pool="${pool}",worker_id="on-the-resource"}[10m])`);

    const expected = Object.keys(SPANS).filter((job) => SPANS[job]?.pages === true);
    const rows = await query(`last_over_time(${UNPROVEN}{worker_pool="${pool}",worker_id="w"}[10m])`);
    expect(rows.map(({ labels }) => name(labels)).sort()).toEqual([...expected].sort());
    await poll("page 12 of each job", () => {
      const told = inbox.pages.filter(({ labels }) => labels["worker_pool"] === pool);
      return new Set(told.map(({ labels }) => name(labels))).size > expected.length ? true : undefined;
    });
    // A span without a job is a page of its own, and says none.
    const [jobless] = inbox.pages.filter(({ labels }) => labels["worker_id"] === "on-the-resource");
    expect(jobless?.text).toContain("; job=none; evidence=trace ");
    // One sample each, and no more (R12): the connector keeps no series.
    expect(await query(`max(count_over_time(${UNPROVEN}{worker_pool="${pool}"}[10m]))`)).toMatchObject([{ value: 1 }]);
  });
}

async function sendSpan(
  endpoint: string,
  said: Readonly<Record<string, Value | undefined>>,
  isError: boolean,
  poolOfResource?: string,
): Promise<void> {
  const hex = (bytes: number): string => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("hex");
  const list = (attributes: Readonly<Record<string, Value | undefined>>): readonly object[] =>
    Object.entries(attributes).flatMap(([key, value]) => {
      if (value === undefined) return [];
      return [{ key, value: typeof value === "string" ? { stringValue: value } : { intValue: String(value) } }];
    });
  const nanos = `${BigInt(Date.now()) * 1_000_000n}`;
  const span = {
    traceId: hex(16),
    spanId: hex(8),
    name: "finish",
    kind: 1,
    startTimeUnixNano: nanos,
    endTimeUnixNano: nanos,
    attributes: list(said),
    ...(isError ? { status: { code: 2 } } : {}),
  };
  const identity =
    poolOfResource === undefined ? {} : { [workerPool.key]: poolOfResource, [workerId.key]: "on-the-resource" };
  const resource = { attributes: list({ "service.name": "somebody-elses-worker", ...identity }) };
  const response = await fetch(`${endpoint}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
  });
  expect(response.status).toBe(200);
}
