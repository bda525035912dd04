/** The policy's selectors and cluster label in a dashboard that knows nothing of them: in its queries, variables and links. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { hasScope, scopedExpression } from "../promql/series-scope.ts";

/** A dashboard, or any part of one, as far as it matters here. */
type Json = unknown;

interface Variable {
  readonly name?: string;
  readonly label?: string;
  readonly allValue?: string;
  readonly query?: Json;
}

/** `dashboard` (Grafana's JSON) with what the policy asks of every series; the same one where it asks nothing. */
export function scopedDashboard<T extends object>(dashboard: T, policy: Policy): T {
  if (!hasScope(policy)) return dashboard;
  const { cluster_label } = policy.series;
  const scoped = withQueries(dashboard, policy) as { templating?: { list?: readonly Variable[] } };
  const list = scoped.templating?.list ?? [];
  const pool = list.findIndex(({ name }) => name === "pool");
  const first = list[pool];
  if (cluster_label === undefined || first === undefined) return scoped as T;
  const cluster = clusterVariable(first, cluster_label, policy);
  return { ...(scoped as T), templating: { ...scoped.templating, list: list.toSpliced(pool, 0, cluster) } };
}

/** All clusters, or some: as the pool's variable, which comes after it. */
function clusterVariable(pool: Variable, label: string, policy: Policy): Variable {
  const [metric = ""] = /[\w:]+(?=[,{])/.exec(queryText(pool).replace("label_values(", "")) ?? [];
  const query = `label_values(${scopedExpression(metric, { ...policy, series: { selectors: policy.series.selectors } })}, ${label})`;
  // Alerts on the pipeline itself have no cluster, and show where all are chosen.
  return { ...pool, name: "cluster", label: "Cluster", allValue: ".*", query: withQuery(pool.query, query) };
}

function queryText({ query }: Variable): string {
  return typeof query === "object" && query !== null && "query" in query ? String(query.query) : String(query);
}

function withQuery(found: Json, query: string): Json {
  return typeof found === "object" && found !== null ? { ...found, query } : query;
}

const LABEL_VALUES = /^label_values\((.+),\s*(\w+)\)$/s;

function withQueries(value: Json, policy: Policy, key = ""): Json {
  if (Array.isArray(value)) return value.map((inner) => withQueries(inner, policy));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withQueries(inner, policy, name)]));
  }
  if (typeof value !== "string") return value;
  const isClustered = policy.series.cluster_label !== undefined;
  const scope = (expr: string) => scopedQuery(expr, policy);
  if (key === "expr") return scope(value);
  const [, expr, label] = key === "query" ? (LABEL_VALUES.exec(value) ?? []) : [];
  if (expr !== undefined) return `label_values(${scope(expr)}, ${label})`;
  if (key === "url" && isClustered) return value.replace(/([?&])var-pool=/, "$1$${cluster:queryparam}&var-pool=");
  return value;
}

/** Grafana's own intervals are no PromQL: durations that nobody writes stand in for them while it is read. */
const INTERVALS: Readonly<Record<string, string>> = {
  "[$__rate_interval]": "[111222ms]",
  "[$__range]": "[111333ms]",
  "[$__interval]": "[111444ms]",
  "offset $__range": "offset 111555ms",
};

function scopedQuery(expr: string, policy: Policy): string {
  const swap = (text: string, pairs: readonly (readonly [string, string])[]) =>
    pairs.reduce((result, [from, to]) => result.replaceAll(from, to), text);
  const pairs = Object.entries(INTERVALS);
  const readable = scopedExpression(swap(expr, pairs), policy, '=~"$cluster"');
  return swap(
    readable,
    pairs.map(([from, to]) => [to, from] as const),
  );
}
