import { existsSync } from "node:fs";
import { join } from "node:path";
import { defaultPolicy } from "@worker-watchdog/sdk/policy";
import { describe, expect, it } from "vitest";
import type { Sample } from "./prometheus.ts";
import { runRetire } from "./run-retire.ts";
import { runSettle, settleTarget } from "./run-settle.ts";

const NOW = 1_000;
/** Below a file, where none can be made. */
const JOURNAL = join(import.meta.filename, "journal.db");
const of = (worker: string, pool = "p", job = "J1") => ({
  worker_pool: pool,
  worker_id: worker,
  job_id: job,
  trace_id: `t-${worker}`,
});

/** A Prometheus that answers by the metric that a query names first. */
function prometheus(known: Readonly<Record<string, readonly Sample[]>>) {
  return {
    query: async (promql: string) => {
      const first = /(?:last_over_time\(|^)(attempt:[\w:]+|worker_\w+|ALERTS)\b/.exec(promql)?.[1] ?? "";
      return known[first] ?? [];
    },
    now: async () => NOW,
    mustRunRules: async () => {},
  };
}

function call(known: Readonly<Record<string, readonly Sample[]>>) {
  const printed: string[] = [];
  const context = {
    print: (line: string) => void printed.push(line),
    complain: (line: string) => void printed.push(line),
    directory: "/",
    environment: {},
  };
  const shared = {
    operator: { name: "ada", reason: "r" },
    policy: defaultPolicy,
    prometheus: prometheus(known),
    values: { journal: JOURNAL },
    context,
  };
  return {
    printed,
    settle: (target: object) =>
      runSettle({
        ...shared,
        target: { job: undefined, worker: undefined, pool: undefined, cluster: undefined, kind: undefined, ...target },
      }),
    retire: (options: object) =>
      runRetire({ ...shared, worker: "w", pool: undefined, cluster: undefined, isForced: false, ...options }),
  };
}

const LEASE = "attempt:worker_claim_lease_expires_at_seconds:max_open";
const INCIDENTS = "worker_claim_incidents";

describe("settle", () => {
  it.each<[string, Readonly<Record<string, readonly Sample[]>>, string, string]>([
    ["a job that Prometheus does not know", {}, "job_not_found", "found no job J1 at Prometheus"],
    [
      "a job in two pools",
      { [LEASE]: [of("w"), of("w", "q")].map((labels) => ({ labels, value: NOW })) },
      "invalid_option",
      "open with 2 pools (p, q), allowed one: add --pool",
    ],
    [
      "a job that another worker has by now",
      {
        [LEASE]: [{ labels: of("second"), value: NOW }],
        [INCIDENTS]: [{ labels: { ...of("first"), kind: "job_not_found", reason: "context" }, value: 1 }],
      },
      "invalid_option",
      "open with 2 workers (first, second), allowed one: add --worker",
    ],
  ])("%s is refused, and nothing is done", async (_, known, code, message) => {
    await expect(call(known).settle({ job: "J1" })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
    expect(existsSync(JOURNAL)).toBe(false);
  });

  it("what is not the job's stays, with the command that closes it", async () => {
    const dead = { ...of("w"), kind: "session_dead", reason: "token_revoked" };
    const { settle, printed } = call({
      [INCIDENTS]: [{ labels: dead, value: 1 }],
      ALERTS: [
        { labels: { ...dead, alertname: "SessionDead", alert_key: "session_dead", severity: "critical" }, value: 1 },
      ],
      worker_claim_started_at_seconds: [{ labels: of("w"), value: 1 }],
    });
    expect(await settle({ job: "J1" })).toBe(0);
    expect(printed).toEqual([
      "job J1: nothing is open that this closes.",
      "still open: SessionDead (critical, token_revoked), job J1, worker w; watchdog settle --worker w --pool p --kind session_dead --reason …",
    ]);
  });

  it.each<[object, string]>([
    [{}, "found neither a job nor a worker's kind of incident"],
    [{ worker: "w" }, "allowed --job ID, or --worker ID with --kind KIND"],
    [{ job: "J1", kind: "lease_expired" }, '--kind: found "lease_expired", allowed artifact_missing, '],
  ])("%j is wrong usage", (values, message) => {
    expect(() => settleTarget(values as never)).toThrow(message);
  });
});

describe("retire", () => {
  const alive = (pool = "p") => ({ labels: { worker_pool: pool, worker_id: "w" }, value: NOW - 5_000 });
  it.each<[string, Readonly<Record<string, readonly Sample[]>>, string, string]>([
    ["a worker that Prometheus does not know", {}, "worker_not_found", "found no sign of life of w at Prometheus"],
    [
      "a worker of two pools",
      { worker_alive_at_seconds: [alive(), alive("q")] },
      "invalid_option",
      "found w in 2 pools (p, q), allowed one: add --pool",
    ],
    [
      "a worker that holds a job",
      { worker_alive_at_seconds: [alive()], [LEASE]: [{ labels: of("w"), value: NOW + 1 }] },
      "invalid_option",
      "holds job J1, leased until 1970-01-01T00:16:41.000Z",
    ],
  ])("%s is refused, and nothing is done", async (_, known, code, message) => {
    await expect(call(known).retire({})).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    expect(existsSync(JOURNAL)).toBe(false);
  });

  it.each<[string, Readonly<Record<string, readonly Sample[]>>, object]>([
    ["a lease that has run out holds nothing", { [LEASE]: [{ labels: of("w"), value: NOW }] }, {}],
    [
      "--force retires a worker that holds a job",
      { [LEASE]: [{ labels: of("w"), value: NOW + 1 }] },
      { isForced: true },
    ],
  ])("%s: it goes on to the journal", async (_, known, options) => {
    const { retire } = call({ worker_alive_at_seconds: [alive()], ...known });
    await expect(retire(options)).rejects.toMatchObject({ code: "journal_unusable" });
  });

  it("one that signed off is left as it is; the pages of its jobs are named", async () => {
    const { retire, printed } = call({
      worker_alive_at_seconds: [alive()],
      worker_stopped_at_seconds: [alive()],
      ALERTS: [
        { labels: { ...of("w"), alertname: "LeaseExpired", alert_key: "lease_expired", severity: "high" }, value: 1 },
      ],
    });
    expect(await retire({})).toBe(0);
    expect(printed).toEqual([
      "worker w, pool p: it has signed off or was retired; nothing is open that this closes.",
      "still open: LeaseExpired (high), job J1, worker w; watchdog settle --job J1 --reason …",
    ]);
  });
});
