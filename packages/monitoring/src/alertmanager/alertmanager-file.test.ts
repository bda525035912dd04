import { createPolicy, defaultPolicy } from "@worker-watchdog/sdk/policy";
import { expect, test } from "vitest";
import { alertmanagerFile } from "./alertmanager-file.ts";
import { INHIBITIONS } from "./inhibition.ts";

interface Configuration {
  readonly route: { readonly routes: readonly { readonly receiver: string; readonly matchers: readonly string[] }[] };
  readonly receivers: readonly {
    readonly name: string;
    readonly webhook_configs?: readonly Record<string, unknown>[];
  }[];
  readonly inhibit_rules: readonly {
    readonly source_matchers: readonly string[];
    readonly target_matchers: readonly string[];
    readonly equal: readonly string[];
  }[];
}

const configuration = (...args: Parameters<typeof alertmanagerFile>): Configuration =>
  alertmanagerFile(...args) as Configuration;

test("R4.4's pairs, and no other", () => {
  const between = INHIBITIONS.filter(({ source, target }) => source !== target);
  expect(between.map(({ source, target, targetReasons }) => [source, target, targetReasons?.join() ?? "any"])).toEqual([
    ["session_dead", "lease_expiring_with_claimed_job", "any"],
    ["session_dead", "artifact_missing", "any"],
    ["session_dead", "repeated_no_job", "any"],
    ["session_dead", "lease_expired", "any"],
    ["session_dead", "queue_stuck", "any"],
    ["session_dead", "silent_loop", "any"],
    ["session_dead", "phase_failed", "any"],
    ["session_dead", "worker_absent", "any"],
    ["job_not_found_after_claim", "lease_expiring_with_claimed_job", "any"],
    ["job_not_found_after_claim", "artifact_missing", "any"],
    ["job_not_found_after_claim", "lease_expired", "any"],
    ["job_not_found_after_claim", "queue_stuck", "any"],
    ["job_not_found_after_claim", "phase_failed", "any"],
    ["lease_expired", "lease_expiring_with_claimed_job", "any"],
    ["lease_expired", "artifact_missing", "any"],
    ["lease_expired", "queue_stuck", "any"],
    ["lease_expiring_with_claimed_job", "artifact_missing", "lease_expiring"],
    ["worker_absent", "repeated_no_job", "any"],
    ["worker_absent", "queue_stuck", "any"],
    ["worker_absent", "silent_loop", "any"],
    ["worker_absent", "phase_failed", "any"],
    ["repeated_no_job_pool", "repeated_no_job", "any"],
    ["queue_stuck_pool", "queue_stuck", "any"],
    ["silent_loop_pool", "silent_loop", "any"],
    ["phase_failed_pool", "phase_failed", "any"],
    ["worker_absent_pool", "worker_absent", "any"],
    ["repair_exhausted_pool", "repair_exhausted", "any"],
    ["telemetry_catching_up", "lease_expiring_with_claimed_job", "any"],
    ["telemetry_catching_up", "artifact_missing", "lease_expiring"],
    ["telemetry_catching_up", "lease_expired", "any"],
    ["telemetry_catching_up", "queue_stuck", "any"],
    ["telemetry_catching_up", "silent_loop", "any"],
    ["telemetry_catching_up", "worker_absent", "any"],
    ["telemetry_catching_up", "queue_stuck_pool", "any"],
    ["telemetry_catching_up", "silent_loop_pool", "any"],
    ["telemetry_catching_up", "worker_absent_pool", "any"],
    ["telemetry_catching_up", "artifact_error_budget_burn", "any"],
    ["telemetry_catching_up", "lease_error_budget_burn", "any"],
    ["telemetry_rows_missing", "lease_expiring_with_claimed_job", "any"],
    ["telemetry_rows_missing", "artifact_missing", "lease_expiring"],
    ["telemetry_rows_missing", "lease_expired", "any"],
    ["telemetry_rows_missing", "queue_stuck", "any"],
    ["telemetry_rows_missing", "silent_loop", "any"],
    ["telemetry_rows_missing", "worker_absent", "any"],
  ]);
  expect(
    INHIBITIONS.filter(({ source, target }) => source === target).map(({ source, sourceReason, targetReasons }) => [
      source,
      sourceReason,
      targetReasons?.join(),
    ]),
  ).toEqual([
    ["phase_failed", "doctor", "touch,claim,context,progress,build,upload,artifact,complete,own_phase"],
    ["phase_failed", "touch", "claim,context,progress,build,upload,artifact,complete,own_phase"],
    ["phase_failed", "claim", "context,progress,build,upload,artifact,complete,own_phase"],
    ["phase_failed", "context", "progress,build,upload,artifact,complete,own_phase"],
    ["phase_failed", "progress", "build,upload,artifact,complete,own_phase"],
    ["phase_failed", "build", "upload,artifact,complete"],
    ["phase_failed", "upload", "artifact,complete"],
    ["phase_failed", "artifact", "complete"],
  ]);
});

test("every inhibition requires what it compares, on both sides", () => {
  for (const { source_matchers, target_matchers, equal } of configuration(defaultPolicy).inhibit_rules) {
    if (source_matchers.includes('alert_key="telemetry_catching_up"')) {
      // Of the pipeline, so of every pool: nothing is compared, and nothing that is missing can be equal.
      expect(equal).toBeUndefined();
      continue;
    }
    expect(equal).toContain("worker_pool");
    const isOfPool = source_matchers.some((matcher) => /^alert_key=".+_pool"$/.test(matcher));
    if (!isOfPool) expect(equal).toContain("worker_id");
    for (const label of equal) {
      expect(source_matchers).toContain(`${label}=~".+"`);
      expect(target_matchers).toContain(`${label}=~".+"`);
    }
  }
});

test("an inhibition of an alert that is switched off is left out", () => {
  const policy = createPolicy({ alerts: { disabled: ["worker_absent"] } });
  const names = configuration(policy).inhibit_rules.map((rule) => (rule as unknown as { name: string }).name);
  expect(names).toContain("lease_expired over artifact_missing");
  expect(names.filter((name) => name.includes("worker_absent"))).toEqual([]);
});

test("an alert that notifies nobody mutes nobody: its cause would page nobody at all", () => {
  const policy = createPolicy({ alerts: { notify_on: ["lease_expiring_with_claimed_job"] } });
  const sources = configuration(policy).inhibit_rules.map(({ source_matchers }) => source_matchers[0]);
  expect(new Set(sources)).toEqual(
    new Set(
      INHIBITIONS.map(({ source }) => source)
        .filter((key) => !["job_not_found_after_claim", "repeated_no_job_pool"].includes(key))
        .map((key) => `alert_key="${key}"`),
    ),
  );
});

test("the dead man's switch comes first, then what must stay silent", () => {
  const policy = createPolicy({ alerts: { notify_on: ["complete_rejected"] } });
  const routes = configuration(policy).route.routes.map(({ receiver, matchers }) => [receiver, ...matchers]);
  expect(routes.slice(0, 7)).toEqual([
    ["dead-mans-switch", 'alert_key="watchdog"'],
    ["nobody", 'alert_key="lease_expiring_with_claimed_job"'],
    ["nobody", 'alert_key="job_not_found_after_claim"'],
    ["nobody", 'alert_key="artifact_missing"'],
    ["nobody", 'alert_key="repeated_no_job"'],
    ["nobody", 'alert_key="repeated_no_job_pool"'],
    ["nobody", 'severity="low"'],
  ]);
});

test("owners that share a receiver have it once; an owner without one has the pls_ops webhook", () => {
  const policy = createPolicy({
    owner: "team/a",
    owners: { "team/a": { receiver: "pls_ops" }, second: { receiver: "a/b" } },
  });
  const { receivers } = configuration(policy, {
    webhookUrls: { "pls_ops-page": "http://127.0.0.1:9/page" },
    secretsFolder: "/s",
  });
  const names = receivers.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const target = (name: string) => receivers.find((receiver) => receiver.name === name)?.webhook_configs?.[0];
  expect(target("pls_ops-page")).toMatchObject({ url: "http://127.0.0.1:9/page" });
  expect(target("pls_ops-message")).toMatchObject({ url_file: "/s/pls_ops.url" });
  expect(target("a/b-page")).toMatchObject({ url_file: "/s/pls_ops.url" });
});

test("R3.1: LINE where it is configured takes the place of the pls_ops webhook, and of no receiver that an owner has", () => {
  const to = `C${"0".repeat(32)}`;
  const policy = createPolicy({
    owners: { pls_platform_owner: { receiver: "team/a", message_receiver: "pls_ops" } },
    receivers: { line: { line: { to } }, "team/a": { webhook: {} } },
  });
  const { receivers } = configuration(policy, { secretsFolder: "/s" });
  const target = (name: string) => receivers.find((receiver) => receiver.name === name)?.webhook_configs?.[0];
  const bridge = { url: "http://127.0.0.1:9390/receivers/line" };
  expect(target("team/a-page")).toMatchObject({ url_file: "/s/team_a.url" });
  expect(target("pls_ops-message")).toMatchObject(bridge);
  expect(target("codex_worker_maintainer-page")).toMatchObject(bridge);
});

test("R4.7: critical and high go to the owner's receiver of pages, medium to the one of messages", () => {
  const policy = createPolicy({ owners: { pls_ops: { receiver: "pager", message_receiver: "chat" } } });
  const route = configuration(policy).route as unknown as {
    readonly routes: readonly { readonly matchers: readonly string[]; readonly routes?: readonly Leaf[] }[];
  };
  interface Leaf {
    readonly receiver: string;
    readonly matchers: readonly string[];
  }
  const ofOwner = route.routes.find(({ matchers }) => matchers.includes('owner="pls_ops"'))?.routes ?? [];
  expect(ofOwner.map(({ receiver, matchers }) => [matchers[0], receiver])).toEqual([
    ['severity="critical"', "pager-page"],
    ['severity="high"', "pager-page"],
    ['severity="medium"', "chat-message"],
  ]);
});

test("one address for all is not given to the dead man's switch, which calls once a minute", () => {
  const { receivers } = configuration(defaultPolicy, { webhookUrl: "http://127.0.0.1:9/page" });
  const without = receivers.filter(({ webhook_configs }) => webhook_configs === undefined).map(({ name }) => name);
  expect(without).toEqual(["nobody", "dead-mans-switch"]);
});
