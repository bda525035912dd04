/** The policy's reference as Markdown, written from the schema: docs/reference/policy.md. */
import { describeRelations } from "./cross-checks.ts";
import { defaultPolicy } from "./default-policy.ts";
import { policySchema } from "./schema.ts";
import { type AnyGroupNode, allowedText, type SchemaNode } from "./schema-node.ts";

const introduction = `<!-- Generated from packages/sdk/src/policy/schema.ts by \`npm run generate\`. Do not edit. -->

# Policy

One YAML file says every threshold, owner and action. It must state its \`version\`; every other key may be left out and takes its
default. \`watchdog.yaml\` is the default policy, written out.

A key that is not listed here is an error that names the nearest known one. Three kinds of key are let pass with a warning: those that
start with \`x-\`, those listed in \`foreign_keys\`, and those under \`runtime_controls\` that another loader owns. A wrong type or range is an
error with file, line, key, what was found and what is allowed; all problems are told at once.

Minutes and seconds may be fractions unless a whole number is asked for.
`;

const passExpressions = `## Pass expressions

\`checks.<phase>.pass\` is a condition over the phase's result:

- \`field == value\`, \`field != value\`, \`field in [value, value]\`
- joined by \`and\`, \`or\`, \`not\` and parentheses; \`not\` binds tightest, then \`and\`
- a field is a dotted path of own properties, such as \`touch.ok\`
- a value is a number, \`true\`, \`false\`, \`null\`, a word such as \`running\`, or a quoted string

Types are compared strictly: \`"200"\` is not \`200\`. A field that is missing makes its comparison unknown, and a result that stays unknown
does not pass, also not behind \`not\`. At most 1000 characters.
`;

/** The whole of docs/reference/policy.md. */
export function policyReference(): string {
  const { keys } = policySchema as AnyGroupNode;
  const isSection = (node: SchemaNode): boolean => node.kind === "group" || node.kind === "map";
  const top = Object.entries(keys).filter(([, node]) => !isSection(node));
  const sections = Object.entries(keys).filter(([, node]) => isSection(node));
  const parts = [
    introduction,
    `## Top level\n\n${table(top.flatMap(([key, node]) => rows(node, key, valueAt(defaultPolicy, key))))}`,
    ...sections.map(([key, node]) => section(key, node)),
    passExpressions,
    `## Numbers that must fit together\n\nEach number is in its own range, and these bounds hold between them; a policy that breaks one is refused, for it would page a
healthy worker, or never page. The page latency of a severity is export interval + rule interval + 5 s + its group wait.\n\n${relations()}`,
  ];
  return parts.join("\n");
}

function section(key: string, node: SchemaNode): string {
  return `## ${key}\n\n${node.doc}\n\n${table(rows(node, key, valueAt(defaultPolicy, key)))}`;
}

interface Row {
  readonly key: string;
  readonly allowed: string;
  readonly fallback: string;
  readonly doc: string;
}

function rows(node: SchemaNode, path: string, value: unknown): readonly Row[] {
  switch (node.kind) {
    case "group":
      return [
        ...Object.entries(node.keys).flatMap(([key, inner]) => rows(inner, `${path}.${key}`, valueAt(value, key))),
        ...(node.foreign ?? []).map((pattern) => ({
          key: `${path}.${pattern}`,
          allowed: "anything",
          fallback: "",
          doc: "Another loader's.",
        })),
      ];
    case "texts": {
      const name = `${path}.${node.placeholder}`;
      return [{ key: name, allowed: allowedText(node.item), fallback: "none", doc: node.doc }];
    }
    case "map": {
      const names = Object.keys(value as object).join(", ");
      const there = names === "" ? "" : `; there by default: ${names}`;
      const defaults = Object.keys(node.defaults(""));
      return rows(node.item, `${path}.${node.placeholder}`, undefined).map((row) =>
        defaults.some((key) => row.key.endsWith(`.${key}`)) ? { ...row, fallback: `the name${there}` } : row,
      );
    }
    default:
      return [{ key: path, allowed: allowedText(node), fallback: fallbackText(value), doc: node.doc }];
  }
}

function table(lines: readonly Row[]): string {
  const body = lines.map(
    ({ key, allowed, fallback, doc }) => `| \`${key}\` | ${[allowed, fallback, doc].map(cell).join(" | ")} |\n`,
  );
  return `| key | allowed | default | what it is |\n| --- | --- | --- | --- |\n${body.join("")}`;
}

function relations(): string {
  const body = describeRelations(defaultPolicy).map(
    ({ key, must, otherwise }) => `| \`${key}\` | ${cell(must)} | ${cell(otherwise)} |\n`,
  );
  return `| key | must be | otherwise |\n| --- | --- | --- |\n${body.join("")}`;
}

function fallbackText(value: unknown): string {
  if (value === undefined) return "none";
  if (Array.isArray(value)) return value.length === 0 ? "empty" : value.join(", ");
  return typeof value === "string" ? `\`${value}\`` : String(value);
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}

function valueAt(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
