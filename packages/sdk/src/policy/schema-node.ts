/** What a schema is made of: one node for each key, typed by the policy that it describes. */

/** A number. */
export interface NumberNode {
  readonly kind: "number";
  readonly doc: string;
  /** Unit in words, such as `minutes`; empty for a plain number. */
  readonly unit: string;
  /** Only whole numbers. */
  readonly isWhole: boolean;
  /** Least value. */
  readonly min: number;
  /** Whether `min` itself is refused. */
  readonly isMinExclusive: boolean;
  /** Greatest value, allowed itself. */
  readonly max: number;
}

/** What is wrong with a text, and what to do. */
export interface TextProblem {
  /** What was found, where the text alone does not say it or must not be repeated. */
  readonly found?: string | undefined;
  /** Next step, where there is one better than the default's. */
  readonly nextStep?: string | undefined;
}

/** A kind of text: what is allowed, in words, and a check. */
export interface TextFormat {
  readonly allowed: string;
  readonly check: (text: string) => TextProblem | undefined;
}

/** A text: one of a closed set, or of a format. */
export interface TextNode {
  readonly kind: "text";
  readonly doc: string;
  readonly values?: readonly string[] | undefined;
  readonly format?: TextFormat | undefined;
}

/** True or false. */
export interface FlagNode {
  readonly kind: "flag";
  readonly doc: string;
}

/** A list of different texts. */
export interface ListNode {
  readonly kind: "list";
  readonly doc: string;
  readonly item: TextNode;
}

/** A mapping with known keys. */
export interface GroupNode<T = Readonly<Record<string, unknown>>> {
  readonly kind: "group";
  readonly doc: string;
  /** Keys that another loader reads, with `*` for any run of letters, digits and `_`: they are let pass. */
  readonly foreign?: readonly string[] | undefined;
  /** Whether the group is absent, and not empty, where the input lacks it. */
  readonly isOptional?: boolean | undefined;
  readonly keys: { readonly [K in keyof T]-?: NodeOf<NonNullable<T[K]>> };
}

/** A mapping whose keys are names that the user chooses. */
export interface MapNode<T = Readonly<Record<string, unknown>>> {
  readonly kind: "map";
  readonly doc: string;
  /** How a name looks in a dotted path, such as `<name>`. */
  readonly placeholder: string;
  readonly name: TextFormat;
  /** What an item of this name has where the input does not say it. */
  readonly defaults: (name: string) => Partial<T>;
  readonly item: GroupNode<T>;
}

/** A mapping of names that the user chooses to texts. */
export interface TextsNode {
  readonly kind: "texts";
  readonly doc: string;
  /** How a name looks in a dotted path, such as `<label>`. */
  readonly placeholder: string;
  readonly name: TextFormat;
  readonly item: TextNode;
}

/** The node that describes a value of type `T`. */
export type NodeOf<T> = [T] extends [number]
  ? NumberNode
  : [T] extends [boolean]
    ? FlagNode
    : [T] extends [string]
      ? TextNode
      : [T] extends [readonly string[]]
        ? ListNode
        : string extends keyof T
          ? T[keyof T] extends string
            ? TextsNode
            : MapNode<T[keyof T]>
          : GroupNode<T>;

/** Any node. */
export type SchemaNode = NumberNode | TextNode | FlagNode | ListNode | TextsNode | AnyGroupNode | AnyMapNode;

/** A group whose keys are looked up at run time. */
export interface AnyGroupNode {
  readonly kind: "group";
  readonly doc: string;
  readonly foreign?: readonly string[] | undefined;
  readonly isOptional?: boolean | undefined;
  readonly keys: Readonly<Record<string, SchemaNode>>;
}

/** A map whose items are looked up at run time. */
export interface AnyMapNode {
  readonly kind: "map";
  readonly doc: string;
  readonly placeholder: string;
  readonly name: TextFormat;
  readonly defaults: (name: string) => Readonly<Record<string, unknown>>;
  readonly item: AnyGroupNode;
}

/** Bounds of a {@link NumberNode}: exactly one of `min` and `above`. */
export type NumberBounds = ({ readonly min: number } | { readonly above: number }) & {
  readonly max: number;
  readonly unit?: string | undefined;
};

/** A number, fractions allowed. */
export function number(doc: string, bounds: NumberBounds): NumberNode {
  return numberNode(doc, bounds, false);
}

/** A whole number. */
export function whole(doc: string, bounds: NumberBounds): NumberNode {
  return numberNode(doc, bounds, true);
}

function numberNode(doc: string, bounds: NumberBounds, isWhole: boolean): NumberNode {
  const isMinExclusive = "above" in bounds;
  const min = "above" in bounds ? bounds.above : bounds.min;
  return { kind: "number", doc, unit: bounds.unit ?? "", isWhole, min, isMinExclusive, max: bounds.max };
}

/** One of `values`. */
export function oneOf(doc: string, values: readonly string[]): TextNode {
  return { kind: "text", doc, values };
}

/** A text of `format`. */
export function text(doc: string, format: TextFormat): TextNode {
  return { kind: "text", doc, format };
}

/** True or false. */
export function flag(doc: string): FlagNode {
  return { kind: "flag", doc };
}

/** A list of different texts, each as `item`. */
export function list(doc: string, item: Omit<TextNode, "kind" | "doc">): ListNode {
  return { kind: "list", doc, item: { kind: "text", doc: "", ...item } };
}

/** What a node allows, in words, for messages and the reference. */
export function allowedText(node: SchemaNode): string {
  switch (node.kind) {
    case "number": {
      const bounds = node.isMinExclusive
        ? `above ${node.min} and at most ${node.max}`
        : `from ${node.min} to ${node.max}`;
      return `a ${node.isWhole ? "whole number" : "number"} ${bounds}${node.unit === "" ? "" : ` (${node.unit})`}`;
    }
    case "text":
      return node.values === undefined ? (node.format?.allowed ?? "text") : node.values.join(", ");
    case "flag":
      return "true or false";
    case "list":
      return node.item.values === undefined
        ? `a list, each item ${allowedText(node.item)}`
        : `a list of any of ${allowedText(node.item)}`;
    case "group":
      return `a mapping of ${[...Object.keys(node.keys), ...(node.foreign ?? [])].join(", ")}`;
    case "texts":
      return `a mapping of ${node.placeholder} to ${allowedText(node.item)}`;
    case "map":
      return `a mapping of ${node.placeholder} to ${Object.keys(node.item.keys).join(", ")}`;
  }
}
