import { createPolicy, defaultPolicy } from "@worker-watchdog/sdk/policy";
import { expect, test } from "vitest";
import { openRowQueries } from "./open-rows.ts";
import { ruleFiles } from "./rules-file.ts";

const recorded = [...ruleFiles(defaultPolicy).values()].flatMap(({ groups }) =>
  groups.flatMap(({ rules }) => rules.flatMap((rule) => ("record" in rule ? [rule.record] : []))),
);

test("a person asks for the very series that pages stand on", () => {
  const queries = openRowQueries(defaultPolicy, { job: 'J"1' });
  const asked = Object.values(queries).flatMap((query) => query.match(/\b\w+:\w+:\w+/g) ?? []);
  expect(asked.length).toBeGreaterThan(1);
  for (const name of asked) expect(recorded).toContain(name);
  expect(queries.attempts).toBe('attempt:worker_claim_lease_expires_at_seconds:max_open{job_id="J\\"1"}');
  expect(queries.pages).toBe('ALERTS{job_id="J\\"1",alertstate="firing"}');
});

test("with the policy's selectors and its cluster", () => {
  const policy = createPolicy({ series: { selectors: { team: "ai" }, cluster_label: "region" } });
  const { attempts, alive } = openRowQueries(policy, { worker: "w", cluster: "eu" });
  expect(attempts).toBe('attempt:worker_claim_lease_expires_at_seconds:max_open{region="eu",worker_id="w"}');
  expect(alive).toMatch(
    /^max by \(region, worker_pool, worker_id\) \(last_over_time\(worker_alive_at_seconds\{team="ai",region="eu",worker_id="w"\}\[/,
  );
});
