/** The rules of cloudflare/pint (0.87) that need no server, over rules as they are generated. Each finding starts with pint's name for it. */
import { nodesNamed, type PromqlNode, parsePromql } from "../src/promql/parse-promql.ts";
import { sameExpression } from "../src/promql/same-expression.ts";
import type { Rule, RuleGroup } from "../src/rules/rules-file.ts";
import { branches, hasCondition, resultLabels } from "./result-labels.ts";

/** What a deployment asks for: pint takes these from its configuration. */
export interface LintSettings {
  readonly annotations: readonly string[];
  readonly severities: readonly string[];
  readonly owners: readonly string[];
  /** Labels that a recorded series has, by its level. */
  readonly levels: Readonly<Record<string, readonly string[]>>;
}

type AlertRule = Extract<Rule, { readonly alert: string }> & Waits;

interface Waits {
  readonly for?: string | undefined;
  readonly keep_firing_for?: string | undefined;
}

/** Every finding in `groups`. */
export function lintRules(groups: readonly RuleGroup[], settings: LintSettings): readonly string[] {
  const rules = groups.flatMap((group) => group.rules);
  const recorded = new Map(rules.flatMap((rule) => ("record" in rule ? [[rule.record, rule.expr] as const] : [])));
  return [
    ...groups.flatMap(groupInterval),
    ...rules.flatMap((rule) => lintRule(rule, recorded, settings)),
    ...duplicates(rules),
  ];
}

function lintRule(rule: Rule, recorded: ReadonlyMap<string, string>, settings: LintSettings): readonly string[] {
  const name = "alert" in rule ? rule.alert : rule.record;
  let tree: PromqlNode;
  try {
    tree = parsePromql(rule.expr);
  } catch (error) {
    return [`promql/syntax: ${name}: ${error}`];
  }
  const { impossible } = resultLabels(tree, recorded);
  return [
    ...impossible.map((label) => `promql/impossible: ${name}: nothing there has the label ${label}`),
    ...regularExpressions(tree).map((finding) => `promql/regexp: ${name}: ${finding}`),
    ...divisions(tree).map((finding) => `promql/nan: ${name}: ${finding}`),
    ...("alert" in rule
      ? lintAlert(rule, tree, recorded, settings)
      : lintRecord(rule.record, tree, recorded, settings)),
  ];
}

function lintAlert(
  rule: AlertRule,
  tree: PromqlNode,
  recorded: ReadonlyMap<string, string>,
  { annotations, severities, owners }: LintSettings,
): readonly string[] {
  const { alert, labels } = rule;
  const waits = [rule.for, rule.keep_firing_for].filter((wait) => wait !== undefined);
  return [
    ...(/^[A-Z][A-Za-z0-9]+$/.test(alert) ? [] : [`rule/name: ${alert}`]),
    ...(severities.includes(labels["severity"] ?? "") ? [] : [`rule/label: ${alert}: severity ${labels["severity"]}`]),
    ...(owners.includes(labels["owner"] ?? "") ? [] : [`rule/label: ${alert}: owner ${labels["owner"]}`]),
    ...annotations.filter((each) => !rule.annotations[each]).map((each) => `alerts/annotation: ${alert}: no ${each}`),
    ...waits
      .filter((wait) => !/^(?=.)(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?$/.test(wait))
      .map((wait) => `alerts/for: ${alert}: ${wait}`),
    ...waits.filter((wait) => /^0m?s$/.test(wait)).map((wait) => `alerts/for: ${alert}: ${wait} is the default`),
    ...branches(tree)
      .filter((branch) => !hasCondition(branch))
      .map((branch) => `alerts/comparison: ${alert}: ${branch.text}`),
    ...templates(rule, tree, recorded),
    ...fragile(rule, tree).map((finding) => `promql/fragile: ${alert}: ${finding}`),
  ];
}

function lintRecord(
  record: string,
  tree: PromqlNode,
  recorded: ReadonlyMap<string, string>,
  { levels }: LintSettings,
): readonly string[] {
  const kept = levels[record.split(":")[0] ?? ""];
  if (!/^[a-z_]+:[a-z_0-9]+:[a-z_0-9]+$/.test(record) || kept === undefined) return [`rule/name: ${record}`];
  const { labels, isOpen } = resultLabels(tree, recorded);
  return [
    ...kept.filter((label) => !labels.has(label)).map((label) => `promql/aggregate: ${record}: ${label} is stripped`),
    ...(isOpen ? [`promql/aggregate: ${record}: instance is kept`] : []),
  ];
}

/** A template may read the value in an annotation, and labels that every branch of the expression can give. */
function templates(rule: AlertRule, tree: PromqlNode, recorded: ReadonlyMap<string, string>): readonly string[] {
  const { alert, labels, annotations } = rule;
  const of = branches(tree).map((branch) => resultLabels(branch, recorded));
  return [
    ...Object.entries(labels)
      .filter(([, text]) => /\$value|\.Value/.test(text))
      .map(([label]) => `alerts/template: ${alert}: the value in the label ${label}`),
    ...Object.entries(annotations).flatMap(([annotation, text]) => {
      const depth = (text.match(/\{\{/g) ?? []).length - (text.match(/\}\}/g) ?? []).length;
      const asked = [...text.matchAll(/\$labels\.(\w+)/g)].map(([, label = ""]) => label);
      // A template that asks first whether the label is there may do without it.
      const certain = asked.filter((label) => !text.includes(`{{ if $labels.${label} }}`));
      const absent = certain.filter((label) => of.some((result) => !result.isOpen && !result.labels.has(label)));
      return [
        ...(depth === 0 ? [] : [`alerts/template: ${alert}: ${annotation} does not parse`]),
        ...absent.map(
          (label) => `alerts/template: ${alert}: ${annotation} reads ${label}, which the query does not give`,
        ),
      ];
    }),
  ];
}

const SAMPLING: readonly string[] = ["topk", "bottomk", "limitk", "limit_ratio"];
const ARITHMETIC: readonly string[] = ["Add", "Sub", "Mul", "Div", "Mod", "Pow"];

function fragile(rule: AlertRule, tree: PromqlNode): readonly string[] {
  const sampled = nodesNamed(tree, "AggregateOp").filter(({ text }) => SAMPLING.includes(text));
  const isAggregate = (node: PromqlNode | undefined): boolean =>
    node?.name === "AggregateExpr" || (node?.name === "ParenExpr" && isAggregate(node.children[0]));
  const partial = nodesNamed(tree, "BinaryExpr").filter(
    ({ children }) =>
      children.some(({ name }) => ARITHMETIC.includes(name)) &&
      isAggregate(children[0]) &&
      isAggregate(children.at(-1)),
  );
  return [
    ...sampled.map(({ text }) => `${text} selects other series each time`),
    ...(rule.for === undefined ? partial.map(({ text }) => `two aggregations without \`for\`: ${text}`) : []),
  ];
}

function regularExpressions(tree: PromqlNode): readonly string[] {
  return [...nodesNamed(tree, "EqlRegex"), ...nodesNamed(tree, "NeqRegex")].length === 0
    ? []
    : nodesNamed(tree, "UnquotedLabelMatcher").flatMap(({ text }) => {
        const [, pattern] = /[=!]~\s*"(.*)"$/s.exec(text) ?? [];
        if (pattern === undefined) return [];
        if (/^\^|\$$/.test(pattern)) return [`${text} is anchored already`];
        return /[.*+?|()[\]{}\\]/.test(pattern) ? [] : [`${text} needs no regular expression`];
      });
}

const SPOILED: readonly string[] = ["sum", "avg", "stddev", "stdvar"];

function divisions(tree: PromqlNode): readonly string[] {
  return nodesNamed(tree, "AggregateExpr")
    .filter(({ children }) => children.some(({ name, text }) => name === "AggregateOp" && SPOILED.includes(text)))
    .flatMap((aggregate) => nodesNamed(aggregate, "BinaryExpr"))
    .filter(({ children }) => children.some(({ name }) => name === "Div" || name === "Mod"))
    .filter(({ children }) => {
      const divisor = children.at(-1);
      return divisor?.name !== "NumberDurationLiteral" && !/clamp_min|[><]|!= 0/.test(divisor?.text ?? "");
    })
    .map(({ text }) => `a division by 0 spoils the aggregate: ${text}`);
}

function groupInterval({ name, interval, rules }: RuleGroup): readonly string[] {
  const [, hours = 0, minutes = 0, seconds = 0] = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?/.exec(interval) ?? [];
  const isLong = Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds) > 300;
  const isHeld = rules.every((rule) => "alert" in rule && (rule as AlertRule).keep_firing_for !== undefined);
  return isLong && !isHeld ? [`group/interval: ${name}: ${interval}`] : [];
}

/** Two rules that make the same series, or the same alert of the same series. */
function duplicates(rules: readonly Rule[]): readonly string[] {
  return rules.flatMap((rule, index) =>
    rules.slice(index + 1).flatMap((other) => {
      if ("record" in rule && "record" in other && rule.record === other.record)
        return [`rule/duplicate: ${rule.record}`];
      if (!("alert" in rule) || !("alert" in other) || rule.alert !== other.alert) return [];
      const isSame =
        JSON.stringify(rule.labels) === JSON.stringify(other.labels) || sameExpression(rule.expr, other.expr);
      return isSame ? [`rule/duplicate: ${rule.alert}`] : [];
    }),
  );
}
