/** Will spans and rows meet? One OpenTelemetry API that is new enough, one copy of the SDK, and one MeterProvider that knows our rows. */
import { compareVersions } from "./compare-versions.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";
import type { PackageCopy } from "./installed-packages.ts";

/** The oldest API that the library works with: the range of its peer dependency says the same. */
export const OLDEST_API = "1.10.0";

const API = "@opentelemetry/api";
/** Two copies of one of these are two worlds: what is registered in one is not seen in the other. */
const ONE_COPY = /^@opentelemetry\/(?:api|api-logs|core|resources|sdk-.*|context-async-hooks)$/;
/** A project that asks for one of these makes a MeterProvider of its own. */
const OWN_PROVIDER = ["@opentelemetry/sdk-node", "@opentelemetry/sdk-metrics"];
const NODE_PACKAGE = "@worker-watchdog/node";

export function checkPackages(copies: readonly PackageCopy[], own: ReadonlySet<string>): readonly Finding[] {
  return [checkApi(copies), checkCopies(copies), ...checkProvider(own)];
}

function checkApi(copies: readonly PackageCopy[]): Finding {
  const versions = copies.filter(({ name }) => name === API).map(({ version }) => version);
  if (versions.length === 0)
    return ok("OpenTelemetry API", "not installed in this project; a shell worker does not need it");
  const old = versions.filter((version) => compareVersions(version, OLDEST_API) < 0 || !version.startsWith("1."));
  if (old.length === 0) return ok("OpenTelemetry API", versions.join(", "));
  return fail("OpenTelemetry API", `version ${old.join(", ")}`, `Install ${API}@^${OLDEST_API}.`);
}

function checkCopies(copies: readonly PackageCopy[]): Finding {
  const byName = new Map<string, PackageCopy[]>();
  for (const copy of copies) {
    if (ONE_COPY.test(copy.name)) byName.set(copy.name, [...(byName.get(copy.name) ?? []), copy]);
  }
  const doubled = [...byName].filter(([, found]) => found.length > 1);
  if (doubled.length === 0) return ok("OpenTelemetry copies", `one of each of ${byName.size} packages`);
  const words = doubled.map(([name, found]) => `${name} ${found.map(({ version }) => version).join(", ")}`);
  return fail(
    "OpenTelemetry copies",
    `more than one of ${words.join("; ")}`,
    "Bring all to one version (overrides in package.json), for rows in one copy are not seen by a reader of the other. `npm ls` names who asks for which.",
  );
}

function checkProvider(own: ReadonlySet<string>): readonly Finding[] {
  const found = OWN_PROVIDER.filter((name) => own.has(name));
  if (found.length === 0) return [];
  if (!own.has(NODE_PACKAGE)) {
    return [
      warn(
        "MeterProvider",
        `this project has ${found.join(" and ")}, and not ${NODE_PACKAGE}`,
        `Give watchdogMetricProducer() of ${NODE_PACKAGE} to your metric reader, or no row leaves the process and nothing pages.`,
      ),
    ];
  }
  return [
    ok(
      "MeterProvider",
      `this project has its own (${found.join(", ")}): its metric reader needs watchdogMetricProducer()`,
    ),
  ];
}
