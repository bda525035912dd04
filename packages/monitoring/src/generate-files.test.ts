import { posix } from "node:path";
import { createPolicy, defaultPolicy } from "@worker-watchdog/sdk/policy";
import { expect, test } from "vitest";
import { ALERTS } from "./alerts/alert-table.ts";
import { generateFiles } from "./generate-files.ts";
import { RUNBOOK_INDEX_PATH, runbookPath } from "./paths.ts";

const files = generateFiles(defaultPolicy);

test("the same policy gives the same bytes", () => {
  expect([...generateFiles(createPolicy({}))]).toEqual([...files]);
});

test.each([...generateFiles(defaultPolicy, { source: "mine.yaml" })])(
  "%s names its source and command",
  (_, content) => {
    expect(content.slice(0, 2_000)).toContain("`watchdog generate` from mine.yaml");
  },
);

test.each([...files].filter(([path]) => path.endsWith(".md")))("%s: every link resolves", (path, content) => {
  const targets = [...content.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target ?? "");
  expect(targets.length).toBeGreaterThan(0);
  for (const target of targets) expect([...files.keys()]).toContain(posix.join(posix.dirname(path), target));
});

test("every alert has a runbook and an anchor in the index", () => {
  const headings = [...(files.get(RUNBOOK_INDEX_PATH) ?? "").matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  expect(headings).toEqual(ALERTS.map(({ key }) => key));
  for (const { key } of ALERTS) expect(files.has(runbookPath(key))).toBe(true);
});

test("severity, owner and due time agree in rules, page and runbook after a change of the policy", () => {
  const policy = createPolicy({ owner: "reports_team", severities: { critical: { due_minutes: 7 } } });
  const changed = generateFiles(policy);
  expect(changed.get(runbookPath("job_not_found_after_claim"))).toContain(
    "severity critical, due in 7 min, owner reports_team",
  );
  expect([...changed.values()].join("\n")).not.toContain("pls_platform_owner");
});

test("no file names a place of this machine, and none holds a credential", () => {
  // What kind of credential was found is a reason of secret_redacted.
  for (const content of files.values())
    expect(content).not.toMatch(/\/(?:root|home|tmp|work)\/|(?<!reason=")password|Bearer /);
});
