/** What a policy is read from, the same for YAML and for plain objects: values that know their line. */

/** A value with its 1-based line, where it has one. */
export type InputNode = InputMap | InputList | InputScalar;

/** A mapping, in order. */
export interface InputMap {
  readonly kind: "map";
  readonly line: number | undefined;
  readonly entries: readonly InputEntry[];
}

/** One key of a mapping. */
export interface InputEntry {
  readonly key: string;
  readonly line: number | undefined;
  readonly value: InputNode;
}

/** A list. */
export interface InputList {
  readonly kind: "list";
  readonly line: number | undefined;
  readonly items: readonly InputNode[];
}

/** Anything else. */
export interface InputScalar {
  readonly kind: "scalar";
  readonly line: number | undefined;
  readonly value: unknown;
}

const maxDepth = 32;

/** The tree of a plain object, without lines. A key that is `undefined` is left out, as if it were absent. */
export function treeOfObject(value: unknown, depth = 0): InputNode {
  if (typeof value !== "object" || value === null || depth > maxDepth) return scalar(value);
  if (Array.isArray(value)) {
    return { kind: "list", line: undefined, items: value.map((item) => treeOfObject(item, depth + 1)) };
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return scalar(value);
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .map(([key, inner]) => ({ key, line: undefined, value: treeOfObject(inner, depth + 1) }));
  return { kind: "map", line: undefined, entries };
}

function scalar(value: unknown): InputScalar {
  return { kind: "scalar", line: undefined, value };
}

/** What a node holds, in words, for messages. Long texts are cut. */
export function foundText(node: InputNode): string {
  if (node.kind === "map") return node.entries.length === 0 ? "an empty mapping" : "a mapping";
  if (node.kind === "list") return node.items.length === 0 ? "an empty list" : `a list of ${node.items.length}`;
  const { value } = node;
  if (value === null) return "an empty value";
  if (typeof value === "string") return quoted(value);
  return typeof value === "object" || typeof value === "function" ? `a ${typeof value}` : String(value);
}

/** A text in quotes for a message, cut where it is long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}
