import { expect, it } from "vitest";
import { operator } from "./operator.ts";

const context = { environment: { USER: "ada" } };
const what = { command: "settle", reason: undefined };

it.each<[string, object, object]>([
  ["a name and a reason", { by: "grace", reason: "host is gone" }, { name: "grace", reason: "host is gone" }],
  ["the name of the system's user, with its host", { reason: "r" }, { name: expect.stringMatching(/^ada@./) }],
  ["one line", { by: " a\n b ", reason: "x\n\ty" }, { name: "a b", reason: "x y" }],
  ["the longest reason", { reason: "r".repeat(500) }, { reason: "r".repeat(500) }],
  ["no credential", { reason: "password=hunter2secret" }, { reason: expect.not.stringContaining("hunter2") }],
])("R6.2: %s", (_, values, expected) => {
  expect(operator(values as never, context, what)).toMatchObject(expected);
});

it.each<[object, string]>([
  [{}, "--reason: found nothing, allowed 1 to 500 characters"],
  [{ reason: " \n " }, "--reason: found nothing"],
  [{ reason: "r".repeat(501) }, "--reason: found 501 characters"],
  [{ reason: "r", by: "n".repeat(129) }, "--by: found 129 characters, allowed 1 to 128"],
])("%j is refused", (values, message) => {
  expect(() => operator(values as never, context, what)).toThrow(message);
});

it("a command with a reason of its own asks for none", () => {
  expect(operator({}, context, { command: "page-test", reason: "page test" }).reason).toBe("page test");
});
