/** `watchdog generate`: rules, rule tests, Alertmanager's configuration, page template, runbooks and dashboards from the policy. */
import { join, resolve } from "node:path";
import {
  DASHBOARDS_FOLDER,
  generateFiles,
  KUBERNETES_FOLDER,
  prometheusRuleFiles,
  RULES_FOLDER,
} from "@worker-watchdog/monitoring";
import type { Command } from "../command.ts";
import { diffLines, refusal, staleLines } from "../generate/describe-plan.ts";
import { FORMATS, readGenerateOptions } from "../generate/generate-options.ts";
import { planOutput, type Target } from "../generate/output-plan.ts";
import { readPolicy } from "../read-policy.ts";
import { writeAll } from "../write-all.ts";

export const generateCommand: Command = {
  help: `  --policy FILE    the policy; default: watchdog.yaml here, else the built-in defaults
  --out DIR        folder that gets ${RULES_FOLDER}/ and ${DASHBOARDS_FOLDER}/; default: here
  --check          writes nothing; names the files that do not match the policy
  --diff           writes nothing; shows what would change
  --force          also over files that a person changed, or that something else made
  --format FORMAT  ${FORMATS.join(" or ")}; default: ${FORMATS[0]}. prometheus-rule makes resources for Kubernetes, in
                   ${KUBERNETES_FOLDER}/ of --out, or on standard output where there is no --out
  --namespace NAME, --labels NAME=VALUE,…   of these resources

The same policy gives the same bytes. Either every file is written or none. Each file carries a checksum: what a person changed is not
overwritten, and what an earlier policy gave and this one does not is removed.
Exit code 0: done, or nothing to do. 1: --check or --diff found a difference, a file is in the way, or the policy has an error.
2: wrong usage.`,
  options: {
    policy: { type: "string" },
    out: { type: "string" },
    check: { type: "boolean" },
    diff: { type: "boolean" },
    force: { type: "boolean" },
    format: { type: "string" },
    namespace: { type: "string" },
    labels: { type: "string" },
  },
  async run(values, context) {
    const options = readGenerateOptions(values);
    if (typeof options === "string") {
      context.complain(options);
      return 2;
    }
    const { policy, source, warnings } = readPolicy(options.policy, context.directory);
    for (const warning of warnings) context.complain(`warning: ${warning}`);
    const isResource = options.format === "prometheus-rule";
    const files = isResource ? prometheusRuleFiles(policy, { ...options, source }) : generateFiles(policy, { source });
    const isWritten = options.mode === "write";
    if (isResource && isWritten && options.out === undefined) {
      context.print([...files.values()].map((content) => content.trimEnd()).join("\n---\n"));
      return 0;
    }
    const folder = resolve(context.directory, options.out ?? ".");
    const targets = await planOutput(
      folder,
      files,
      isResource ? [KUBERNETES_FOLDER] : [RULES_FOLDER, DASHBOARDS_FOLDER],
    );
    if (options.mode === "diff") {
      const lines = diffLines(targets, context.isColoured ?? false);
      for (const line of lines) context.print(line);
      return lines.length === 0 ? 0 : 1;
    }
    const problems = isWritten ? refusal(targets, options.isForced) : staleLines(targets);
    for (const line of problems) context.complain(line);
    if (!isWritten && problems.length > 0) {
      context.complain(`${problems.length} of ${targets.length} files do not match the policy. Run: watchdog generate`);
    }
    if (problems.length > 0) return 1;
    if (isWritten) await write(folder, targets, context.print, source);
    else context.print(`${files.size} files match the policy`);
    return 0;
  },
};

async function write(
  folder: string,
  targets: readonly Target[],
  print: (line: string) => void,
  source: string,
): Promise<void> {
  const written = targets.filter(({ state, wanted }) => wanted !== undefined && state !== "current");
  const removed = targets.filter(({ state }) => state === "left over");
  await writeAll([...written, ...removed].map(({ path, wanted }) => ({ path: join(folder, path), content: wanted })));
  for (const { path } of written) print(`wrote ${path}`);
  for (const { path } of removed) print(`removed ${path}`);
  for (const { path } of targets.filter(({ state, wanted }) => state === "changed" && wanted === undefined)) {
    print(`left ${path}: the policy gives it no longer, and it was changed by hand`);
  }
  const counts = [
    `${written.length} written`,
    ...(removed.length === 0 ? [] : [`${removed.length} removed`]),
    `${targets.filter(({ state }) => state === "current").length} up to date`,
  ];
  print(`${counts.join(", ")}, from ${source}`);
}
