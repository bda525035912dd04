/** `npm run pack [-- DIR]`: builds the published packages, checks them with publint and writes their tarballs. */
import { mkdir, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { PNPM_SCRIPT, REPOSITORY, repositoryPath, toolPath } from "../workspace/repository.ts";
import { runTool } from "../workspace/run-tool.ts";

/** Dependencies first. */
const PUBLISHED = ["sdk", "node", "cli"] as const;
const [target = ".tmp/tarballs"] = process.argv.slice(2);
const destination = resolve(REPOSITORY, target);

async function run(command: string, args: readonly string[]): Promise<void> {
  const exitCode = await runTool(command, args);
  if (exitCode === 0) return;
  console.error(`\`${command} ${args.join(" ")}\` failed with exit code ${exitCode}; no tarball after it was written.`);
  process.exit(exitCode);
}

await mkdir(destination, { recursive: true });
for (const name of PUBLISHED) {
  const directory = repositoryPath("packages", name);
  await rm(`${directory}/dist`, { recursive: true, force: true });
  await run(toolPath("tsdown"), ["--config-loader", "native", "--cwd", directory, "--log-level", "warn"]);
  // Through pnpm, so that what is checked is what is packed: its workspace and catalog versions resolved.
  await run(toolPath("publint"), ["run", directory, "--pack", "pnpm", "--strict"]);
  await run(process.execPath, [PNPM_SCRIPT, "--dir", directory, "pack", "--pack-destination", destination]);
}
console.log(`Tarballs in ${destination}`);
