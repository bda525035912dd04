/** Alertmanager's routing, as a model: which receivers an alert reaches in a tree of routes, and which routes nothing can reach. */

/** One route. */
export interface Route {
  readonly receiver: string;
  readonly matchers: readonly Matcher[];
  readonly isContinued: boolean;
  readonly routes: readonly Route[];
  /** How the route is found by a reader: the matchers from the root down. */
  readonly path: string;
}

/** One matcher. */
export interface Matcher {
  readonly label: string;
  readonly operator: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

type Labels = Readonly<Record<string, string>>;

/** The tree under `route` of a configuration of Alertmanager, read as far as routing goes. What is not there is as Alertmanager has it. */
export function routeTree(route: unknown, parent?: Route): Route {
  const { receiver, matchers, match, match_re, routes, continue: continued } = (route ?? {}) as Record<string, unknown>;
  const own = [
    ...(Array.isArray(matchers) ? matchers.map(String).flatMap(parseMatchers) : []),
    ...Object.entries(match ?? {}).map(([label, value]): Matcher => ({ label, operator: "=", value: String(value) })),
    ...Object.entries(match_re ?? {}).map(
      ([label, value]): Matcher => ({ label, operator: "=~", value: String(value) }),
    ),
  ];
  const here = own.map(({ label, operator, value }) => `${label}${operator}${JSON.stringify(value)}`).join(",");
  const self: Route = {
    receiver: typeof receiver === "string" && receiver !== "" ? receiver : (parent?.receiver ?? ""),
    matchers: own,
    isContinued: continued === true,
    routes: [],
    path: parent === undefined ? "the root" : `${parent.path === "the root" ? "" : `${parent.path} > `}{${here}}`,
  };
  return { ...self, routes: Array.isArray(routes) ? routes.map((child) => routeTree(child, self)) : [] };
}

const MATCHER = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^\s=!~"{},]+))\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^",]*?))\s*$/s;

function parseMatchers(text: string): readonly Matcher[] {
  const inner = text.trim().replace(/^\{(.*)\}$/s, "$1");
  const parts = inner.match(/(?:"(?:[^"\\]|\\.)*"|[^",])+/gs) ?? [];
  return parts.flatMap((part) => {
    const [, quotedLabel, label = quotedLabel ?? "", operator, quotedValue, value] = MATCHER.exec(part) ?? [];
    if (operator === undefined) return [];
    const unquoted = quotedValue === undefined ? (value ?? "") : quotedValue.replaceAll(/\\(["\\])/g, "$1");
    return [{ label, operator: operator as Matcher["operator"], value: unquoted }];
  });
}

/** The routes at which an alert with these labels ends, in the order of the tree; the root takes what nothing else does. */
export function routesFor(tree: Route, labels: Labels): readonly Route[] {
  const found: Route[] = [];
  for (const child of tree.routes) {
    if (!child.matchers.every((matcher) => matches(matcher, labels))) continue;
    found.push(...routesFor(child, labels));
    if (!child.isContinued) break;
  }
  return found.length === 0 ? [tree] : found;
}

function matches({ label, operator, value }: Matcher, labels: Labels): boolean {
  const found = labels[label] ?? "";
  if (operator === "=") return found === value;
  if (operator === "!=") return found !== value;
  return pattern(value).test(found) === (operator === "=~");
}

const NEVER = /(?!)/;

/** Alertmanager's regular expressions are anchored; one that only Go knows matches nothing here. */
function pattern(text: string): RegExp {
  try {
    return new RegExp(`^(?:${text})$`, "s");
  } catch {
    return NEVER;
  }
}

/** Most combinations of label values that are tried; a tree with more is not judged. */
const MOST_TRIED = 200_000;

/** The routes that no alert can pass, because an earlier one takes everything first; `undefined` for a tree too large to try. */
export function unreachableRoutes(tree: Route): readonly Route[] | undefined {
  const all = descendants(tree);
  const values = new Map<string, Set<string>>();
  for (const { label, operator, value } of all.flatMap(({ matchers }) => matchers)) {
    const known = values.get(label) ?? values.set(label, new Set(["", "another"])).get(label);
    const literals = operator.endsWith("~")
      ? value.split("|").map((part) => part.replaceAll(/[()^$]|\.[+*]/g, ""))
      : [value];
    for (const literal of literals) known?.add(literal);
  }
  const labels = [...values];
  if (labels.reduce((product, [, known]) => product * known.size, 1) > MOST_TRIED) return undefined;
  const reached = new Set<Route>();
  for (const combination of combinations(labels)) pass(tree, combination, reached);
  return all.filter((route) => !reached.has(route));
}

function descendants({ routes }: Route): readonly Route[] {
  return routes.flatMap((child) => [child, ...descendants(child)]);
}

function pass(route: Route, labels: Labels, reached: Set<Route>): void {
  for (const child of route.routes) {
    if (!child.matchers.every((matcher) => matches(matcher, labels))) continue;
    reached.add(child);
    pass(child, labels, reached);
    if (!child.isContinued) return;
  }
}

function* combinations(labels: readonly (readonly [string, ReadonlySet<string>])[]): Generator<Labels> {
  const [first, ...rest] = labels;
  if (first === undefined) return yield {};
  for (const others of combinations(rest)) for (const value of first[1]) yield { ...others, [first[0]]: value };
}
