/** Reads YAML into an input tree: with lines, duplicate keys refused, and aliases bounded. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from "yaml";
import type { InputEntry, InputNode } from "./input-tree.ts";
import type { PolicyProblem } from "./policy-problem.ts";

/** Longest policy text, in characters. */
export const MAX_POLICY_LENGTH: number = 1_000_000;
const maxDepth = 32;
const maxNodes = 20_000;

/** A tree, or why there is none. */
export type YamlTree = { readonly tree: InputNode } | { readonly problems: readonly PolicyProblem[] };

/** Reads one YAML document. Never throws. */
export function treeOfYaml(text: string): YamlTree {
  if (text.length > MAX_POLICY_LENGTH) {
    const allowed = `at most ${MAX_POLICY_LENGTH}`;
    return { problems: [problem(undefined, `${text.length} characters`, allowed, "Check that this is the policy")] };
  }
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: false, version: "1.2", schema: "core" });
  const document = documents[0];
  if (
    document === undefined ||
    (documents.length === 1 && document.contents === null && document.errors.length === 0)
  ) {
    const nextStep = "Start with `version: codex_session_watchdog_v1`";
    return { problems: [problem(undefined, "an empty document", "a mapping of keys", nextStep)] };
  }
  const problems: PolicyProblem[] = [];
  for (const one of documents) {
    for (const issue of [...one.errors, ...one.warnings]) problems.push(syntaxProblem(issue, lines));
  }
  const second = documents[1];
  if (second !== undefined && problems.length === 0) {
    const { line } = lines.linePos(second.contents?.range?.[0] ?? second.range[0]);
    problems.push(problem(line, `${documents.length} documents`, "one", "Remove the others, and their `---`"));
  }
  if (problems.length > 0) return { problems };
  const reader = new TreeReader((node) => (isAlias(node) ? node.resolve(document) : undefined), lines);
  const tree = reader.read(document.contents, "", 0);
  return reader.problems.length > 0 ? { problems: reader.problems } : { tree };
}

class TreeReader {
  readonly problems: PolicyProblem[] = [];
  readonly #resolve: (node: Node) => Node | undefined;
  readonly #lines: LineCounter;
  #nodes = 0;

  constructor(resolve: (node: Node) => Node | undefined, lines: LineCounter) {
    this.#resolve = resolve;
    this.#lines = lines;
  }

  /** Aliases are followed; how far is bounded, or a few lines could stand for billions of values. */
  read(node: unknown, path: string, depth: number): InputNode {
    const line = this.#line(node);
    const nothing: InputNode = { kind: "scalar", line, value: null };
    this.#nodes += 1;
    if (this.#nodes > maxNodes || depth > maxDepth) {
      if (this.problems.length === 0) {
        const found = depth > maxDepth ? `more than ${maxDepth} levels` : `more than ${maxNodes} values`;
        const nextStep = "Write the values out instead of repeating anchors";
        this.problems.push(problem(line, found, "a policy of ordinary size", nextStep, path));
      }
      return nothing;
    }
    if (isAlias(node)) {
      const target = this.#resolve(node);
      if (target !== undefined) return this.read(target, path, depth + 1);
      const found = `the alias \`*${node.source}\``;
      this.problems.push(
        problem(line, found, "aliases of an anchor above", "Define the anchor, or write the value", path),
      );
    }
    if (isMap(node)) {
      const entries: InputEntry[] = [];
      for (const pair of node.items) this.#addEntry(entries, pair, path, depth);
      return { kind: "map", line, entries };
    }
    if (isSeq(node)) {
      return {
        kind: "list",
        line,
        items: node.items.map((item, index) => this.read(item, `${path}[${index}]`, depth + 1)),
      };
    }
    return isScalar(node) ? { kind: "scalar", line, value: node.value } : nothing;
  }

  #addEntry(entries: InputEntry[], pair: { key: unknown; value: unknown }, path: string, depth: number): void {
    if (this.problems.length > 100) return;
    const line = this.#line(pair.key);
    if (!isScalar(pair.key)) {
      this.problems.push(problem(line, "a key that is no text", "text keys", "Write the key as text", path));
      return;
    }
    const key = String(pair.key.value);
    const inner = path === "" ? key : `${path}.${key}`;
    if (key === "<<") {
      this.problems.push(problem(line, "a merge key", "keys written out", "Copy the merged keys here", path));
      return;
    }
    const first = entries.find((entry) => entry.key === key);
    if (first !== undefined) {
      const found = `the key again (it is also on line ${first.line})`;
      this.problems.push(problem(line, found, "each key once", "Remove one of the two", inner));
      return;
    }
    const value = this.read(pair.value, inner, depth + 1);
    // A value's line is its key's: that is where a reader looks, also when the value itself starts further down.
    entries.push({ key, line, value: { ...value, line } });
  }

  #line(node: unknown): number | undefined {
    const offset = (node as { range?: readonly number[] | null } | null)?.range?.[0];
    return offset === undefined ? undefined : this.#lines.linePos(offset).line;
  }
}

function syntaxProblem(
  issue: { readonly code: string; readonly message: string; readonly pos: readonly [number, number] },
  lines: LineCounter,
): PolicyProblem {
  const { line, col } = lines.linePos(issue.pos[0]);
  if (issue.code === "TAB_AS_INDENT") {
    return problem(line, "a tab in the indentation", "spaces", "Replace the tab by spaces");
  }
  // The library's message ends in a position and a picture of the line: the line is told already.
  const detail = (issue.message.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/, "");
  return problem(line, `${detail} (column ${col})`, "YAML 1.2", "Correct the syntax");
}

function problem(line: number | undefined, found: string, allowed: string, nextStep: string, key = ""): PolicyProblem {
  return { line, key, found, allowed, nextStep };
}
