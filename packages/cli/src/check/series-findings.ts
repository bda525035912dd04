/** Whether the series that the rules need exist in a running Prometheus, and since when not. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { type Finding, fail, ok, warn } from "../doctor/finding.ts";
import { listAt, textAt } from "./json-parts.ts";
import { type NeededSeries, neededSeries } from "./needed-series.ts";
import type { ServerApi } from "./server-api.ts";

/** How far back a series that is not there now is looked for, beside what the rules themselves look back. */
const LOOK_BACK_HOURS = 24;

/** When each series was last seen, in unix seconds; absent for one that was not. */
type LastSeen = ReadonlyMap<string, number>;

/** One finding for each series that is not there, by what that means; one for those that are. */
export async function seriesFindings(api: ServerApi, policy: Policy): Promise<readonly Finding[]> {
  const needed = neededSeries(policy);
  const names = needed.map(({ name }) => name);
  const now = await present(api, names, policy);
  const missing = needed.filter(({ name }) => !now.has(name));
  const seen = await lastSeen(api, missing, policy);
  const hasWorkers = needed.some(({ name, presence }) => presence === "always" && (now.has(name) || seen.has(name)));
  return [
    ok("series", `${now.size} of ${needed.length} that the rules read are there now`),
    ...(hasWorkers
      ? []
      : [
          fail(
            "workers",
            `no worker was seen in ${LOOK_BACK_HOURS} h: no alert about one can fire`,
            "Start a worker, and look at its way here: watchdog doctor.",
          ),
        ]),
    ...missing.flatMap((series) => absence(series, seen, hasWorkers)),
  ];
}

function absence({ name, presence, alerts }: NeededSeries, seen: LastSeen, hasWorkers: boolean): readonly Finding[] {
  const at = seen.get(name);
  const served =
    alerts.length <= 3 ? alerts.join(", ") : `${alerts.slice(0, 3).join(", ")} and ${alerts.length - 3} more`;
  const when = at === undefined ? `absent for ${LOOK_BACK_HOURS} h` : `last seen ${new Date(at * 1_000).toISOString()}`;
  const found = `${when}; needed by ${served === "" ? "recording rules" : served}`;
  switch (presence) {
    case "always":
      // Without any worker that is said once.
      return hasWorkers ? [fail(name, found, "Every worker exports it: look for what drops it on its way.")] : [];
    case "job":
      return at !== undefined || !hasWorkers
        ? []
        : [warn(name, found, "Normal where no worker has claimed a job yet.")];
    case "event":
      // What once happened is known to arrive.
      return at !== undefined || !hasWorkers ? [] : [warn(name, found, "Normal where it has never happened.")];
    case "server":
      return [warn(name, found, "Normal for a counter that has not moved; else add the scrape job.")];
  }
}

async function present(api: ServerApi, names: readonly string[], policy: Policy): Promise<ReadonlySet<string>> {
  const selector = `{__name__=~${JSON.stringify(names.join("|"))}${ofScope(policy)}}`;
  const samples = await query(api, `count by (__name__) (${selector})`);
  return new Set(samples.map(({ name }) => name));
}

async function lastSeen(api: ServerApi, missing: readonly NeededSeries[], policy: Policy): Promise<LastSeen> {
  const seen = new Map<string, number>();
  for (const { name } of missing) {
    const scope = ofScope(policy).replace(/^,/, "");
    const [sample] = await query(api, `max(max_over_time(timestamp(${name}{${scope}})[${LOOK_BACK_HOURS}h:1m]))`);
    if (sample !== undefined) seen.set(name, sample.value);
  }
  return seen;
}

function ofScope({ series }: Policy): string {
  return Object.entries(series.selectors)
    .map(([label, value]) => `,${label}=${JSON.stringify(value)}`)
    .join("");
}

async function query(
  api: ServerApi,
  expr: string,
): Promise<readonly { readonly name: string; readonly value: number }[]> {
  const answer = await api.get("/api/v1/query", { query: expr });
  if ("unknown" in answer) return [];
  return listAt(answer.json, "data", "result").map((sample) => ({
    name: textAt(sample, "metric", "__name__") ?? "",
    value: Number(listAt(sample, "value")[1]),
  }));
}
