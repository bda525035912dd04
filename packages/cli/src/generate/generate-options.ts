/** The options of `watchdog generate`, held to what is allowed. */
import type { OptionValues } from "../command.ts";

/** What can be made: files for the servers, or resources for Kubernetes. */
export const FORMATS = ["files", "prometheus-rule"] as const;

/** What is asked for. */
export interface GenerateCommandOptions {
  readonly policy: string | undefined;
  readonly out: string | undefined;
  readonly mode: "write" | "check" | "diff";
  readonly isForced: boolean;
  readonly format: (typeof FORMATS)[number];
  readonly namespace: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const LABEL_NAME = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?$/;

/** The options, or what is wrong with them. */
export function readGenerateOptions(values: OptionValues): GenerateCommandOptions | string {
  const text = (name: string) => (typeof values[name] === "string" ? values[name] : undefined);
  const flags = ["check", "diff", "force"].filter((name) => values[name] === true);
  if (flags.length > 1) {
    return wrong(`--${flags.join(" and --")}`, "one of --check, --diff and --force");
  }
  const format = FORMATS.find((name) => name === (text("format") ?? FORMATS[0]));
  if (format === undefined) return wrong(`--format ${text("format")}`, FORMATS.join(" or "));
  const namespace = text("namespace");
  const pairs = text("labels")?.split(",") ?? [];
  if (format === "files" && (namespace !== undefined || pairs.length > 0)) {
    return wrong(`--${namespace === undefined ? "labels" : "namespace"}`, "it with --format prometheus-rule alone");
  }
  if (namespace !== undefined && !NAMESPACE.test(namespace)) {
    return wrong(`--namespace ${namespace}`, "1 to 63 lower-case letters, digits and `-`");
  }
  const labels: [string, string][] = [];
  for (const pair of pairs) {
    const [name = "", value, ...rest] = pair.split("=");
    if (!LABEL_NAME.test(name) || value === undefined || !LABEL_VALUE.test(value) || rest.length > 0) {
      return wrong(`--labels ${pair}`, "labels of Kubernetes as name=value, separated by commas");
    }
    labels.push([name, value]);
  }
  const mode = flags[0] === "check" || flags[0] === "diff" ? flags[0] : "write";
  return {
    policy: text("policy"),
    out: text("out"),
    mode,
    isForced: flags[0] === "force",
    format,
    namespace,
    labels: Object.fromEntries(labels),
  };
}

function wrong(found: string, allowed: string): string {
  return `watchdog generate: found ${found}, allowed ${allowed}. See: watchdog generate --help`;
}
