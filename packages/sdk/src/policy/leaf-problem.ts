/** Holds one value to its node of the schema. */
import { foundText, type InputNode } from "./input-tree.ts";
import { nearestKey } from "./nearest-key.ts";
import { HUMAN_ACTIONS, REPAIR_ACTIONS } from "./policy-values.ts";
import type { NumberNode, TextNode, TextProblem } from "./schema-node.ts";

/** What is wrong with a number, if anything. */
export function numberProblem(node: NumberNode, input: InputNode): TextProblem | undefined {
  const value = input.kind === "scalar" ? input.value : undefined;
  if (typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))) {
    return { found: `the text ${foundText(input)}`, nextStep: "Write the number without quotes" };
  }
  if (typeof value === "string" && /^\d+(?:\.\d+)?\s?(?:ms|[smhdw]|sec|min|minutes|seconds|hours|days)$/.test(value)) {
    return { nextStep: `Write the number alone${node.unit === "" ? "" : `, in ${node.unit}`}` };
  }
  if (typeof value !== "number" || !Number.isFinite(value)) return {};
  if (node.isWhole && !Number.isInteger(value)) return {};
  if (value < node.min || (node.isMinExclusive && value === node.min) || value > node.max) return {};
  return undefined;
}

/** What is wrong with a text, if anything. */
export function textProblem(node: TextNode, input: InputNode): TextProblem | undefined {
  if (input.kind !== "scalar" || typeof input.value !== "string") return {};
  if (node.values === undefined) return node.format?.check(input.value);
  return node.values.includes(input.value) ? undefined : { nextStep: nearestStep(input.value, node.values) };
}

/** What is wrong with true or false, if anything. */
export function flagProblem(input: InputNode): TextProblem | undefined {
  return input.kind === "scalar" && typeof input.value === "boolean" ? undefined : {};
}

/** The next step where a value can go back to its default. */
export function defaultStep(fallback: unknown): string {
  if (fallback === undefined) return "Correct it, or remove the key";
  return `Correct it, or remove the key for its default ${JSON.stringify(fallback)}`;
}

/** The next step for an item of a list. */
export function listStep(item: TextNode, value: unknown): string {
  if (item.values === undefined || typeof value !== "string") return "Correct or remove this item";
  return nearestStep(value, item.values);
}

function nearestStep(value: string, values: readonly string[]): string {
  if (values === REPAIR_ACTIONS && (HUMAN_ACTIONS as readonly string[]).includes(value)) {
    return "Only a person may do this: it can stand under self_heal.requires_human alone";
  }
  return `The nearest is \`${nearestKey(value, values)}\``;
}
