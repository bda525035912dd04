import { expect, it } from "vitest";
import { readingOf } from "./job-reading.ts";

it.each([
  [{ status: "completed" }, "completed"],
  [{ status: "completed", completed_by: "w1" }, "completed"],
  [{ status: "completed", completed_by: null }, "completed"],
  [{ status: "completed", completed_by: "w2" }, "elsewhere"],
  [{ status: "running" }, "running"],
  [{ status: "running", held_by: "w1" }, "running"],
  [{ status: "running", held_by: "w2" }, "elsewhere"],
  [{ status: "pending" }, "elsewhere"],
  [{ status: "failed" }, "elsewhere"],
  [{ status: "not_found" }, "not_found"],
  [{ ok: false, error: "job_not_found" }, "not_found"],
  [{ ok: false, status: "completed" }, "unknown"],
  [{ ok: false, error: "forbidden" }, "unknown"],
  [{}, "unknown"],
  [undefined, "unknown"],
  ["completed", "unknown"],
  [JSON.parse('{"__proto__":{"status":"completed"}}'), "unknown"],
])("R6: the job's state %j is %s to w1", (result, reading) => {
  expect(readingOf(result, "w1")).toBe(reading);
});
