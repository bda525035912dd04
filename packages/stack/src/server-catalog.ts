/** The servers that the watchdog runs on: how each is named, found, recognised and built. */

/** A program of the real back end. */
export type ServerName = "collector" | "prometheus" | "promtool" | "alertmanager" | "amtool";

/** What is known about one program. */
export interface ServerDefinition {
  readonly name: ServerName;
  /** What people call it. */
  readonly title: string;
  /** Environment variable with which a user names a program. */
  readonly environmentVariable: string;
  /** File names on PATH, the best first. */
  readonly commandNames: readonly string[];
  /** Oldest version that has what the configurations use. */
  readonly minimumVersion: string;
  /** What the minimum rests on. */
  readonly minimumReason: string;
  /** What is built, together, when none is found. */
  readonly buildTarget: BuildTargetName;
  /** File name of the program in its build. */
  readonly builtName: string;
}

/** Sources that are built in one go. */
export type BuildTargetName = "collector" | "prometheus" | "alertmanager";

/** Every program by name. */
export const SERVERS: Readonly<Record<ServerName, ServerDefinition>> = {
  collector: {
    name: "collector",
    title: "OpenTelemetry Collector",
    environmentVariable: "WATCHDOG_COLLECTOR",
    commandNames: ["otelcol-watchdog", "otelcol-contrib", "otelcol"],
    minimumVersion: "0.155.0",
    minimumReason: "the configuration uses component names of 0.155",
    buildTarget: "collector",
    builtName: "otelcol-watchdog",
  },
  prometheus: {
    name: "prometheus",
    title: "Prometheus",
    environmentVariable: "WATCHDOG_PROMETHEUS",
    commandNames: ["prometheus"],
    minimumVersion: "3.5.0",
    minimumReason: "OTLP with late samples, in a release with long-term support",
    buildTarget: "prometheus",
    builtName: "prometheus",
  },
  promtool: {
    name: "promtool",
    title: "promtool",
    environmentVariable: "WATCHDOG_PROMTOOL",
    commandNames: ["promtool"],
    minimumVersion: "3.9.0",
    minimumReason: "the rule tests use start_timestamp",
    buildTarget: "prometheus",
    builtName: "promtool",
  },
  alertmanager: {
    name: "alertmanager",
    title: "Alertmanager",
    environmentVariable: "WATCHDOG_ALERTMANAGER",
    commandNames: ["alertmanager"],
    minimumVersion: "0.34.0",
    minimumReason: "the webhook's payload template came with 0.34",
    buildTarget: "alertmanager",
    builtName: "alertmanager",
  },
  amtool: {
    name: "amtool",
    title: "amtool",
    environmentVariable: "WATCHDOG_AMTOOL",
    commandNames: ["amtool"],
    minimumVersion: "0.34.0",
    minimumReason: "it must read the webhook's payload template of 0.34",
    buildTarget: "alertmanager",
    builtName: "amtool",
  },
};

/** The names of every program. */
export const SERVER_NAMES = Object.keys(SERVERS) as readonly ServerName[];
