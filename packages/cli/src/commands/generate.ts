/** `watchdog generate`: rules, rule tests, Alertmanager's configuration, page template, runbooks and dashboards from the policy. */
import { join, resolve } from "node:path";
import { generateFiles } from "@worker-watchdog/monitoring";
import type { Command, CommandContext } from "../command.ts";
import { readPolicy } from "../read-policy.ts";
import { readText, writeAll } from "../write-all.ts";

export const generateCommand: Command = {
  help: `  --policy FILE  the policy; default: watchdog.yaml here, else the built-in defaults
  --out DIR      folder that gets prometheus-rules/ and grafana-dashboards/; default: here
  --check        writes nothing; exit code 1 names the files that do not match the policy

The same policy gives the same bytes. Either every file is written or none.`,
  options: {
    policy: { type: "string" },
    out: { type: "string" },
    check: { type: "boolean" },
  },
  async run(values, context) {
    const { policy, source, warnings } = readPolicy(text(values["policy"]), context.directory);
    for (const warning of warnings) context.complain(`warning: ${warning}`);
    const folder = resolve(context.directory, text(values["out"]) ?? ".");
    const files = generateFiles(policy, { source });
    if (values["check"] === true) return await check(folder, files, context);
    const { changed, unchanged } = await writeAll(folder, files);
    for (const path of changed) context.print(`wrote ${path}`);
    context.print(`${changed.length} written, ${unchanged.length} up to date, from ${source}`);
    return 0;
  },
};

async function check(folder: string, files: ReadonlyMap<string, string>, context: CommandContext): Promise<number> {
  let stale = 0;
  for (const [path, content] of files) {
    const found = await readText(join(folder, path));
    if (found === content) continue;
    stale += 1;
    context.complain(`${found === undefined ? "missing" : "stale"}: ${path}`);
  }
  if (stale === 0) {
    context.print(`${files.size} files match the policy`);
    return 0;
  }
  context.complain(`${stale} of ${files.size} files do not match the policy. Run: watchdog generate`);
  return 1;
}

function text(value: string | boolean | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
