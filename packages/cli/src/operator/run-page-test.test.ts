import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultPolicy } from "@worker-watchdog/sdk/policy";
import { openJournal } from "@worker-watchdog/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AlertToPost, KnownAlert } from "./alertmanager.ts";
import { runPageTest } from "./run-page-test.ts";

const NAMES = ["pls_platform_owner", "codex_worker_maintainer", "pls_ops"].flatMap((owner) => [
  `${owner}-page`,
  `${owner}-message`,
]);
const AT = Date.parse("2026-11-21T12:00:00Z");
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "page-test-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** An Alertmanager that routes by owner and severity, and makes of each alert what `over` says. */
async function test(over: { names?: readonly string[]; alert?: (alert: KnownAlert) => KnownAlert | undefined } = {}) {
  const posted: AlertToPost[] = [];
  const ends: number[] = [];
  const printed: string[] = [];
  const complained: string[] = [];
  const run = runPageTest({
    operator: { name: "ada", reason: "page test" },
    policy: defaultPolicy,
    patienceMillis: 0,
    alertmanager: {
      receivers: async () => ({ names: over.names ?? NAMES, atMillis: AT }),
      post: async (alerts, endsAtMillis) => {
        posted.push(...alerts);
        ends.push(endsAtMillis);
      },
      alerts: async () =>
        posted.flatMap(({ labels }) => {
          const use = labels["severity"] === "medium" ? "message" : "page";
          const alert = { labels, receivers: [`${labels["owner"]}-${use}`], state: "active", mutedBy: [] };
          return (over.alert ?? ((same) => same))(alert) ?? [];
        }),
    },
    journalFile: join(folder, "journal.db"),
    context: {
      print: (line) => void printed.push(line),
      complain: (line) => void complained.push(line),
      directory: "/",
    },
    id: "1",
  });
  const code = await run;
  const journal = openJournal({ file: join(folder, "journal.db") });
  const results = journal.records({ name: "worker.operator.page_tested" }).map(({ data }) => data["result"]);
  journal.close();
  return { code, posted, ends, printed, complained, results };
}

describe("page-test", () => {
  it("posts one page and one message for each owner, which end by themselves", async () => {
    const { code, posted, ends, printed, results } = await test();
    expect(code).toBe(0);
    expect(posted.map(({ labels }) => [labels["owner"], labels["severity"]])).toEqual(
      ["pls_platform_owner", "codex_worker_maintainer", "pls_ops"].flatMap((owner) => [
        [owner, "high"],
        [owner, "medium"],
      ]),
    );
    const waits = Object.values(defaultPolicy.severities).map(({ group_wait_seconds }) => group_wait_seconds);
    expect(ends).toEqual([AT + (Math.max(...waits) + defaultPolicy.pipeline.group_interval_seconds + 5) * 1_000]);
    expect(printed[0]).toBe("pls_platform_owner, high: on its way to pls_platform_owner-page");
    expect(results).toEqual([null, "success"]);
  });

  it("posts nothing where Alertmanager lacks a receiver", async () => {
    await expect(test({ names: NAMES.slice(1) })).rejects.toMatchObject({
      code: "response_invalid",
      message: expect.stringMatching(/no receiver pls_platform_owner-page;.*Nothing was sent/),
    });
  });

  it.each<[string, (alert: KnownAlert) => KnownAlert | undefined, string]>([
    ["is routed elsewhere", (alert) => ({ ...alert, receivers: ["nobody"] }), "routed to nobody, not to"],
    ["is silenced", (alert) => ({ ...alert, state: "suppressed", mutedBy: ["abc"] }), "muted (suppressed, abc)"],
    ["is in quiet hours", (alert) => ({ ...alert, mutedBy: ["quiet"] }), "muted (active, quiet)"],
    ["is not known", () => undefined, "does not know it"],
  ])("says so where one %s", async (_, change, message) => {
    const { code, complained, results } = await test({
      alert: (alert) =>
        alert.labels["owner"] === "pls_ops" && alert.labels["severity"] === "high" ? change(alert) : alert,
    });
    expect([code, results.at(-1)]).toEqual([1, "failed"]);
    expect(complained).toEqual([expect.stringContaining("pls_ops, high: ")]);
    expect(complained[0]).toContain(message);
  });
});
