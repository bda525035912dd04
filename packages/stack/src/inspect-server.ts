/** Tells whether a program on this machine is the server that it should be, recent and complete enough. */
import { parse } from "yaml";
import { runProgram } from "./run-program.ts";
import { SERVERS, type ServerName } from "./server-catalog.ts";
import { findVersion, isAtLeast } from "./version.ts";

/** What came out of the look at a program. */
export type Inspection =
  | { readonly supported: true; readonly version: string }
  | { readonly supported: false; readonly version: string | undefined; readonly reason: string };

/** What the Collector's configuration names, by kind as `otelcol components` prints them. */
const COLLECTOR_COMPONENTS = {
  receivers: ["otlp"],
  processors: ["deltatocumulative", "filter", "memory_limiter", "redaction", "transform"],
  exporters: ["file", "otlp_http"],
  connectors: ["forward", "span_metrics"],
  extensions: ["file_storage", "health_check"],
} as const;

const TIMEOUT_MILLIS = 20_000;
const OUTPUT_LINES = 5;

/** Runs `--version` of a program, and `components` of a Collector. */
export async function inspectServer(name: ServerName, path: string): Promise<Inspection> {
  const { minimumVersion, minimumReason } = SERVERS[name];
  const result = await runProgram(path, ["--version"], { timeoutMillis: TIMEOUT_MILLIS });
  if (result.exitCode !== 0) {
    const how = result.spawnError?.message ?? `exit code ${result.exitCode ?? "none: it hung or was killed"}`;
    const tail = result.output.trim().split("\n").slice(-OUTPUT_LINES).join("\n  ");
    return { supported: false, version: undefined, reason: `\`--version\` failed (${how})${tail && `:\n  ${tail}`}` };
  }
  const version = findVersion(result.output);
  if (version === undefined) {
    return { supported: false, version, reason: "`--version` printed no version: it is another program" };
  }
  if (!isAtLeast(version, minimumVersion)) {
    return {
      supported: false,
      version,
      reason: `it is ${version}; ${minimumVersion} or later is needed (${minimumReason})`,
    };
  }
  const missing = name === "collector" ? await missingComponents(path) : [];
  if (missing.length > 0) return { supported: false, version, reason: `it lacks ${missing.join(", ")}` };
  return { supported: true, version };
}

async function missingComponents(path: string): Promise<string[]> {
  const result = await runProgram(path, ["components"], { timeoutMillis: TIMEOUT_MILLIS });
  const present: unknown = parse(result.stdout);
  const names = (kind: string): unknown[] => {
    const list: unknown = typeof present === "object" && present !== null ? Reflect.get(present, kind) : undefined;
    return Array.isArray(list) ? list.map((entry) => entry?.name) : [];
  };
  return Object.entries(COLLECTOR_COMPONENTS).flatMap(([kind, wanted]) =>
    wanted.filter((component) => !names(kind).includes(component)).map((component) => `${component} (${kind})`),
  );
}
