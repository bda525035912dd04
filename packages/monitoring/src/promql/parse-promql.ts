/** PromQL as a syntax tree, by the Prometheus project's own grammar. */
import { parser } from "@prometheus-io/lezer-promql";

/** One part of an expression, with where it stands. */
export interface PromqlNode {
  /** Name in the grammar, such as `VectorSelector`. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** The part as it is written. */
  readonly text: string;
  readonly children: readonly PromqlNode[];
}

/**
 * The tree of `expr`.
 *
 * @throws SyntaxError that says where the grammar does not know on.
 */
export function parsePromql(expr: string): PromqlNode {
  interface Open {
    readonly name: string;
    readonly from: number;
    readonly to: number;
    readonly text: string;
    readonly children: Open[];
  }
  const root: Open = { name: "", from: 0, to: expr.length, text: expr, children: [] };
  const open = [root];
  parser.parse(expr).iterate({
    enter: ({ name, from, to, type }) => {
      if (type.isError)
        throw new SyntaxError(`PromQL, character ${from + 1}: found ${JSON.stringify(expr.slice(from, from + 20))}`);
      const node: Open = { name, from, to, text: expr.slice(from, to), children: [] };
      open.at(-1)?.children.push(node);
      open.push(node);
    },
    leave: () => {
      open.pop();
    },
  });
  return root.children[0] ?? root;
}

/** Every node of the tree with this name, in the order of the text. */
export function nodesNamed(node: PromqlNode, name: string): readonly PromqlNode[] {
  const inner = node.children.flatMap((child) => nodesNamed(child, name));
  return node.name === name ? [node, ...inner] : inner;
}

/** The child of `node` with this name. */
export function childNamed(node: PromqlNode, name: string): PromqlNode | undefined {
  return node.children.find((child) => child.name === name);
}
