import { expect, test } from "vitest";
import { WatchdogError } from "../errors.ts";
import { compilePassExpression, MAX_EXPRESSION_LENGTH, parsePassExpression } from "./pass-expression.ts";

const doctor = "ok == true and token_present == true and touch.ok == true";
const artifact = "primary_artifact_url_http_status in [200, 302]";

test.each<[string, unknown, boolean]>([
  [doctor, { ok: true, token_present: true, touch: { ok: true } }, true],
  [doctor, { ok: true, token_present: true, touch: { ok: false } }, false],
  [doctor, { ok: true, token_present: true, touch: true }, false],
  [doctor, { ok: true, touch: { ok: true } }, false],
  ["status == running", { status: "running" }, true],
  ["status == running", { status: "Running" }, false],
  ["status == 'not running'", { status: "not running" }, true],
  ['status == "a \\"b\\" c"', { status: 'a "b" c' }, true],
  [artifact, { primary_artifact_url_http_status: 200 }, true],
  [artifact, { primary_artifact_url_http_status: 302 }, true],
  [artifact, { primary_artifact_url_http_status: 301 }, false],
  [artifact, { primary_artifact_url_http_status: "200" }, false],
  ["n == -1.5e1", { n: -15 }, true],
  ["n == 0", { n: false }, false],
  ["ok == true", { ok: 1 }, false],
  ["job == null", { job: null }, true],
  ["job != null", { job: { id: 1 } }, true],
  ["a == 1 or b == 1", { b: 1 }, true],
  ["a == 1 or b == 1", { a: 2, b: 2 }, false],
  ["a == 1 or b == 1 and c == 1", { a: 1, b: 0, c: 0 }, true],
  ["(a == 1 or b == 1) and c == 1", { a: 1, b: 0, c: 0 }, false],
  ["not a == 1 and b == 1", { a: 2, b: 1 }, true],
  ["not (a == 1 and b == 1)", { a: 1, b: 1 }, false],
  ["not not a == 1", { a: 1 }, true],
  ["status in [done, 'all done', null, false, 3]", { status: false }, true],
  ["status != failed", { status: "done" }, true],
])("%s on %j is %j", (expression, result, expected) => {
  expect(compilePassExpression(expression)(result)).toBe(expected);
});

test.each([
  "a != 1",
  "not a == 1",
  "not (a == 1 or b == 1)",
  "not (a == 1 and b == 2)",
  "a in [null]",
  "a == null",
  "a.b != 1",
])("%s does not pass on a result that lacks the field", (expression) => {
  for (const result of [{}, { b: 2 }, { a: undefined }, null, undefined, "text", 7, []]) {
    expect(compilePassExpression(expression)(result)).toBe(false);
  }
});

test("only own properties are read", () => {
  const passes = compilePassExpression("ok == true");
  expect(passes(Object.create({ ok: true }))).toBe(false);
  expect(passes(JSON.parse('{"__proto__": {"ok": true}}'))).toBe(false);
  expect(passes({ __proto__: { ok: true } })).toBe(false);
  expect(compilePassExpression("constructor.name == Object")({})).toBe(false);
  expect(compilePassExpression("__proto__.ok == true")(JSON.parse('{"__proto__": {"ok": true}}'))).toBe(true);
  expect(compilePassExpression("length == 4")("four")).toBe(false);
});

test("a result that throws when it is read does not pass", () => {
  const getter = {
    get ok(): boolean {
      throw new Error("hostile");
    },
  };
  const proxy = new Proxy(
    {},
    {
      getOwnPropertyDescriptor() {
        throw new Error("hostile");
      },
    },
  );
  for (const result of [getter, proxy]) {
    expect(compilePassExpression("ok == true")(result)).toBe(false);
    expect(compilePassExpression("not ok == true")(result)).toBe(false);
  }
});

test.each<[string, number, string]>([
  ["", 1, "found the end, allowed a field name, `not` or `(`"],
  ["ok", 3, "found the end, allowed `==`, `!=` or `in`"],
  ["ok = true", 4, "found `=`, allowed fields"],
  ["ok == ", 6, "found the end, allowed a number"],
  ["ok == true AND b == 1", 12, "found `AND`, allowed `and`, `or` or the end"],
  ["ok == true b == 1", 12, "found `b`, allowed `and`, `or` or the end"],
  ["ok == true and", 15, "found the end, allowed a field name"],
  ["(ok == true", 12, "found the end, allowed `)`"],
  ["ok == true)", 11, "found `)`, allowed `and`, `or` or the end"],
  ["status in 200", 11, "found `200`, allowed `[`"],
  ["status in []", 12, "found `]`, allowed a number"],
  ["status in [200 302]", 16, "found `302`, allowed `,` or `]`"],
  ["status in [200,", 16, "found the end, allowed a number"],
  ["true == ok", 1, "found `true`, allowed a field name"],
  ["touch..ok == true", 1, "found `touch..ok`, allowed a field name such as"],
  ["ok == and", 7, "found `and`, allowed a number"],
  ["name == 'open", 9, "found `'`, allowed a string that ends with the same quote"],
  ["ok == true; process.exit()", 11, "found `;`, allowed fields"],
  ["n == 1.2.3", 6, "found `1`, allowed fields"],
])("%j is refused at column %i", (expression, column, message) => {
  const error = refusal(expression);
  expect(error.code).toBe("invalid_expression");
  expect(error.message).toContain(`column ${column}: ${message}`);
});

test.each([
  [31, false],
  [32, true],
])("%i parentheses are refused: %j", (depth, refused) => {
  const expression = `${"(".repeat(depth)}ok == true${")".repeat(depth)}`;
  if (refused) expect(refusal(expression).message).toContain("at most 32 levels");
  else expect(compilePassExpression(expression)({ ok: true })).toBe(true);
});

test("the length is bounded", () => {
  const padding = " ".repeat(MAX_EXPRESSION_LENGTH - "ok == true".length);
  expect(compilePassExpression(`ok == true${padding}`)({ ok: true })).toBe(true);
  expect(refusal(`ok == true${padding} `).message).toContain("found 1001 characters, allowed at most 1000");
});

test("tells the fields that it reads", () => {
  expect(parsePassExpression("a == 1 and not b.c == x or a in [1]").fields).toEqual(["a", "b.c"]);
});

function refusal(expression: string): WatchdogError {
  try {
    compilePassExpression(expression);
  } catch (error) {
    if (WatchdogError.isInstance(error)) return error;
  }
  throw new Error(`${expression} was not refused`);
}
