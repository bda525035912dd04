import { expect, it } from "vitest";
import type { JobFault } from "./job-order.ts";
import { judgeCompletion, LATE_KIND } from "./result-contract.ts";

const url = "http://host/index.html";
const kinds = ["html_report", "file_list"];
const missing = (...names: string[]) => ({ error: "missing_artifact_kind", missing_kinds: names });

it.each<[string, JobFault | null, string | undefined, readonly string[], unknown]>([
  ["met", null, url, kinds, undefined],
  ["met with more than is asked", null, url, [...kinds, "extra"], undefined],
  ["a kind short", null, url, ["html_report"], missing("file_list")],
  ["two kinds short", null, url, [], missing("html_report", "file_list")],
  ["no address", null, undefined, kinds, { error: "no_primary_artifact" }],
  ["no address, but a word", null, "report", kinds, { error: "no_primary_artifact" }],
  ["a kind more than was said", "late_kind", url, kinds, missing(LATE_KIND)],
  ["the late kind brought", "late_kind", url, [...kinds, LATE_KIND], undefined],
  ["a kind that is never taken", "refused_kind", url, [...kinds, LATE_KIND], missing(LATE_KIND)],
  ["faults of another sort", "renewal_refused", url, kinds, undefined],
])("%s", (_name, fault, address, brought, expected) => {
  expect(judgeCompletion({ artifact_kinds: kinds, fault }, { url: address, kinds: brought })).toEqual(expected);
});
