import { expect, it } from "vitest";
import { createPolicy, HUMAN_ACTIONS, REPAIR_ACTIONS } from "../src/policy/index.ts";
import { whyForbidden } from "../src/repair/repair-authority.ts";
import {
  type ActionName,
  REPAIR_TABLE,
  type RepairAuthority,
  type RepairRow,
  repairFor,
} from "../src/repair/repair-table.ts";
import { carryOut } from "../src/repair/repairs.ts";
import { REPAIR_TRIGGERS } from "../src/semconv/index.ts";
import { bareWorker } from "./bare-worker.ts";

const authorities: readonly RepairAuthority[] = ["worker", "system", "supervisor"];
const everything = createPolicy().self_heal;
const nothing = { allowed: [], requires_human: [] };

function row(action: string, authority: RepairAuthority): RepairRow {
  return {
    trigger: "transport",
    action: action as ActionName,
    authority,
    phases: [],
    touchFirst: false,
    waits: false,
    once: "call",
    stuckClass: "transport",
  };
}

it("R6: the table has one row for each trigger, and each claims an authority that its action has, or is only proposed", () => {
  expect(REPAIR_TABLE.map(({ trigger }) => trigger).sort()).toEqual([...REPAIR_TRIGGERS].sort());
  expect(
    REPAIR_TABLE.filter((entry) => whyForbidden(entry, everything) !== undefined).map(({ trigger }) => trigger),
  ).toEqual(["queue_stuck", "lease_expired"]);
});

const forbidden: readonly (readonly [string, RepairAuthority, typeof everything, string])[] = [
  ...HUMAN_ACTIONS.flatMap((action) => authorities.map((by) => [action, by, everything, "requires_human"] as const)),
  // Also where the policy forgets to name them: nobody in the library is a supervisor.
  ...HUMAN_ACTIONS.map((action) => [action, "supervisor", nothing, "authority"] as const),
  ...HUMAN_ACTIONS.map((action) => [action, "worker", nothing, "unknown_action"] as const),
  ...HUMAN_ACTIONS.map(
    (action) => [action, "system", { allowed: [action as never], requires_human: [] }, "unknown_action"] as const,
  ),
  ...REPAIR_ACTIONS.map((action) => [action, "worker", nothing, "not_allowed"] as const),
  ...REPAIR_ACTIONS.map((action) => [action, "supervisor", everything, "authority"] as const),
  ["complete_with_required_artifacts", "system", everything, "authority"],
  ["publish_shared_cloud_artifact", "system", everything, "authority"],
  ["supervisor_review", "supervisor", everything, "authority"],
  ["constructor", "system", everything, "unknown_action"],
  ["drop_database", "worker", everything, "unknown_action"],
];

it.each(forbidden)("R6.1: %s on the authority of the %s is only proposed", async (action, authority, selfHeal, why) => {
  const { worker, journal, rows } = bareWorker({ selfHeal });
  let acted = false;
  const details = { jobId: "J1", traceId: "a".repeat(32), phase: "progress" };
  const result = await carryOut(worker, row(action, authority), details, () => {
    acted = true;
    return "success";
  });
  expect([result, acted]).toEqual(["needs_human", false]);
  expect(journal.records({ kind: "repair_action" }).map(({ data }) => data)).toEqual([
    expect.objectContaining({ action, authority, result: "needs_human", reason: why }),
  ]);
  expect(journal.events.map(({ name }) => name)).toContain("worker.escalation.sent");
  expect(
    rows().some(({ metric, attributes }) => metric === "claimIncidents" && attributes["kind"] === "repair_exhausted"),
  ).toBe(authority !== "supervisor");
});

it.each(REPAIR_ACTIONS)("R6.1: %s is carried out where the policy allows it", async (action) => {
  const { worker, journal } = bareWorker({});
  const details = { jobId: "J1", traceId: "a".repeat(32), phase: "progress" };
  expect(await carryOut(worker, row(action, "worker"), details, () => "success")).toBe("success");
  expect(journal.records({ kind: "repair_action" })[0]?.data).toMatchObject({ result: "success" });
});

it("R6.2: the audit record has every field, and what threw is a failed repair with its code", async () => {
  const { worker, journal } = bareWorker({});
  const entry = repairFor("transport", everything, "context");
  if (entry === undefined) throw new Error("no row");
  await carryOut(
    worker,
    entry,
    {
      jobId: "J1",
      traceId: "t1",
      phase: "context",
      oldState: "running",
      newState: "stuck",
      outputHash: "ab".repeat(32),
    },
    () => {
      throw new TypeError("fetch failed");
    },
  );
  const [record] = journal.records({ kind: "repair_action" });
  expect(record).toMatchObject({ jobId: "J1", traceId: "t1", workerPool: "p", workerId: "w1" });
  expect(record?.data).toEqual({
    trigger: "transport",
    action: "retouch_worker",
    phase: "context",
    old_state: "running",
    new_state: "stuck",
    actor: "watchdog",
    authority: "system",
    reason: "fetch_failed",
    class: "transport",
    output_hash: "ab".repeat(32),
    evidence_ref: "attempt:t1",
    result: "failed",
  });
});
