/** Holds an input to the schema: fills in defaults, and collects every problem instead of stopping at the first. */
import { crossCheck } from "./cross-checks.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { defaultPolicy } from "./default-policy.ts";
import { foundText, type InputEntry, type InputNode } from "./input-tree.ts";
import { joinKeys, knownPaths, nearestPath } from "./key-path.ts";
import { defaultStep, flagProblem, listStep, numberProblem, textProblem } from "./leaf-problem.ts";
import type { Policy } from "./policy.ts";
import { invalidPolicy, type PolicyProblem, placeText } from "./policy-problem.ts";
import { POLICY_VERSION, policySchema } from "./schema.ts";
import {
  type AnyGroupNode,
  type AnyMapNode,
  allowedText,
  type FlagNode,
  type ListNode,
  type NumberNode,
  type SchemaNode,
  type TextNode,
  type TextProblem,
  type TextsNode,
} from "./schema-node.ts";

/** A policy with what a reader of its file should be told. */
export interface PolicyWithNotes {
  /** The policy, deeply frozen. */
  readonly policy: Policy;
  /** Keys that were let pass and not read, each as `file:line: key: …`. */
  readonly warnings: readonly string[];
  /** Dotted keys that took their default, in the schema's order. */
  readonly defaulted: readonly string[];
}

/** How an input is read. */
export interface ValidateOptions {
  /** Name of the file in messages. */
  readonly file: string;
  /** Whether `version` must be stated. */
  readonly isVersionRequired: boolean;
}

/** @throws WatchdogError `invalid_policy` that lists every problem. */
export function validatePolicy(tree: InputNode, options: ValidateOptions): PolicyWithNotes {
  const validation = new Validation(options);
  return validation.run(tree);
}

class Validation {
  readonly #options: ValidateOptions;
  readonly #problems: PolicyProblem[] = [];
  readonly #warnings: string[] = [];
  readonly #defaulted: string[] = [];
  readonly #lines = new Map<string, number | undefined>();
  #foreignKeys: ReadonlySet<string> = new Set();

  constructor(options: ValidateOptions) {
    this.#options = options;
  }

  run(tree: InputNode): PolicyWithNotes {
    if (tree.kind !== "map") {
      this.#refuse(tree, "", foundText(tree), "a mapping of keys", "Start with `version: codex_session_watchdog_v1`");
      throw invalidPolicy(this.#options.file, this.#problems);
    }
    this.#checkVersion(tree.entries.find((entry) => entry.key === "version"));
    this.#foreignKeys = this.#readForeignKeys(tree.entries.find((entry) => entry.key === "foreign_keys"));
    const values = this.#group(policySchema as AnyGroupNode, tree, defaultPolicy, "");
    const { foreign_keys: _foreign, ...rest } = values;
    const policy = withOwner(rest as unknown as Policy);
    this.#problems.push(...crossCheck(policy, this.#lines, new Set(this.#problems.map((problem) => problem.key))));
    if (this.#problems.length > 0) throw invalidPolicy(this.#options.file, this.#problems);
    return deepFreeze({ policy, warnings: this.#warnings, defaulted: this.#defaulted });
  }

  /** A file of another version is not ours to judge: its version is the only problem that is told. */
  #checkVersion(entry: InputEntry | undefined): void {
    if (entry === undefined && !this.#options.isVersionRequired) return;
    const found = entry?.value;
    if (found?.kind === "scalar" && found.value === POLICY_VERSION) return;
    const nextStep =
      found === undefined
        ? `Add \`version: ${POLICY_VERSION}\``
        : "This release reads that version alone: rewrite the file for it, or use the release that the file was written for";
    const line = entry?.line ?? (found === undefined ? 1 : undefined);
    const problem: PolicyProblem = {
      line: this.#options.isVersionRequired ? line : undefined,
      key: "version",
      found: found === undefined ? "no version" : foundText(found),
      allowed: POLICY_VERSION,
      nextStep,
    };
    throw invalidPolicy(this.#options.file, [problem]);
  }

  #readForeignKeys(entry: InputEntry | undefined): ReadonlySet<string> {
    const keys = new Set<string>();
    if (entry?.value.kind !== "list") return keys;
    const known = new Set(knownPaths(policySchema as AnyGroupNode, ""));
    for (const item of entry.value.items) {
      if (item.kind !== "scalar" || typeof item.value !== "string") continue;
      if (known.has(item.value)) {
        this.#refuse(item, "foreign_keys", foundText(item), "keys that this policy does not read", "Take it out");
      } else keys.add(item.value);
    }
    return keys;
  }

  #node(node: SchemaNode, input: InputNode | undefined, fallback: unknown, path: string): unknown {
    if (input !== undefined) this.#lines.set(path, input.line);
    switch (node.kind) {
      case "group":
        if (input === undefined && node.isOptional === true) return fallback;
        return this.#group(node, input, fallback ?? {}, path);
      case "texts":
        return this.#texts(node, input, path);
      case "map":
        return this.#map(node, input, fallback, path);
      default:
        if (input === undefined) {
          if (fallback !== undefined) this.#defaulted.push(path);
          return fallback;
        }
        return this.#leaf(node, input, fallback, path);
    }
  }

  #group(node: AnyGroupNode, input: InputNode | undefined, fallback: unknown, path: string): Record<string, unknown> {
    const entries = this.#entries(node, input, path);
    for (const entry of entries) {
      if (Object.hasOwn(node.keys, entry.key)) continue;
      if (node.foreign?.some((pattern) => matchesPattern(pattern, entry.key)) === true)
        this.#pass(entry, joinKeys(path, entry.key), "belongs to another loader");
      else this.#unknown(entry, path, [...Object.keys(node.keys), ...(node.foreign ?? [])]);
    }
    const values: Record<string, unknown> = {};
    for (const [key, inner] of Object.entries(node.keys)) {
      const given = entries.find((entry) => entry.key === key)?.value;
      const value = this.#node(inner, given, (fallback as Record<string, unknown>)[key], joinKeys(path, key));
      if (value !== undefined) values[key] = value;
    }
    return values;
  }

  #map(node: AnyMapNode, input: InputNode | undefined, fallback: unknown, path: string): Record<string, unknown> {
    const values = { ...(fallback as Record<string, unknown>) };
    const given = new Set<string>();
    for (const entry of this.#entries(node, input, path)) {
      const inner = joinKeys(path, entry.key);
      if (node.name.check(entry.key) !== undefined) {
        this.#refuse(entry.value, inner, JSON.stringify(entry.key), node.name.allowed, "Rename it", entry.line);
        continue;
      }
      given.add(entry.key);
      values[entry.key] = this.#node(node.item, entry.value, node.defaults(entry.key), inner);
    }
    for (const [name, value] of Object.entries(fallback as object)) {
      if (!given.has(name))
        for (const key of Object.keys(value as object)) this.#defaulted.push(joinKeys(path, name, key));
    }
    return values;
  }

  #texts(node: TextsNode, input: InputNode | undefined, path: string): Record<string, unknown> {
    if (input === undefined) this.#defaulted.push(path);
    const values: Record<string, unknown> = {};
    for (const entry of this.#entries(node, input, path)) {
      const inner = joinKeys(path, entry.key);
      if (node.name.check(entry.key) !== undefined) {
        this.#refuse(entry.value, inner, JSON.stringify(entry.key), node.name.allowed, "Rename it", entry.line);
      } else values[entry.key] = this.#node(node.item, entry.value, undefined, inner);
    }
    return values;
  }

  #entries(
    node: AnyGroupNode | AnyMapNode | TextsNode,
    input: InputNode | undefined,
    path: string,
  ): readonly InputEntry[] {
    if (input === undefined) return [];
    if (input.kind === "map") return input.entries;
    this.#refuse(input, path, foundText(input), allowedText(node), "Write its keys under it, or remove it");
    return [];
  }

  #unknown(entry: InputEntry, path: string, known: readonly string[]): void {
    const key = joinKeys(path, entry.key);
    if (entry.key.startsWith("x-")) this.#pass(entry, key, "starts with `x-`");
    else if (this.#foreignKeys.has(key)) this.#pass(entry, key, "is listed in foreign_keys");
    else if (known.includes(`${entry.key}_file`)) {
      const allowed = "the path of a file that holds it";
      this.#refuse(
        entry.value,
        key,
        "a secret's value",
        allowed,
        `Write it to a file, and the file's path as \`${entry.key}_file\``,
        entry.line,
      );
    } else {
      const allowed = "known keys, `x-*` and those listed in foreign_keys";
      const nearest = nearestPath(entry.key, path, known);
      this.#refuse(entry.value, key, "an unknown key", allowed, `The nearest known key is \`${nearest}\``, entry.line);
    }
  }

  #leaf(node: NumberNode | TextNode | FlagNode | ListNode, input: InputNode, fallback: unknown, path: string): unknown {
    const before = this.#problems.length;
    if (node.kind === "list") {
      const items = this.#list(node, input, fallback, path);
      return this.#problems.length === before ? items : fallback;
    }
    const problem = leafProblem(node, input);
    if (problem === undefined) return (input as { readonly value: unknown }).value;
    const { found = foundText(input), nextStep = defaultStep(fallback) } = problem;
    this.#refuse(input, path, found, allowedText(node), nextStep);
    return fallback;
  }

  #list(node: ListNode, input: InputNode, fallback: unknown, path: string): readonly unknown[] {
    if (input.kind !== "list") {
      this.#refuse(input, path, foundText(input), allowedText(node), defaultStep(fallback));
      return [];
    }
    const items = new Set<unknown>();
    for (const [index, item] of input.items.entries()) {
      const problem = textProblem(node.item, item);
      const value = item.kind === "scalar" ? item.value : undefined;
      const key = `${path}[${index}]`;
      if (problem !== undefined) {
        const { found = foundText(item), nextStep = listStep(node.item, value) } = problem;
        this.#refuse(item, key, found, allowedText(node.item), nextStep);
      } else if (items.has(value)) {
        this.#refuse(item, key, `${foundText(item)} again`, "each item once", "Remove the second one");
      } else items.add(value);
    }
    return [...items];
  }

  #refuse(input: InputNode, key: string, found: string, allowed: string, nextStep: string, line = input.line): void {
    this.#problems.push({ line, key, found, allowed, nextStep });
  }

  #pass(entry: InputEntry, key: string, why: string): void {
    this.#warnings.push(`${placeText(this.#options.file, entry.line)}: ${key}: not read by the watchdog: it ${why}`);
  }
}

function leafProblem(node: NumberNode | TextNode | FlagNode, input: InputNode): TextProblem | undefined {
  if (node.kind === "flag") return flagProblem(input);
  return node.kind === "number" ? numberProblem(node, input) : textProblem(node, input);
}

function matchesPattern(pattern: string, key: string): boolean {
  return new RegExp(`^${pattern.replaceAll("*", "\\w+")}$`).test(key);
}

/** The policy's own owner is an owner as well, by its name, unless the file says more about it. */
function withOwner(policy: Policy): Policy {
  return { ...policy, owners: { [policy.owner]: { receiver: policy.owner }, ...policy.owners } };
}
