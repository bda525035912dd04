import { createPolicy, defaultPolicy } from "@worker-watchdog/sdk/policy";
import { describe, expect, it } from "vitest";
import { goodPage } from "./good-page.ts";
import type { Page } from "./page.ts";
import { pageProblems } from "./page-problems.ts";

describe("pageProblems", () => {
  it("has none for a good page", () => {
    expect(pageProblems(goodPage(), defaultPolicy)).toEqual([]);
  });

  it("allows no job where none can apply", () => {
    const page = goodPage({
      alertName: "RepeatedNoJob",
      alertKey: "repeated_no_job",
      severity: "medium",
      owner: "pls_ops",
      receiver: "pls_ops-message",
      nextAction: "inspect_backlog_capabilities",
      phase: "claim",
      due: "2026-01-02T02:00:00+08:00",
      job: "none",
      evidenceRef: "none",
      trace: "none",
    });
    expect(pageProblems(page, defaultPolicy)).toEqual([]);
    expect(pageProblems({ ...page, worker: "none" }, defaultPolicy)).toContain("worker is none");
  });

  it.each<[string, Partial<Page>]>([
    ["no alert of the policy", { alertKey: "something_else" }],
    ["state is empty", { state: "" }],
    ["runbook is empty", { runbook: "" }],
    ["job is none", { job: "none" }],
    ["trace is none", { trace: "none" }],
    ["trace holds no trace id", { trace: "https://traces.example/" }],
    ["phase is not filled in", { phase: "<no value>" }],
    ['owner is "pls_ops"', { owner: "pls_ops" }],
    ['receiver is "pls_ops-page"', { receiver: "pls_ops-page" }],
    ['receiver is "codex_worker_maintainer-message"', { receiver: "codex_worker_maintainer-message" }],
    ['severity is "medium"', { severity: "medium", due: "2026-01-02T02:00:00+08:00" }],
    ['next action is "wait"', { nextAction: "wait" }],
    ["due has no offset", { due: "2026-01-01T19:00:00Z" }],
    ["due is -1800 s off", { due: "2026-01-01T18:30:00+08:00" }],
    ["another prefix", { text: goodPage().text.replace("PLS", "Our") }],
    ["the first line does not end in", { text: goodPage().text.replace("State=", "State: ") }],
    ["the text leaves out dashboard", { text: goodPage().text.replace("Dashboard: worker-watchdog-worker", "") }],
    ["looks like a credential", { text: `${goodPage().text}\nauthorization: Bearer abc` }],
  ])("finds: %s", (problem, change) => {
    expect(pageProblems(goodPage(change), defaultPolicy).join("; ")).toContain(problem);
  });

  it("holds a page to the policy that it came from", () => {
    const policy = createPolicy({ alerts: { page_prefix: "Reports" }, severities: { high: { due_minutes: 30 } } });
    expect(pageProblems(goodPage(), policy)).toEqual(["the first line has another prefix", "due is 1800 s off"]);
  });
});
