import { expect, test } from "vitest";
import { whyNoAnswer } from "./why-no-answer.ts";

const caused = (cause: unknown) => new TypeError("fetch failed", { cause });

test.each([
  [caused(Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:9"), { code: "ECONNREFUSED" })), "ECONNREFUSED"],
  [caused(Object.assign(new AggregateError([], ""), { code: "" })), "fetch failed"],
  [caused(new Error("unexpected redirect")), "unexpected redirect"],
  [caused(undefined), "fetch failed"],
  [new DOMException("The operation was aborted due to timeout", "TimeoutError"), "nothing within 1.5 s"],
  [
    new Error("Authorization: Bearer sk-ant-api03-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    expect.not.stringContaining("sk-ant-api03-a"),
  ],
  ["gone", "gone"],
])("%s is told as %s", (error, told) => {
  expect(whyNoAnswer(error, 1_500)).toEqual(told);
});
