/** Dotted paths of the schema's keys. */
import { nearestKey } from "./nearest-key.ts";
import { policySchema } from "./schema.ts";
import type { AnyGroupNode, SchemaNode } from "./schema-node.ts";

/** Joins the parts that are not empty. */
export function joinKeys(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(".");
}

/** The known path that an unknown key was most likely meant to be: the same name elsewhere, or the nearest one here. */
export function nearestPath(key: string, path: string, known: readonly string[]): string {
  const elsewhere = knownPaths(policySchema as AnyGroupNode, "").find((one) => one.split(".").at(-1) === key);
  return elsewhere ?? joinKeys(path, nearestKey(key, known) ?? "");
}

/** Every dotted path of the schema, groups as well as leaves. */
export function knownPaths(node: SchemaNode, path: string): readonly string[] {
  if (node.kind !== "group") return [path];
  const inner = Object.entries(node.keys).flatMap(([key, child]) => knownPaths(child, joinKeys(path, key)));
  return path === "" ? inner : [path, ...inner];
}
