/**
 * `npm run generate`: writes rules, Alertmanager configuration, dashboards, runbooks and the reference pages from the policy and the names.
 * `-- --check` compares instead, and fails on a stale file.
 */
import { readFile, writeFile } from "node:fs/promises";
import { namesReference, policyReference } from "@worker-watchdog/sdk/policy";
import { repositoryPath, SOURCE_CONDITION } from "../workspace/repository.ts";
import { runTool } from "../workspace/run-tool.ts";

const REFERENCES: Readonly<Record<string, () => string>> = {
  "docs/reference/policy.md": policyReference,
  "docs/reference/names.md": namesReference,
};

const args = process.argv.slice(2);
const isCheck = args.includes("--check");
const watchdog = repositoryPath("packages/cli/src/main.ts");
// Git keeps what a person changed here, and a merge may leave lines of two versions in one file.
const generated = await runTool(process.execPath, [
  SOURCE_CONDITION,
  watchdog,
  "generate",
  ...(isCheck ? args : ["--force", ...args]),
]);
process.exitCode = generated;
for (const [page, content] of Object.entries(REFERENCES)) {
  const path = repositoryPath(page);
  if (!isCheck) await writeFile(path, content());
  else if ((await readFile(path, "utf8").catch(() => "")) !== content()) {
    process.stderr.write(`${page} is stale. Run \`npm run generate\` and commit what it writes.\n`);
    process.exitCode = 1;
  }
}
