import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createPolicy } from "@worker-watchdog/sdk/policy";
import { findFreePorts, provideServers } from "@worker-watchdog/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ALERTS, type AlertDefinition } from "../src/index.ts";
import { alertRuleTest } from "../src/rule-tests/expectation.ts";
import { eventually, type PageReceiver, startPageReceiver } from "./page-receiver.ts";
import { writeGenerated } from "./run-program.ts";

// Everything that users get, only faster: what is tested here does not depend on the waits.
const wait = { group_wait_seconds: 1 };
const policy = createPolicy({
  severities: { critical: wait, high: wait, medium: wait, low: wait },
  pipeline: { group_interval_seconds: 1 },
});

let folder: string;
let alertmanager: ChildProcess;
let receiver: PageReceiver;
let api: string;

beforeAll(async () => {
  const { alertmanager: program } = await provideServers({ names: ["alertmanager"] });
  receiver = await startPageReceiver();
  folder = await writeGenerated(policy, { webhookUrl: receiver.url });
  const [port] = await findFreePorts(1);
  alertmanager = spawn(
    program.path,
    [
      `--config.file=${join(folder, "prometheus-rules/alertmanager.yml")}`,
      `--storage.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--cluster.listen-address=",
    ],
    { stdio: "ignore" },
  );
  api = `http://127.0.0.1:${port}/api/v2`;
  await eventually("Alertmanager is ready", async () =>
    (await fetch(`${api}/status`).catch(() => undefined))?.ok ? true : undefined,
  );
});

afterAll(async () => {
  if (alertmanager.exitCode === null) {
    alertmanager.kill();
    await once(alertmanager, "exit");
  }
  await receiver.close();
  await rm(folder, { recursive: true, force: true });
});

interface PostedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly endsAt?: string;
}

async function post(...alerts: readonly PostedAlert[]): Promise<void> {
  const body = JSON.stringify(alerts);
  const response = await fetch(`${api}/alerts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  expect(response.status, await response.text()).toBe(200);
}

/** An alert with exactly the labels and annotations that the rule gives it. */
function posted(key: AlertDefinition["key"], labels: Readonly<Record<string, string>>): PostedAlert {
  const rule = alertRuleTest({ at: 0, alert: key, firing: [{ labels, value: 1 }] }, policy);
  return {
    labels: { alertname: rule.alertname, ...rule.exp_alerts[0]?.exp_labels },
    annotations: rule.exp_alerts[0]?.exp_annotations ?? {},
  };
}

const ended = (alert: PostedAlert): PostedAlert => ({ ...alert, endsAt: new Date(Date.now() - 1).toISOString() });

/** A kind of alert as it stands in a pair: alert 4 in both its parts, alert 10 by phase, and before a claim without a job. */
interface Kind {
  readonly name: string;
  readonly key: AlertDefinition["key"];
  readonly hasJob: boolean;
  readonly reason?: string;
  readonly isOfPool: boolean;
}

const REASONS: Readonly<Partial<Record<AlertDefinition["key"], readonly string[]>>> = {
  artifact_missing: ["lease_expiring", "http_status"],
  phase_failed: ["doctor", "context", "own_phase", "complete"],
  phase_failed_pool: ["context"],
};

/** The pipeline's own: no pool and no worker has them. They are tried one after another, for one of them mutes everywhere. */
const OF_PIPELINE = ALERTS.filter(({ scope }) => scope === "pipeline").map(({ key }) => key);

const KINDS: readonly Kind[] = ALERTS.filter(({ scope }) => scope !== "pipeline").flatMap(
  ({ key, scope }): readonly Kind[] => {
    const hasJob = scope === "attempt" || scope === "event";
    const isOfPool = scope === "pool";
    return (REASONS[key] ?? [undefined]).map((reason) =>
      reason === undefined
        ? { name: key, key, hasJob, isOfPool }
        : { name: `${key}:${reason}`, key, hasJob: hasJob && reason !== "doctor", isOfPool, reason },
    );
  },
);

const FAILED = ["phase_failed:doctor", "phase_failed:context", "phase_failed:own_phase", "phase_failed:complete"];

/** R4.4, for the alerts that there are: source over targets. */
const MUTES: Readonly<Record<string, readonly string[]>> = {
  session_dead: [
    "lease_expiring_with_claimed_job",
    "artifact_missing:lease_expiring",
    "artifact_missing:http_status",
    "repeated_no_job",
    "lease_expired",
    "queue_stuck",
    "silent_loop",
    ...FAILED,
    "worker_absent",
  ],
  job_not_found_after_claim: [
    "lease_expiring_with_claimed_job",
    "artifact_missing:lease_expiring",
    "artifact_missing:http_status",
    "lease_expired",
    "queue_stuck",
    ...FAILED,
  ],
  lease_expired: [
    "queue_stuck",
    "lease_expiring_with_claimed_job",
    "artifact_missing:lease_expiring",
    "artifact_missing:http_status",
  ],
  lease_expiring_with_claimed_job: ["artifact_missing:lease_expiring"],
  worker_absent: ["repeated_no_job", "queue_stuck", "silent_loop", ...FAILED],
  repeated_no_job_pool: ["repeated_no_job"],
  queue_stuck_pool: ["queue_stuck"],
  silent_loop_pool: ["silent_loop"],
  "phase_failed_pool:context": ["phase_failed:context"],
  worker_absent_pool: ["worker_absent"],
  repair_exhausted_pool: ["repair_exhausted"],
  "phase_failed:doctor": FAILED.slice(1),
  "phase_failed:context": FAILED.slice(2),
  telemetry_rows_missing: [
    "lease_expiring_with_claimed_job",
    "artifact_missing:lease_expiring",
    "lease_expired",
    "queue_stuck",
    "silent_loop",
    "worker_absent",
  ],
};

/** What an alert of the pipeline mutes, in every pool. */
const MUTES_EVERYWHERE: Readonly<Record<string, readonly string[]>> = {
  telemetry_catching_up: [
    "lease_expiring_with_claimed_job",
    "artifact_missing:lease_expiring",
    "lease_expired",
    "queue_stuck",
    "queue_stuck_pool",
    "silent_loop",
    "silent_loop_pool",
    "worker_absent",
    "worker_absent_pool",
    "artifact_error_budget_burn",
    "lease_error_budget_burn",
  ],
};

function ofKind({ key, hasJob, isOfPool, reason }: Kind, over: Readonly<Record<string, string>>): PostedAlert {
  const { job_id = "J1", worker_pool = "reports", worker_id = "w1", reason: other } = over;
  return posted(key, {
    worker_pool,
    ...(isOfPool ? {} : { worker_id }),
    ...(hasJob ? { job_id, trace_id: "t1" } : {}),
    ...(reason === undefined ? {} : { kind: key, reason: other ?? reason }),
  });
}

async function inhibited(filter: string): Promise<ReadonlyMap<string, boolean>> {
  const response = await fetch(`${api}/alerts?filter=${encodeURIComponent(filter)}`);
  const alerts = (await response.json()) as { labels: Record<string, string>; status: { inhibitedBy: string[] } }[];
  return new Map(
    alerts.map(({ labels, status }) => [
      `${labels["test_pair"]} ${labels["test_side"]}`,
      status.inhibitedBy.length > 0,
    ]),
  );
}

const marked = (alert: PostedAlert, side: "source" | "target", pair: string, test: string): PostedAlert => ({
  ...alert,
  labels: { ...alert.labels, test_side: side, test_pair: pair, test_name: test },
});

/** What is a pool's mutes every worker of it, so such a pair has a pool of its own. */
function placeOf(source: Kind, target: Kind, pair: string): Readonly<Record<string, string>> {
  return source.isOfPool || target.isOfPool ? { worker_pool: pair } : { worker_id: pair };
}

test("each pair of R4.4 mutes, and no other pair does", async () => {
  const pairs = KINDS.flatMap((source) =>
    KINDS.filter((target) => target !== source).map((target) => ({ source, target })),
  );
  const alerts = pairs.flatMap(({ source, target }) => {
    const pair = `${source.name}>${target.name}`;
    const place = placeOf(source, target, pair);
    return [
      marked(ofKind(source, place), "source", pair, "pairs"),
      marked(ofKind(target, place), "target", pair, "pairs"),
    ];
  });
  await post(...alerts);
  const expected = Object.entries(MUTES)
    .flatMap(([source, targets]) => targets.map((target) => `${source} > ${target}`))
    .sort();
  const muted = async (): Promise<readonly string[]> => {
    const found = await inhibited('test_name="pairs"');
    expect(found.size).toBe(pairs.length * 2);
    return pairs
      .filter(({ source, target }) => found.get(`${source.name}>${target.name} target`))
      .map(({ source, target }) => `${source.name} > ${target.name}`)
      .sort();
  };
  // Alertmanager takes posted alerts into its inhibition one by one, after it has answered: the last of them is waited for.
  await expect.poll(muted, { interval: 100 }).toEqual(expect.arrayContaining(expected));
  expect(await muted()).toEqual(expected);
});

test("another pool, another worker, another job, and a missing label each leave the target alone", async () => {
  const cases = Object.entries(MUTES).flatMap(([source, targets]) =>
    targets.flatMap((target) =>
      ["worker_pool", "worker_id", "job_id", "reason", "missing"].map((other) => ({ source, target, other })),
    ),
  );
  const kind = (name: string): Kind => KINDS.find((entry) => entry.name === name) as Kind;
  const relevant = cases.filter(({ source, target, other }) => {
    if (other === "job_id") return kind(source).hasJob && kind(target).hasJob;
    if (other === "worker_id") return !kind(source).isOfPool;
    return other !== "reason" || kind(source).key === "phase_failed_pool";
  });
  const without = ({ labels, ...rest }: PostedAlert, label: string): PostedAlert => {
    const { [label]: _, ...others } = labels;
    return { ...rest, labels: others };
  };
  await post(
    ...relevant.flatMap(({ source, target, other }) => {
      const pair = `${source}>${target}>${other}`;
      const place = placeOf(kind(source), kind(target), pair);
      const sourceAlert = marked(ofKind(kind(source), place), "source", pair, "others");
      const apart = other === "missing" ? {} : { [other]: other === "reason" ? "doctor" : `another ${pair}` };
      const targetAlert = marked(ofKind(kind(target), { ...place, ...apart }), "target", pair, "others");
      // Two alerts that both lack a label are equal to Alertmanager: without the worker, or the pool, nothing may be muted.
      if (other !== "missing") return [sourceAlert, targetAlert];
      const missing = kind(source).isOfPool ? "worker_pool" : "worker_id";
      return [sourceAlert, targetAlert].map((alert) => without(alert, missing));
    }),
  );
  const found = await inhibited('test_name="others"');
  expect(found.size).toBe(relevant.length * 2);
  expect([...found].filter(([, isMuted]) => isMuted)).toEqual([]);
});

test.each(OF_PIPELINE)("18: %s mutes what only time makes, or nothing, and nothing of the pipeline", async (key) => {
  const source = marked(posted(key, { instance: "127.0.0.1:8888" }), "source", key, key);
  const targets = [
    ...KINDS.map((kind) => ({ name: kind.name, alert: ofKind(kind, { worker_pool: kind.name }) })),
    ...OF_PIPELINE.filter((other) => other !== key && MUTES_EVERYWHERE[other] === undefined).map((other) => ({
      name: other,
      alert: posted(other, { instance: "127.0.0.1:8888" }),
    })),
  ].map(({ name, alert }) => ({ name, alert: marked(alert, "target", name, key) }));
  await post(source, ...targets.map(({ alert }) => alert));
  const found = () => inhibited(`test_name="${key}"`);
  const muted = async (): Promise<readonly string[]> => {
    const alerts = await found();
    expect(alerts.size).toBe(targets.length + 1);
    return targets.map(({ name }) => name).filter((name) => alerts.get(`${name} target`));
  };
  const expected = MUTES_EVERYWHERE[key] ?? [];
  await expect.poll(muted, { timeout: 30_000, interval: 100 }).toEqual(expect.arrayContaining([...expected]));
  expect(new Set(await muted())).toEqual(new Set(expected));
  // It would mute the tests that follow.
  await post(ended(source), ...targets.map(({ alert }) => ended(alert)));
  await expect.poll(async () => (await found()).size, { timeout: 30_000, interval: 100 }).toBe(0);
});

test("1 then 6 is two pages, with no 'resolved' between them; each page is finished text", async () => {
  const labels = { worker_pool: "escalation", worker_id: "w1", job_id: "J1", trace_id: "4bf9" };
  const of = () => receiver.pages.filter(({ alerts }) => alerts[0]?.labels["worker_pool"] === "escalation");
  const names = () => of().map(({ status, alerts }) => `${status} ${alerts[0]?.labels["alertname"]}`);
  const expiring = posted("lease_expiring_with_claimed_job", labels);
  const expired = posted("lease_expired", labels);

  await post(expiring);
  const first = await eventually("page 1", () => of()[0]);
  expect(first.receiver).toBe("pls_platform_owner-page");
  expect(first.text).toMatch(
    /^PLS worker stability alert: worker is alive but project advancement is blocked\. State=lease_expiring: /,
  );
  expect(first.alerts[0]?.text).toBe(first.text);
  expect(first.text).toContain(`owner=pls_platform_owner; due=${first.alerts[0]?.due}`);
  expect(first.alerts[0]?.due).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/);

  await post(expiring, expired);
  await eventually("page 6", () => of()[1]);
  await post(ended(expiring), expired);
  // Two group intervals and more, in which a false "resolved" would go out.
  await new Promise((later) => setTimeout(later, 4_000));
  expect(names()).toEqual(["firing LeaseExpiringWithClaimedJob", "firing LeaseExpired"]);
  await post(ended(expired));
  await eventually("the end of page 6", () => of()[2]);
  expect(names()[2]).toBe("resolved LeaseExpired");
});

test("two jobs of one pool come in one notification, each with its own text", async () => {
  const job = (job_id: string) =>
    posted("complete_rejected", {
      worker_pool: "group",
      worker_id: "w1",
      job_id,
      trace_id: `t-${job_id}`,
      kind: "complete_rejected",
      reason: "other",
    });
  await post(job("J1"), job("J2"));
  const page = await eventually("the page", () =>
    receiver.pages.find(({ alerts }) => alerts[0]?.labels["worker_pool"] === "group"),
  );
  expect(page.alerts.map(({ labels }) => labels["job_id"]).sort()).toEqual(["J1", "J2"]);
  for (const { text, labels } of page.alerts) {
    expect(text).toContain(`job=${labels["job_id"]};`);
    expect(page.text).toContain(text);
  }
});
