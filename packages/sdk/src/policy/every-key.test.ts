/** Every key of the policy, by the schema itself: a wrong type, what is out of range and a misspelt name are each told with file, line and key. */
import { describe, expect, test } from "vitest";
import { WatchdogError } from "../errors.ts";
import { parsePolicy } from "./load-policy.ts";
import { policySchema } from "./schema.ts";
import type { AnyGroupNode, NumberNode, SchemaNode } from "./schema-node.ts";

interface Key {
  readonly path: readonly string[];
  readonly node: SchemaNode;
}

/** Leaves below `node`; a name that the user chooses is `some_name`. */
function leaves(node: SchemaNode, path: readonly string[]): readonly Key[] {
  switch (node.kind) {
    case "group":
      return Object.entries(node.keys).flatMap(([key, inner]) => leaves(inner, [...path, key]));
    case "map":
      return leaves(node.item, [...path, "some_name"]);
    case "texts":
      return leaves(node.item, [...path, "some_label"]);
    default:
      return [{ path, node }];
  }
}

const keys = leaves(policySchema as AnyGroupNode, []).filter(({ path }) => path[0] !== "version");
const named = keys.map((key) => [key.path.join("."), key] as const);

/** A policy that states one key, on its last line. */
function policyWith(path: readonly string[], value: string): string {
  const lines = path.map((key, depth) => `${"  ".repeat(depth)}${key}:`);
  return `version: codex_session_watchdog_v1\n${lines.join("\n")} ${value}\n`;
}

/** What is said of the key, wherever else it leads. */
function refusals(text: string): readonly string[] {
  try {
    parsePolicy(text, { file: "watchdog.yaml" });
  } catch (error) {
    if (WatchdogError.isInstance(error)) return error.message.split("\n");
    throw error;
  }
  return [];
}

const WRONG: Readonly<Record<string, readonly string[]>> = {
  number: ["soon", "[1]", "{ a: 1 }", "true", "", ".nan", ".inf", '"5"', "5m"],
  text: ["[a]", "{ a: b }", "7", "true", ""],
  flag: ["1", '"true"', "maybe", "[]", ""],
  list: ["a", "7", "{ a: b }", "[7]", "[[a]]", ""],
};

describe.each(named)("%s", (name, { path, node }) => {
  const place = `watchdog.yaml:${path.length + 1}: ${name}`;

  test.each(WRONG[node.kind] ?? [])("is refused as `%s`", (value) => {
    const line = refusals(policyWith(path, value)).find((each) => each.startsWith(place));
    expect(line).toMatch(/: found .+, allowed .+\. \S/);
  });

  test("a misspelt name is an unknown key, and the nearest one is named", () => {
    const key = path.at(-1) ?? "";
    // What the user names can not be misspelt.
    const isChosen = key === "some_label";
    const wrong = [...path.slice(0, -1), `${key}z`];
    const line = refusals(policyWith(wrong, "1")).find((each) =>
      each.startsWith(`watchdog.yaml:${path.length + 1}: ${wrong.join(".")}`),
    );
    if (!isChosen) expect(line).toMatch(/found an unknown key, .* The nearest known key is `[\w.<>]+`$/);
    if (!isChosen && !name.includes("some_")) expect(line).toContain(`\`${name}\``);
  });
});

const numbers = named.filter(
  (entry): entry is readonly [string, Key & { readonly node: NumberNode }] => entry[1].node.kind === "number",
);

describe.each(numbers)("%s", (name, { path, node }) => {
  const below = node.isMinExclusive ? node.min : node.min - 1;

  test.each([below, node.max + 1, -1].filter((value) => value <= below || value > node.max))(
    "is out of range at %d",
    (value) => {
      const [line = ""] = refusals(policyWith(path, String(value))).filter((each) =>
        each.includes(`: ${name}: found ${value},`),
      );
      expect(line).toContain(
        node.isMinExclusive ? `above ${node.min} and at most ${node.max}` : `from ${node.min} to ${node.max}`,
      );
      if (node.unit !== "") expect(line).toContain(`(${node.unit})`);
    },
  );
});

test("a duration in place of a number is told the key's own unit", () => {
  expect(refusals(policyWith(["thresholds", "lease_remaining_minutes_warn"], "5m"))).toEqual([
    'watchdog.yaml:3: thresholds.lease_remaining_minutes_warn: found "5m", allowed a number above 0 and at most 1440 (minutes). Write the number alone, in minutes',
  ]);
});
