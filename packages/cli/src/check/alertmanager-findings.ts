/** What a running Alertmanager says: its version, and whether its configuration is ours, or at least sends our alerts where they belong. */
import { isDeepStrictEqual } from "node:util";
import { alertmanagerFile, secondsOf } from "@worker-watchdog/monitoring";
import type { Policy } from "@worker-watchdog/sdk/policy";
import { parse } from "yaml";
import { compareVersions } from "../doctor/compare-versions.ts";
import { type Finding, fail, ok, warn } from "../doctor/finding.ts";
import { listAt, partOf, textAt } from "./json-parts.ts";
import { routeFindings } from "./owner-findings.ts";
import type { ServerApi } from "./server-api.ts";

/** The oldest version whose webhook takes the finished text of a page. */
const OLDEST_VERSION = "0.34.0";

/**
 * The findings of the Alertmanager behind `api`.
 *
 * @throws WatchdogError `service_unavailable` where it does not answer.
 */
export async function alertmanagerFindings(api: ServerApi, policy: Policy): Promise<readonly Finding[]> {
  const answer = await api.get("/api/v2/status");
  const json = "json" in answer ? answer.json : undefined;
  const text = textAt(json, "config", "original");
  if (text === undefined) {
    return [
      fail("configuration", `${api.address} does not say it`, "Give the address of an Alertmanager with its API v2."),
    ];
  }
  const version = textAt(json, "versionInfo", "version") ?? "unknown";
  const loaded: unknown = parse(text);
  return [
    compareVersions(version, OLDEST_VERSION) >= 0
      ? ok("version", version)
      : fail("version", version, `Take Alertmanager ${OLDEST_VERSION} or later.`),
    ...configurationFindings(loaded, policy),
  ];
}

function configurationFindings(loaded: unknown, policy: Policy): readonly Finding[] {
  const wanted = alertmanagerFile(policy);
  const differences = PARTS.filter(([, partOfIt]) => !isDeepStrictEqual(partOfIt(loaded), partOfIt(wanted))).map(
    ([name]) => name,
  );
  if (differences.length === 0) return [ok("configuration", "routes, receivers and inhibition are the policy's")];
  const routes = routeFindings(policy, loaded);
  return [
    warn(
      "configuration",
      `not the policy's: ${differences.join(", ")} differ`,
      "Expected where it is a larger configuration's part. Else: watchdog generate, copy alertmanager.yml, and reload Alertmanager.",
    ),
    ...routes,
    ...(routes.some(({ level }) => level === "fail") ? [] : [ok("routes", "every alert reaches its owner's receiver")]),
  ];
}

/** What is compared, without what Alertmanager adds when it writes its configuration out (defaults, hidden secrets). */
const PARTS: readonly (readonly [name: string, part: (configuration: unknown) => unknown])[] = [
  ["routes", (configuration) => plainRoute(partOf(configuration, "route"))],
  [
    "receivers",
    (configuration) =>
      listAt(configuration, "receivers").map((receiver) => [
        textAt(receiver, "name"),
        Object.keys(receiver as object)
          .filter((key) => key.endsWith("_configs"))
          .sort(),
      ]),
  ],
  [
    "inhibition",
    (configuration) =>
      listAt(configuration, "inhibit_rules").map((rule) => [
        plainMatchers(rule, "source_matchers"),
        plainMatchers(rule, "target_matchers"),
        listAt(rule, "equal").map(String).sort(),
      ]),
  ],
];

function plainRoute(route: unknown): unknown {
  const seconds = (key: string) => {
    const found = textAt(route, key);
    return found === undefined ? undefined : secondsOf(found);
  };
  return {
    receiver: textAt(route, "receiver"),
    group_by: listAt(route, "group_by").map(String),
    matchers: plainMatchers(route, "matchers"),
    waits: ["group_wait", "group_interval", "repeat_interval"].map(seconds),
    muted: listAt(route, "mute_time_intervals").map(String),
    isContinued: partOf(route, "continue") === true,
    routes: listAt(route, "routes").map(plainRoute),
  };
}

function plainMatchers(part: unknown, key: string): readonly string[] {
  return listAt(part, key)
    .map((matcher) => String(matcher).replaceAll(/\s|"/g, ""))
    .sort();
}
